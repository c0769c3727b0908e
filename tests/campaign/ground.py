"""Where the campaign takes place: a tiny base, undisturbed runs to compare with, workers forked warm, a shim."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from engine import launch, spec
from engine.runs import events
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace
from tests import warm

SOURCE = Path(__file__).with_name("faults.c")
PLAN: dict[str, Any] = {
    "data.train": 32, "data.validation": 6, "data.test": 12, "train.max_steps": 12, "train.batch_size": 4,
    "train.evaluate_every": 4, "train.save_every": 2, "train.keep_checkpoints": 2, "train.learning_rate": 1e-3,
    "train.samples": 2, "train.dtype": "float32", "decode.max_new_tokens": 8, "decode.batch_tokens": 300,
}  # fmt: skip
"""A run of seconds that passes through every phase, evaluates three times and saves six."""
BOUND = 90.0
"""Seconds after which something that should have ended hangs."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to, as checksums."""

    predictions: str
    model: str
    metrics: str
    losses: dict[int, float]

    @classmethod
    def of(cls, run: RunFolder) -> Outcome:
        """The outcome of ``run``."""
        said = sorted((p.id, p.summary, p.tokens, p.references) for p in run.predictions().values())
        weights = [path.read_bytes() for path in sorted(run.model_path.glob("*.safetensors"))]
        losses = {event.step: event.loss for event in run.events() if isinstance(event, events.TrainStep)}
        return cls(
            _sum(repr(said).encode()), _sum(*weights), _sum(json.dumps(run.scores().get("metrics")).encode()), losses
        )

    def differs(self, other: Outcome) -> list[str]:
        """What differs between the two, in words."""
        found = [
            f"the {what} differ from the undisturbed run's"
            for what in ("predictions", "model", "metrics")
            if getattr(self, what) != getattr(other, what)
        ]
        steps = [step for step, loss in self.losses.items() if other.losses.get(step) != loss]
        return found + ([f"the losses of steps {steps[:3]}... differ"] if steps else [])


@dataclass(frozen=True)
class Kept:
    """What a run had on disk at the moment it was struck, which it must have ever after."""

    events: bytes
    predictions: dict[str, str]
    checkpoint: int
    """Step of the last checkpoint that it told of; 0 before the first."""

    @classmethod
    def of(cls, run: RunFolder) -> Kept:
        """What ``run`` has now."""
        written = run.events_path.read_bytes() if run.events_path.exists() else b""
        told = [event.step for event in run.events() if isinstance(event, events.Checkpoint)]
        return cls(
            written[: written.rfind(b"\n") + 1], {p.id: p.summary for p in run.predictions().values()},
            max(told, default=0),
        )  # fmt: skip

    def lost(self, run: RunFolder) -> list[str]:
        """What of it ``run`` no longer has."""
        now = Kept.of(run)
        found = [] if now.events.startswith(self.events) else ["events written before are gone"]
        gone = [id for id, summary in self.predictions.items() if now.predictions.get(id) != summary]
        return found + ([f"predictions written before are gone: {gone[:3]}"] if gone else [])


@dataclass(frozen=True)
class Told:
    """What a command line printed, and its exit code."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def sane(self) -> str:
        """Empty, or what no user should ever see."""
        command = " ".join(self.arguments)
        if self.code == 1 or "fault of dialtune" in self.err:
            return f"`{command}` met a fault of its own: {self.err.strip()[-300:]}"
        log = self.arguments[0] == "logs"  # which shows what the worker printed, and there a traceback belongs
        if "Traceback (most recent" in ("" if log else self.out) + self.err:
            return f"`{command}` printed a traceback"
        return ""


class Ground:
    """Context manager: makes all that trials need, and ends what they leave running.

    ``starter``: what already forks workers, in the tests; without one, ours is made, and its workers carry the shim.
    """

    def __init__(self, folder: Path, starter: warm.Starter | None = None) -> None:
        self.folder = folder
        self.shim = _compiled(folder)
        self.starter = starter
        self.methods: tuple[str, ...] = ("lora", "full")
        self.shimmed = False
        """Whether warm workers carry the shim; else only cold processes can."""
        self._finished: dict[str, tuple[RunFolder, Outcome]] = {}
        self._places: list[Workspace] = []
        self._clock = folder / "clock"
        self._before: dict[str, str | None] = {}
        self._popen: Any = subprocess.Popen

    def __enter__(self) -> Ground:
        self.set_clock(0)
        ours = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "GOMP_SPINCOUNT": "1000"}
        if self.starter is None:
            if self.shim is not None:
                ours |= {"LD_PRELOAD": str(self.shim)}
                self.shimmed = True
            self._before = {key: os.environ.get(key) for key in ours}
            os.environ.update(ours)
            subprocess.Popen = warm.Starter(self.folder, os.getpid())  # type: ignore[misc, assignment]
        self.base = _tiny_base(self.folder / "base")
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
        subprocess.Popen = self._popen  # type: ignore[misc]
        for key, value in self._before.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value

    # -- runs --------------------------------------------------------------------------------------

    def run(self, method: str = "lora", place: Workspace | None = None, name: str = "it", **plan: Any) -> RunFolder:
        """A queued run, in a workspace of its own unless ``place`` is given."""
        if place is None:
            place = Workspace(self.folder / uuid.uuid4().hex[:8] / "runs")
            self._places.append(place)
        values = {"method": method, "name": name, "base.name": str(self.base), **PLAN, **plan}
        return place.create(spec.from_dict(spec.nested(values)))

    def finished(self, method: str) -> tuple[RunFolder, Outcome]:
        """The undisturbed run of ``method`` and its outcome; made once."""
        if method not in self._finished:
            run = self.run(method, Workspace(self.folder / f"undisturbed-{method}" / "runs"))
            launch.start(run).wait(timeout=BOUND)
            if run.status().state != "finished":
                raise RuntimeError(f"undisturbed, {method} is {run.status()}\n{run.log_path.read_text()[-2000:]}")
            self._finished[method] = run, Outcome.of(run)
        return self._finished[method]

    def broken_off(self, method: str, phase: str = "training") -> RunFolder:
        """A run killed in ``phase`` with checkpoints behind it; made once."""
        folder = self.folder / f"broken-{method}-{phase}"
        run = RunFolder(folder / "runs" / "it")
        if not folder.exists():
            run = self.run(method, Workspace(folder / "runs"))
            worker = launch.start(run)
            until(run, lambda s: s.over or (s.phase == phase and (phase != "training" or s.step >= 9)))
            end(run, worker)
        return run

    def copy(self, run: RunFolder) -> RunFolder:
        """A copy of ``run`` to damage, in a workspace of its own."""
        place = Workspace(self.folder / uuid.uuid4().hex[:8] / "runs")
        self._places.append(place)
        shutil.copytree(run.path, place.path / run.name, symlinks=True)
        return RunFolder(place.path / run.name)

    def clear(self) -> None:
        """End and remove what the trial before this left."""
        self.set_clock(0)
        for place in self._places:
            for run in place.runs():
                worker = run.status().worker
                if worker is not None and Path(f"/proc/{worker.pid}/cmdline").exists():
                    for number in (signal.SIGCONT, signal.SIGKILL):
                        _signal(run, number)
            shutil.rmtree(place.path.parent, ignore_errors=True)
        self._places.clear()

    # -- faults ------------------------------------------------------------------------------------

    def fault(
        self, run: RunFolder, operations: str, at: int, action: str, number: int = 0, times: int = -1
    ) -> dict[str, str]:
        """The environment that has the shim strike; see ``faults.c``."""
        lift, tally = run.path.parent / "lifted", run.path.parent / "tally"
        tally.unlink(missing_ok=True)
        lift.unlink(missing_ok=True)
        return {"CAMPAIGN_FAULT": f"{operations}|{at}|{times}|{action}|{number}|{lift}|{tally}|{run.path.resolve()}"}

    def lift(self, run: RunFolder) -> None:
        """From now on nothing fails."""
        (run.path.parent / "lifted").touch()

    def tally(self, run: RunFolder) -> int:
        """Operations counted so far."""
        path = run.path.parent / "tally"
        count: int = struct.unpack("q", path.read_bytes())[0] if path.exists() else 0
        return count

    def clock(self) -> dict[str, str]:
        """The environment in which :meth:`set_clock` tells the time."""
        return {"CAMPAIGN_CLOCK": str(self._clock)}

    def set_clock(self, wrong_by: int) -> None:
        """Set the wall clock of processes in that environment ``wrong_by`` seconds off."""
        descriptor = os.open(self._clock, os.O_RDWR | os.O_CREAT)
        os.pwrite(descriptor, struct.pack("q", wrong_by), 0)  # in place: it is mapped
        os.close(descriptor)

    # -- looking -----------------------------------------------------------------------------------

    def dialtune(self, run: RunFolder, *arguments: str) -> Told:
        """A command on the workspace of ``run``, in this process."""
        from tui.cli import main

        told = CliRunner().invoke(main, ["--workspace", str(run.path.parent), *arguments])
        return Told(arguments, told.exit_code, told.stdout, told.stderr)

    def process(self, run: RunFolder, *arguments: str, environment: Mapping[str, str] | None = None) -> Told:
        """The same in a process of its own, which carries the shim."""
        env = {**os.environ, **({"LD_PRELOAD": str(self.shim)} if self.shim else {}), **(environment or {})}
        command = ["-m", "tui", "--workspace", str(run.path.parent), *arguments]
        done = self.quiet(command, env, BOUND)
        return Told(arguments, done.returncode, done.stdout, done.stderr)

    def quiet(self, command: list[str], env: Mapping[str, str], seconds: float) -> subprocess.CompletedProcess[str]:
        """``python COMMAND`` to its end, as :func:`subprocess.run`."""
        import sys

        return subprocess.run(
            [sys.executable, *command], env={**env}, capture_output=True, text=True, timeout=seconds, check=False,
            cwd=warm.ROOT, errors="replace",
        )  # fmt: skip


def until(run: RunFolder, true: Callable[[Status], object], seconds: float = BOUND) -> Status:
    """The status once ``true`` holds, or the last one seen."""
    limit = time.monotonic() + seconds
    while not true(status := run.status()) and time.monotonic() < limit:
        time.sleep(0.003)
    return status


def end(run: RunFolder, worker: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the worker and its group, as the kernel or a power cut would."""
    for kill in (os.killpg, os.kill):
        try:
            kill(worker.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    worker.wait(timeout=BOUND)


def _signal(run: RunFolder, number: int) -> None:
    worker = run.status().worker
    from engine.runs import process

    if worker is not None and process.alive(worker):
        try:
            os.killpg(worker.pid, number)
        except (ProcessLookupError, PermissionError):
            return


def _sum(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _compiled(folder: Path) -> Path | None:
    """The shim; None where nothing compiles it."""
    folder.mkdir(parents=True, exist_ok=True)
    shim = folder / "faults.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(SOURCE), "-ldl"]
    if shutil.which("cc") is None:
        return None
    done = subprocess.run(command, capture_output=True, check=False)
    return shim if done.returncode == 0 else None


def _tiny_base(folder: Path) -> Path:
    if not folder.is_dir():
        from transformers import AutoTokenizer

        from engine import builtin
        from tests.worker.conftest import TINY, save_base, untied_t5

        save_base(untied_t5(len(AutoTokenizer.from_pretrained(str(builtin.BASE))), **TINY), folder)
    return folder
