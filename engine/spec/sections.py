"""What every method needs: the base, the data, the prompt and the decoding; and what a section of a spec is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

PROMPT = "Summarize the following conversation.\n\n{dialogue}\n\nSummary: "
"""The prompt of the "Generative AI with LLMs" course, and ours unless a spec says otherwise."""

Quantisation = Literal["none", "8bit", "4bit"]
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
    from_run: str | None = None
    """A finished run of the workspace whose model is the start instead; the base's name is then that run's."""
    quantise: Quantisation = "none"
    """Weights of a frozen base in 8 or 4 bits (LLM.int8, NF4) through bitsandbytes; needs a CUDA GPU."""


class ColumnsSpec(Section):
    """Which column of the data holds what; absent means guessed by name (dialogue, text, summary, label, ...)."""

    dialogue: str | None = None
    """Column with the dialogue."""
    summary: str | None = None
    """Column with the reference summary, or a list of them."""
    id: str | None = None
    """Column with the example's id."""
    topic: str | None = None
    """Column with the topic."""
    text: str | None = None
    """Column with the text; task classification."""
    label: str | None = None
    """Column with the label, text or a number; task classification."""


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
