"""Memory, time and money of a run before it starts. Loads no model and imports no training stack.

:func:`forecast` says what it knows and, of the rest, why it does not and what would help; it never guesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from engine import hardware, tasks
from engine.config import Config, load
from engine.errors import DialtuneError, SpecError
from engine.forecast import bases, pace, place
from engine.forecast.architecture import Architecture
from engine.forecast.lengths import whole
from engine.forecast.material import Material, gather
from engine.forecast.memory import CPU_EVALUATED, GPU_BATCH, Load, Memory, decoding_limits, weigh
from engine.forecast.pace import Pace
from engine.forecast.past import Past, read_all
from engine.forecast.place import Place
from engine.forecast.probe import Probed
from engine.forecast.steps import Steps, count
from engine.hardware import Machine
from engine.results.costs import FORECAST
from engine.runs import lineage
from engine.runs.files import write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from engine.spec import RunSpec, rate_hint

FILE = FORECAST
"""In a run's folder: the forecast made when it was started."""
TIGHT = 0.85
"""Above this share of what is free, a forecast that errs a little no longer fits."""

Verdict = Literal["fits", "tight", "too big", "unknown"]


@dataclass(frozen=True)
class Parameters:
    """Weights of the model that will run, adapters included."""

    base: int
    trainable: int
    total: int
    origin: str

    @property
    def percent(self) -> float:
        """100 * trainable / total."""
        return 100 * self.trainable / self.total


@dataclass(frozen=True)
class Fit:
    """The peak against what is free."""

    verdict: Verdict
    advice: tuple[str, ...] = ()
    """What would make it fit."""


@dataclass(frozen=True)
class Forecast:
    """What a run will need. A part that is None is unknown; ``problems`` says why."""

    spec: RunSpec
    place: Place
    dtype: str
    dtype_reason: str
    parameters: Parameters | None
    material: Material
    steps: Steps | None
    memory: Memory | None
    fit: Fit
    pace: Pace
    config: Config = field(default_factory=Config)
    probed: Probed | None = None
    problems: tuple[DialtuneError, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def peak(self) -> int | None:
        """Bytes the run needs at its peak: as probed, else as counted."""
        if self.probed is not None:
            return self.probed.peak_memory
        return self.memory.peak if self.memory else None

    @property
    def cost(self) -> float | None:
        """Price of the whole run; None without a price or a time."""
        seconds, price = self.pace.total, self.config.price_per_hour
        return None if seconds is None or price is None else seconds / 3600 * price

    def as_dict(self) -> dict[str, Any]:
        """Plain exact values, for files and other programs."""
        parameters, steps, needed = self.parameters, self.steps, self.memory
        return {
            "device": asdict(self.place),
            "dtype": self.dtype,
            "dtype_reason": self.dtype_reason,
            "parameters": parameters and {**asdict(parameters), "percent": parameters.percent},
            "examples": dict(self.material.counts),
            "examples_origin": self.material.origin,
            "steps": steps and asdict(steps),
            "memory": needed and {
                "peak": self.peak,
                "peak_phase": needed.peak_phase,
                "parts": dict(needed.parts),
                "phases": dict(needed.phases),
                "rule_of_thumb": needed.rule_of_thumb,
                "batch": needed.batch and asdict(needed.batch),
            },
            "fit": asdict(self.fit),
            "seconds": dict(self.pace.phases),
            "total_seconds": self.pace.total,
            "time_origin": self.pace.origin,
            "price_per_hour": self.config.price_per_hour,
            "currency": self.config.currency,
            "cost": self.cost,
            "probe": self.probed and asdict(self.probed),
            "problems": [str(problem) for problem in self.problems],
            "notes": list(self.notes),
        }  # fmt: skip


def forecast(
    spec: RunSpec,
    machine: Machine,
    past: Sequence[Past] = (),
    probed: Probed | None = None,
    config: Config | None = None,
) -> Forecast:
    """What ``spec`` needs on ``machine``; ``past``: earlier runs, newest first. Reads local data: not for a UI thread.

    Raises nothing that a spec could be the cause of; the forecast says what is wrong.
    """
    where = place.choose(machine)
    if tasks.named(spec.task).head != "seq2seq":
        note = f"Forecasts know encoder-decoders; of task {spec.task} nothing is foretold."
        dtype, reason = place.dtype(spec.train.dtype, where, past)
        material = Material()
        return Forecast(
            spec, where, dtype, reason, None, material, None, None, Fit("unknown"),
            pace.estimate(spec, material, None, None, where, (), None), config or Config(), None, (), (note,),
        )  # fmt: skip
    dtype, reason = (probed.dtype, "as in the probe") if probed else place.dtype(spec.train.dtype, where, past)
    base, problem = bases.known(spec.base)
    material = gather(spec, past, probed.examples if probed else None)
    problems = [error for error in (problem, material.problem) if error is not None]
    notes = list(_hints(spec))
    architecture = base.architecture if base else None
    parameters = None
    if base is not None:
        try:
            parameters = _parameters(spec, base)
        except SpecError as error:
            problems.append(error)
        if not base.architecture.exact:
            notes.append("This family's parameters are counted closely, not exactly.")
    elif probed is not None:
        parameters = Parameters(probed.total, probed.trainable, probed.total, "the probe")
    steps = _steps(spec, material)
    needed = None
    if parameters is not None and architecture is not None:
        on_cpu = where.kind == "cpu"
        load = _load(spec, material, architecture, on_cpu)
        needed = weigh(spec, architecture, load, where.kind, dtype, parameters.trainable)
        if load.training is not None and "train" not in material.lengths:
            notes.append("How long the dialogues are is not known; memory is that of the longest allowed.")
    counts = material.counts
    if problem is None and material.problem is None and not counts:
        notes.append("How many examples the data set has is not known before a first run or a probe has read it.")
    found = Forecast(
        spec, where, dtype, reason, parameters, material, steps, needed, Fit("unknown"),
        pace.estimate(spec, material, steps, parameters.base if parameters else None, where, past, probed),
        config or Config(), probed, tuple(problems), tuple(notes),
    )  # fmt: skip
    return Forecast(**{**vars(found), "fit": _fit(found, architecture)})


def current(
    spec: RunSpec, workspace: Workspace, probed: Probed | None = None, config: Config | None = None
) -> Forecast:
    """:func:`forecast` on this machine as it is now, with what the workspace's runs and the user's settings tell.

    Where the run begins with another's model, its base is that run's.
    """
    problem: DialtuneError | None = None
    try:
        spec = lineage.inherited(spec, workspace.path)
    except DialtuneError as error:
        problem = error
    past = read_all(workspace.runs())
    made = forecast(spec, hardware.machine(), past, probed, config or load()[0])
    return made if problem is None else replace(made, problems=(problem, *made.problems))


def keep(run: RunFolder, made: Forecast) -> None:
    """Write ``made`` into the run's folder, to be compared with what comes. Raises OSError."""
    write_json(run.path / FILE, made.as_dict())


def _parameters(spec: RunSpec, base: bases.Base) -> Parameters:
    """Raises SpecError when ``lora.targets`` name no module, in the worker's words."""
    shape = base.architecture
    if not spec.trains:
        return Parameters(shape.parameters, 0, shape.parameters, base.origin)
    if not spec.adds_adapter:
        return Parameters(shape.parameters, shape.parameters, shape.parameters, base.origin)
    added = shape.added(spec)
    if not added:
        asked = (
            f"targets = {list(spec.lora.targets)}" if spec.lora.pattern is None else f"pattern = {spec.lora.pattern!r}"
        )
        raise SpecError(
            f"lora.{asked} cannot be used with this base", "No module has such a name",
            f"Its linear modules are called {', '.join(shape.linear_names)}",
        )  # fmt: skip
    return Parameters(shape.parameters, added, shape.parameters + added, base.origin)


def _hints(spec: RunSpec) -> Iterator[str]:
    """What a method needs that a spec made for another has not."""
    if hint := rate_hint(spec):
        yield hint
    if spec.method == "few-shot":
        yield "Prompts with examples in them are taken to be as long as data.max_source_tokens allows."
    if spec.base.quantise != "none":
        yield "Memory of a quantised base is counted from its bits, not compared with a GPU."


def _steps(spec: RunSpec, material: Material) -> Steps | None:
    examples = material.counts.get("train")
    if not spec.trains or not examples:
        return None
    return count(spec.train, examples, material.counts.get("validation"))


def _load(spec: RunSpec, material: Material, base: Architecture, on_cpu: bool) -> Load:
    limits = spec.data.max_source_tokens, spec.data.max_target_tokens
    counts, lengths = material.counts, material.lengths

    def unless_none(split: str, rows: int) -> int:
        return min(rows, counts.get(split, rows))

    training = evaluating = decoding = None
    if spec.trains and (rows := unless_none("train", spec.train.batch_size)):
        known = lengths.get("train")
        training = known.heaviest(rows) if known else whole(rows, *limits)
        budget, most = CPU_EVALUATED if on_cpu else GPU_BATCH
        if counts.get("validation") != 0:
            known = lengths.get("validation")
            longest = whole(unless_none("validation", max(1, min(most, budget // sum(limits)))), *limits)
            evaluating = known.within(budget, most) if known else longest
    if counts.get("test") != 0:
        budget, most = decoding_limits(spec, base, on_cpu)
        known = lengths.get("test") if spec.method != "few-shot" else None
        longest = whole(unless_none("test", max(1, min(most, budget // limits[0]))), limits[0], 0)
        decoding = known.within(budget, most) if known else longest
    return Load(training, evaluating, decoding)


# -- does it fit ----------------------------------------------------------------------------------


def _fit(made: Forecast, base: Architecture | None) -> Fit:
    if made.peak is None:
        return Fit("unknown")
    share = made.peak / max(made.place.free, 1)
    if share <= TIGHT:
        return Fit("fits")
    verdict: Verdict = "tight" if share <= 1 else "too big"
    return Fit(verdict, tuple(_advice(made, base)) if base and made.memory else ())


def _advice(made: Forecast, base: Architecture) -> list[str]:
    """What brings the peak down, tried on the forecast itself."""
    spec, needed = made.spec, made.memory
    assert needed is not None
    room = TIGHT * made.place.free
    if needed.peak_phase in ("loading", "decoding"):
        return ["Lower decode.batch_tokens, or decode fewer tokens"] if needed.peak_phase == "decoding" else _smaller()
    advice = []
    rows = spec.train.batch_size
    while rows > 1 and needed.peak_phase == "training":
        rows //= 2
        accumulation = -(-spec.train.batch_size * spec.train.accumulation // rows)
        if _peak(made, base, spec, batch_size=rows, accumulation=accumulation) <= room:
            advice.append(f"train.batch_size={rows} with train.accumulation={accumulation} learns the same and fits")
            break
    if not advice and spec.method == "full":
        adapted = spec.model_copy(update={"method": "lora"})
        if _peak(made, base, adapted) <= room:
            advice.append("Method lora fits: it keeps no gradients or optimizer state of the base")
        elif _peak(made, base, adapted, batch_size=1) <= room:
            advice.append("Method lora with train.batch_size=1 fits")
    return advice or _smaller()


def _smaller() -> list[str]:
    return ["Choose a smaller base, or shorter data.max_source_tokens"]


def _peak(made: Forecast, base: Architecture, spec: RunSpec, **train: int) -> int:
    tried = spec.model_copy(update={"train": spec.train.model_copy(update=train)})
    trainable = base.added(spec) if spec.adds_adapter else base.parameters
    on_cpu = made.place.kind == "cpu"
    return weigh(
        tried, base, _load(tried, made.material, base, on_cpu), made.place.kind, made.dtype, trainable
    ).peak  # fmt: skip
