"""A run's folder, read: spec, manifest, status, events, predictions, and requests to the worker."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.data.examples import Example
from engine.errors import WorkspaceError
from engine.runs import process, shapes, state
from engine.runs.files import LineCursor, parse_json, read_json, write_json

if TYPE_CHECKING:
    from engine.runs.events import Event
    from engine.spec import RunSpec

State = Literal["queued", "running", "finished", "stopped", "failed", "lost"]
Request = Literal["stop", "discard", "checkpoint", "evaluate", "insist"]
REQUESTS: tuple[Request, ...] = ("stop", "discard", "checkpoint", "evaluate", "insist")
"""stop: end after this step and keep what was learnt; discard: the same, but save and decode nothing; insist: end
within a step, wherever the worker is."""

BALLAST = ".ballast"
"""File that a worker keeps so that there is room for its last words on a full disk."""
BETWEEN_BEATS = 10.0
"""Seconds that may lie between two heartbeats of a worker that is well, when its machine is busy."""
IMPORTED = "import.json"
"""What a folder has whose predictions were made elsewhere: file, column, and how its rows were matched."""


@dataclass(frozen=True)
class Status:
    """``status.json``: replaced whole by the worker at every change and about once a second."""

    state: State = "queued"
    phase: str = ""
    step: int = 0
    total_steps: int = 0
    done: int = 0
    """Units done in this phase."""
    total: int = 0
    unit: str = ""
    eta: float | None = None
    """Seconds this phase still needs."""
    heartbeat: float = 0.0
    created: float = 0.0
    started: float = 0.0
    """When the worker began, 0 while queued."""
    ended: float = 0.0
    took: float = 0.0
    """Seconds from ``started`` to ``heartbeat`` by a clock that nobody sets; 0 where an older version wrote it."""
    worker: process.Identity | None = None
    best: dict[str, float] = field(default_factory=dict)
    """Validation figures of the best evaluation so far."""
    reason: str = ""
    """Why it ended, for a person."""
    exit_code: int = 0
    error: dict[str, str] = field(default_factory=dict)
    """``happened``, ``why``, ``todo`` of the error that ended it."""
    uptime: float = 0.0
    """Seconds since the machine's start at the last heartbeat: a clock that nobody sets. 0 where it is not known."""
    boot: str = ""
    """Of the machine on which it was started, until the worker says who it is."""
    attempt: int = 0
    """How often a worker was started on the run."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time spent in each phase, by all workers of the run."""
    paused: str = ""
    """What a running worker waits for, such as room on a full disk; empty while it works."""
    idle: float | None = None
    """Seconds for which nothing has moved, once that is far more than usual."""
    usual: float | None = None
    """Seconds that a unit of this phase usually takes; None where not known, or while all is well."""
    stopping: float = 0.0
    """When the worker took notice of a request to stop, 0 before."""
    insisted: float = 0.0
    """When it took notice of one to end at once."""
    memory: dict[str, int] = field(default_factory=dict)
    """At the last heartbeat: bytes ``held`` by the worker, ``used`` and ``total`` of the machine or its container; and
    ``kills``, the kernel's count of processes killed for want of memory."""
    starved: str = ""
    """The phase in which an earlier worker of this run was killed for want of memory."""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen unless somebody resumes the run."""
        return self.state in ("finished", "stopped", "failed", "lost")

    def elapsed(self, now: float | None = None) -> float | None:
        """Seconds from the worker's start to its end, or to ``now`` (since the epoch); None before it started."""
        if not self.started:
            return None
        now = time.time() if now is None else now
        if self.took:  # the clock may have been set since, or be another machine's
            return self.took + (0.0 if self.over else min(max(now - self.heartbeat, 0.0), BETWEEN_BEATS))
        last = self.ended or (self.heartbeat if self.state == "lost" else 0.0)
        return max((last if self.over and last else now) - self.started, 0.0)


@dataclass(frozen=True, slots=True)  # there are many thousand of them
class Prediction:
    """One line of ``predictions.jsonl``: a test dialogue, its references, the model's summary and its scores.

    ``scores`` has ``rouge1``, ``rouge2``, ``rougeL``, ``rougeLsum`` (0 to 1, F1, mean over references) and
    the same with ``_best`` (best of the references); ``bleu`` (0 to 100, of this summary alone), ``length_ratio``
    (its words for each of a reference's) and ``novelty`` (share of its words that the dialogue does not have), which
    a run from before they were kept lacks, and which are missing where there is nothing to count.
    """

    id: str
    summary: str
    dialogue: str = ""
    topic: str = ""
    references: tuple[str, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    truncated: bool = False
    """Whether the prompt was cut to fit."""
    tokens: int = 0
    """New tokens decoded, the end mark included."""
    probabilities: dict[str, float] = field(default_factory=dict)
    """Of each label, 0 to 1; empty in a task without labels. What the other fields mean there:
    :mod:`engine.tasks.classification`."""


@dataclass(frozen=True)
class Remarks:
    """``remarks.json``: what the user says about a run. The worker never touches it."""

    note: str = ""
    archived: bool = False
    """Whether lists leave the run out unless asked."""


@dataclass(frozen=True)
class RunFolder:
    """A run on disk. Reading never raises for a file that is missing or half-copied; it reads as empty."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name, which is its folder's."""
        return self.path.name

    @property
    def events_path(self) -> Path:
        """``events.jsonl``."""
        return self.path / "events.jsonl"

    @property
    def predictions_path(self) -> Path:
        """``predictions.jsonl``."""
        return self.path / "predictions.jsonl"

    @property
    def samples_path(self) -> Path:
        """``samples.json``: the fixed validation examples that evaluations summarise."""
        return self.path / "samples.json"

    @property
    def prompts_path(self) -> Path:
        """``prompts.jsonl``: the whole prompts of a few-shot run."""
        return self.path / "prompts.jsonl"

    @property
    def log_path(self) -> Path:
        """``worker.log``."""
        return self.path / "worker.log"

    @property
    def model_path(self) -> Path:
        """``model/``: the adapter or the weights that the run learnt."""
        return self.path / "model"

    @property
    def checkpoints_path(self) -> Path:
        """``checkpoints/``: resumable states."""
        return self.path / "checkpoints"

    @property
    def imported(self) -> bool:
        """Whether its predictions were made elsewhere: it has summaries and scores, but no spec and no model."""
        return (self.path / IMPORTED).is_file()

    def import_record(self) -> dict[str, Any]:
        """``import.json``; empty for a run of our own."""
        return read_json(self.path / IMPORTED)

    def refuse_imported(self, what: str) -> None:
        """Raise WorkspaceError, saying that it cannot be ``what``, where the predictions were made elsewhere."""
        if self.imported:
            raise WorkspaceError(
                f"{self.name} cannot be {what}",
                "Its summaries were imported: it has no model here, and no spec of how it was made",
                "It can be compared, renamed, archived and deleted",
            )

    def refuse_links(self) -> None:
        """Raise WorkspaceError where a file of the folder is a link: a stranger's would let us write elsewhere."""
        for folder in (self.path, self.path / "control"):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_symlink() and not entry.is_dir():
                        raise WorkspaceError(
                            f"The run {self.name} is not worked on", f"Its {entry.name} is a link to another place",
                            "Look where it leads; put the file itself in its place, or delete the link",
                        )  # fmt: skip

    def spec(self) -> RunSpec:
        """What was asked.

        Raises WorkspaceError when the file is missing or the predictions were imported, SpecError when it is damaged.
        """
        from engine.spec import from_toml  # pydantic; a table of runs does not need it

        self.refuse_imported("taken as a spec")
        try:
            text = (self.path / "spec.toml").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise WorkspaceError(f"The run {self.name} has no readable spec", str(error)) from None
        return from_toml(text, f"the spec {self.path}/spec.toml")

    def manifest(self) -> dict[str, Any]:
        """What it ran on; keys are listed in :mod:`engine.worker.manifest`."""
        return read_json(self.path / "manifest.json")

    def scores(self) -> dict[str, Any]:
        """``scores.json``: ``metrics``, ``examples``, ``references`` and the scorer's ``signature``."""
        return read_json(self.path / "scores.json")

    def remarks(self) -> Remarks:
        """What the user says about the run; nothing where there is no such file."""
        return shapes.read(Remarks, read_json(self.path / "remarks.json"), lenient=True)

    def write_remarks(self, remarks: Remarks) -> None:
        """Replace ``remarks.json``. Raises WorkspaceError."""
        try:
            write_json(self.path / "remarks.json", asdict(remarks))
        except OSError as error:
            raise WorkspaceError(f"The run {self.name} cannot be written", error.strerror or str(error)) from None

    def status(self) -> Status:
        """The run's state now, as :mod:`engine.runs.state` judges what was written last."""
        return state.judged(self, self.written_status())

    def events(self, cursor: LineCursor | None = None) -> Iterator[Event]:
        """Events since ``cursor`` (all, without one); damaged lines are skipped."""
        from engine.runs.events import decode  # the terminal's first list needs no events

        for line in (cursor or LineCursor(self.events_path)).read():
            if (event := decode(line)) is not None:
                yield event

    def predictions(self) -> dict[str, Prediction]:
        """Predictions by example id, in the test split's order of decoding; a later line replaces an earlier one."""
        found: dict[str, Prediction] = {}
        for line in LineCursor(self.predictions_path).read():
            with contextlib.suppress(ValueError):  # damaged
                prediction = shapes.read(Prediction, parse_json(line))
                found[prediction.id] = prediction
        return found

    def sample_examples(self) -> dict[str, Example]:
        """The fixed validation examples by id; none of a run from before they were kept."""
        found: dict[str, Example] = {}
        with contextlib.suppress(OSError, ValueError):
            values = parse_json(self.samples_path.read_text(encoding="utf-8"))
            for value in values if isinstance(values, list) else []:
                with contextlib.suppress(ValueError):
                    example = shapes.read(Example, value)
                    found[example.id] = example
        return found

    def forecast_peak(self) -> int | None:
        """Bytes of memory that ``forecast.json`` says the run will need at its peak; None without a forecast."""
        memory = read_json(self.path / "forecast.json").get("memory")
        peak = memory.get("peak") if isinstance(memory, dict) else None
        good = isinstance(peak, int | float) and not isinstance(peak, bool) and 0 < peak < 1e18
        return int(peak) if good and peak is not None else None

    def size(self) -> int:
        """Bytes on disk; files that vanish meanwhile, as old checkpoints do, count as nothing."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - a Path a file is slow
        return total

    def ask(self, request: Request) -> None:
        """Leave ``request`` for the worker, which picks it up between steps. Raises WorkspaceError."""
        try:
            (self.path / "control").mkdir(exist_ok=True)
            (self.path / "control" / request).touch()
        except OSError as error:
            raise WorkspaceError(f"The run {self.name} cannot be asked to {request}", str(error)) from None

    def take(self, request: Request) -> bool:
        """For the worker: whether ``request`` is there; it is removed."""
        try:
            (self.path / "control" / request).unlink()
        except OSError:
            return False
        return True

    def write_status(self, status: Status) -> None:
        """Replace ``status.json``. Raises OSError."""
        write_json(self.path / "status.json", asdict(status))

    def attempts(self) -> int:
        """The highest number of a start that was claimed: what the status says, for where that is lost."""
        digits = [path.name.removeprefix("start-") for path in (self.path / "control").glob("start-*")]
        return max((int(text) for text in digits if text.isdecimal()), default=0)

    def written_status(self) -> Status:
        """The status as last written, true or not; ``lost`` where the file is damaged, or gone after a start."""
        path = self.path / "status.json"
        values = read_json(path)
        if not values and (path.exists() or self.events_path.exists()):
            reason = f"Its status cannot be read: `dialtune check {self.name}` tells more."
            return Status(state="lost", reason=reason, attempt=self.attempts())
        # Lenient: a newer dialtune may have given a field another shape.
        return shapes.read(Status, values, lenient=True)
