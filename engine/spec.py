"""RunSpec: all that a run is asked, in one frozen value that reads from and writes to TOML.

The docstring under a field is its help text; ``unit``, range and choices stand in its annotation.
The command line, the new-run form and the validation messages all read them from here.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from engine.errors import SpecError
from engine.spec_help import allowed_values

PROMPT = "Summarize the following conversation.\n\n{dialogue}\n\nSummary: "
"""The prompt of the "Generative AI with LLMs" course, and ours unless a spec says otherwise."""

Method = Literal["zero-shot", "full", "lora"]
Schedule = Literal["linear", "cosine", "constant", "constant_with_warmup", "inverse_sqrt", "polynomial"]
StopMetric = Literal["loss", "rouge1", "rouge2", "rougeL", "rougeLsum"]
Dtype = Literal["auto", "float32", "bfloat16"]
Exclusion = Literal["none", "exact", "near"]
Amount = Annotated[int, Field(ge=0)] | Literal["all"]


def unit(name: str) -> Any:
    """Mark what a field is counted in; :func:`fields` hands it to forms and help."""
    return Field(json_schema_extra={"unit": name})


class Section(BaseModel):
    """A part of a spec: frozen, no unknown keys, help from the docstrings."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class BaseSpec(Section):
    """The pretrained model a run starts from."""

    name: Annotated[str, Field(min_length=1)] = "builtin"
    """``builtin``, a local folder, or a hub id such as google/flan-t5-base."""
    revision: str | None = None
    """Branch, tag or commit of a hub id; the default branch when absent."""
    allow_remote_code: bool = False
    """Run Python code that comes with the base. Leave false unless you have read that code."""


class ColumnsSpec(Section):
    """Which column of the data holds what; absent means guessed by name (dialogue, text, summary, ...)."""

    dialogue: str | None = None
    """Column with the dialogue."""
    summary: str | None = None
    """Column with the reference summary, or a list of them."""
    id: str | None = None
    """Column with the example's id."""
    topic: str | None = None
    """Column with the topic."""


class DataSpec(Section):
    """The dialogues."""

    source: Annotated[str, Field(min_length=1)] = "builtin"
    """``builtin``, a JSONL, CSV or Parquet file, a folder of them, or a hub id such as knkarthick/dialogsum."""
    config: str | None = None
    """Configuration of a hub data set that has several."""
    revision: str | None = None
    """Branch, tag or commit of a hub data set."""
    columns: ColumnsSpec = ColumnsSpec()
    every: Annotated[int, Field(ge=1), unit("rows")] = 1
    """Keep every n-th row of each split, before references are grouped; the course keeps every hundredth."""
    train: Annotated[Amount, unit("examples")] = "all"
    """How many training examples to use, from the start of the split."""
    validation: Annotated[Amount, unit("examples")] = "all"
    """How many validation examples to use, from the start of the split."""
    test: Annotated[Amount, unit("examples")] = "all"
    """How many test examples to decode and score, from the start of the split."""
    exclude_leaked: Exclusion = "none"
    """Leave training examples out whose dialogue is in the validation or test split too: exact (case and punctuation
    aside), near (also where half of all their word 5-grams are the same), or none."""
    max_source_tokens: Annotated[int, Field(ge=16, le=16384), unit("tokens")] = 512
    """Prompts longer than this lose the end of their dialogue; how many did is reported."""
    max_target_tokens: Annotated[int, Field(ge=4, le=4096), unit("tokens")] = 128
    """Reference summaries longer than this are cut in training; how many were is reported."""


class PromptSpec(Section):
    """What stands around a dialogue."""

    template: str = PROMPT
    """Text with {dialogue} once; the base reads the result."""

    @field_validator("template")
    @classmethod
    def _one_dialogue(cls, value: str) -> str:
        if value.count("{dialogue}") != 1:
            raise ValueError("must contain {dialogue} exactly once")
        return value


class TrainSpec(Section):
    """How the model is trained; unused by zero-shot."""

    learning_rate: Annotated[float, Field(gt=0, le=10)] = 1e-4
    """Peak learning rate. Usual: 1e-5 to 3e-4 for full fine-tuning, 1e-4 to 1e-3 for LoRA."""
    schedule: Schedule = "linear"
    """How the learning rate moves after warm-up."""
    warmup: Annotated[float, Field(ge=0), unit("steps")] = 0.0
    """Steps over which the learning rate rises; below 1, a share of all steps."""
    epochs: Annotated[float, Field(gt=0, le=10_000), unit("epochs")] = 3.0
    """Passes over the training examples."""
    max_steps: Annotated[int, Field(ge=0), unit("steps")] = 0
    """Stop after this many optimizer steps whatever ``epochs`` says; 0 leaves it to ``epochs``."""
    batch_size: Annotated[int, Field(ge=1, le=4096), unit("examples")] = 8
    """Examples a device handles at once."""
    accumulation: Annotated[int, Field(ge=1, le=4096), unit("batches")] = 1
    """Batches whose gradients are added before one optimizer step."""
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.0
    """AdamW's decoupled weight decay."""
    max_grad_norm: Annotated[float, Field(ge=0)] = 1.0
    """Gradients are scaled down to this norm; 0 leaves them alone."""
    evaluate_every: Annotated[int, Field(ge=0), unit("steps")] = 0
    """Evaluate on the validation split this often; 0 evaluates once an epoch."""
    save_every: Annotated[int, Field(ge=0), unit("steps")] = 0
    """Write a checkpoint this often; 0 writes one with each evaluation."""
    keep_checkpoints: Annotated[int, Field(ge=1, le=1000), unit("checkpoints")] = 2
    """How many resumable checkpoints stay on disk; the best weights are kept beside them."""
    metric: StopMetric = "loss"
    """Validation figure that early stopping and the best checkpoint go by. ROUGE decodes the split each time."""
    patience: Annotated[int, Field(ge=0), unit("evaluations")] = 0
    """Stop after this many evaluations without improvement; 0 never stops early."""
    keep_best: bool = True
    """End with the best checkpoint's weights rather than the last ones."""
    samples: Annotated[int, Field(ge=0, le=20), unit("examples")] = 3
    """Validation dialogues summarised at each evaluation, always the same ones."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    """Seed of every random number generator."""
    dtype: Dtype = "auto"
    """Arithmetic: auto takes bfloat16 where the device is faster with it, else float32. Weights stay float32."""


class LoraSpec(Section):
    """Low-rank adapters (Hu et al. 2021); used by the lora method."""

    rank: Annotated[int, Field(ge=1, le=1024)] = 32
    """Rank of each adapter."""
    alpha: Annotated[float, Field(gt=0, le=4096)] = 32.0
    """Scale: an adapter's output is multiplied by alpha / rank."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Dropout on an adapter's input while training."""
    targets: Annotated[tuple[str, ...], Field(min_length=1)] = ("q", "v")
    """Names of the linear modules that get an adapter."""


class DecodeSpec(Section):
    """How summaries are decoded."""

    max_new_tokens: Annotated[int, Field(ge=1, le=4096), unit("tokens")] = 128
    """Longest summary."""
    beams: Annotated[int, Field(ge=1, le=64), unit("beams")] = 1
    """Beams kept at each step; 1 is greedy."""
    length_penalty: Annotated[float, Field(ge=-10, le=10)] = 1.0
    """Above 0 favours longer beams, below 0 shorter ones; needs beams."""
    no_repeat_ngram: Annotated[int, Field(ge=0, le=20), unit("tokens")] = 0
    """No run of this many tokens occurs twice in a summary; 0 allows it."""
    batch_tokens: Annotated[int, Field(ge=0), unit("tokens")] = 0
    """Padded source tokens decoded at once; 0 takes what suits the device."""


class RunSpec(Section):
    """One job: a method applied to a base with some data."""

    name: str | None = None
    """Name of the run and of its folder; made from method and base when absent."""
    preset: str | None = None
    """The preset this spec started from."""
    method: Method = "lora"
    """zero-shot asks the base as it is; full trains every weight; lora trains low-rank adapters."""
    base: BaseSpec = BaseSpec()
    data: DataSpec = DataSpec()
    prompt: PromptSpec = PromptSpec()
    train: TrainSpec = TrainSpec()
    lora: LoraSpec = LoraSpec()
    decode: DecodeSpec = DecodeSpec()

    @model_validator(mode="after")
    def _consistent(self) -> RunSpec:
        if self.method != "zero-shot" and self.data.train == 0:
            raise ValueError("data.train is 0, but method " + self.method + " needs training examples")
        if self.train.patience and self.data.validation == 0:
            raise ValueError("train.patience needs validation examples, but data.validation is 0")
        return self


# -- reading and writing --------------------------------------------------------------------------


def from_dict(values: Mapping[str, Any], origin: str = "the spec") -> RunSpec:
    """Validate ``values`` (nested tables as TOML gives them).

    A ``preset`` key supplies the values that ``values`` leaves out. Raises SpecError naming the field,
    the value and what is allowed; unknown keys are answered with the nearest known one.
    """
    from engine import presets  # presets are specs themselves

    values = dict(values)
    if isinstance(name := values.get("preset"), str):
        values = merge(presets.get(name).values, values)
    try:
        return RunSpec.model_validate(values)
    except ValidationError as error:
        reasons = dict.fromkeys(_explain(dict(e)) for e in error.errors())  # a union reports each of its arms
        raise SpecError(_opening(origin, "cannot be used"), "; ".join(reasons)) from None


def problems(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with whole ``values`` (nested tables), by field; under an empty name, what concerns several."""
    try:
        RunSpec.model_validate(values)
    except ValidationError as error:
        return {_field(dict(e)): _explain(dict(e)) for e in reversed(error.errors())}
    return {}


def from_toml(text: str, origin: str = "the spec") -> RunSpec:
    """Parse and validate TOML ``text``. Raises SpecError."""
    return from_dict(_parse(text, origin), origin)


def load(path: Path, overrides: Mapping[str, Any] | None = None) -> RunSpec:
    """Read the spec at ``path``, with dotted ``overrides`` (``{"train.epochs": 2}``) laid over it.

    Raises SpecError when the file is missing, is not UTF-8 text or not a valid spec.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(f"There is no spec at {path}", "", "`dialtune presets` lists specs to start from") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path} cannot be read", str(error)) from None
    origin = f"the spec {path}"
    return from_dict(merge(_parse(text, origin), nested(overrides or {})), origin)


def to_toml(spec: RunSpec, comments: bool = False) -> str:
    """All of ``spec`` as TOML, defaults included; ``comments`` adds each field's help above it."""
    return tomlkit.dumps(_table(spec, comments, tomlkit.document()))


def to_dict(spec: RunSpec) -> dict[str, Any]:
    """Nested plain values without absent ones; :func:`from_dict` reads it back."""
    return spec.model_dump(exclude_none=True)


def overridden(spec: RunSpec, overrides: Mapping[str, Any]) -> RunSpec:
    """``spec`` with dotted ``overrides`` laid over it, validated anew. Raises SpecError."""
    return from_dict(merge(to_dict(spec), nested(overrides)))


def parse_override(text: str) -> tuple[str, Any]:
    """Split ``train.epochs=2`` into its dotted key and its TOML value; what is no TOML value is text.

    So is the value of a field that takes only text, quoted or not: a revision may be all digits.

    Raises SpecError when there is no ``=``, or when no field has that name.
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise SpecError(f"--set {text!r} has no value", "", "Write it as --set train.epochs=2")
    known = dict(fields())
    if key not in known and key not in _SECTIONS:
        raise SpecError(f"--set names {key!r}, which is no field of a spec", "", _nearest(key, list(known)))
    value = value.strip()
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):  # a ValueError too for a number of thousands of digits
        return key, value
    only_text = key in known and known[key].annotation in (str, str | None)
    return key, value if only_text and not isinstance(parsed, str) else parsed


def fields(section: type[BaseModel] = RunSpec, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every leaf field with its dotted name: ``("train.epochs", FieldInfo)``."""
    for name, info in section.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from fields(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, info


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """``{"train.epochs": 2}`` as ``{"train": {"epochs": 2}}``; later ones are laid over earlier ones."""
    result: dict[str, Any] = {}
    for key, value in dotted.items():
        for part in reversed(key.split(".")):
            value = {part: value}
        result = merge(result, value)
    return result


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid over ``under``, table by table; neither is changed."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def _parse(text: str, origin: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or a number or a nesting beyond Python's limits
        raise SpecError(_opening(origin, "is not valid TOML"), str(error)) from None


def _opening(origin: str, happened: str) -> str:
    return f"{origin[:1].upper()}{origin[1:]} {happened}"


_SECTIONS = frozenset(key.rpartition(".")[0] for key, _ in fields())


def _table(section: BaseModel, comments: bool, table: Any) -> Any:
    parts = []
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            parts.append((name, value))
        elif value is not None:
            if comments and info.description:
                for line in info.description.strip().splitlines():
                    table.add(tomlkit.comment(line.strip()))
            if isinstance(value, str) and "\n" in value:
                value = tomlkit.string(value)
            table.add(name, list(value) if isinstance(value, tuple) else value)
    for name, value in parts:
        inner = _table(value, comments, tomlkit.table())
        if len(inner):
            table.add(name, inner)
    return table


def _field(error: dict[str, Any]) -> str:
    """The field or section that ``error`` is about; empty for the spec as a whole."""
    key = ".".join(str(part) for part in error["loc"])
    known = dict(fields())
    while key and key not in known and key not in _SECTIONS:  # the arm of a union, the place in a list
        key = key.rpartition(".")[0]
    return key


def _explain(error: dict[str, Any]) -> str:
    known = dict(fields())
    if error["type"] == "extra_forbidden":
        key = ".".join(str(part) for part in error["loc"])
        return f"{key if key.isprintable() else repr(key)} is no field of a spec. {_nearest(key, list(known))}"
    key = _field(error)
    message = str(error["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if not key:
        return message  # about several fields at once, or no table at all
    if key in _SECTIONS:
        message = f"allowed: a table with {', '.join(name for name in known if name.startswith(f'{key}.'))}"
    elif error["type"] != "value_error":
        message = f"allowed: {allowed_values(known[key])}"
    value = repr(error["input"])
    return f"{key} = {value if len(value) <= 80 else value[:79] + '…'}: {message}"


def _nearest(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if not close:  # a right name in the wrong table
        last = key.rpartition(".")[2]
        close = [name for name in known if name.rpartition(".")[2] == last][:1]
    if not close:
        close = difflib.get_close_matches(
            key.rpartition(".")[2], [n.rpartition(".")[2] for n in known], n=1, cutoff=0.5
        )
    return f"The nearest is {close[0]}" if close else "`dialtune presets --fields` lists all of them"
