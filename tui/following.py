"""Following a run on standard error until it ends, for the commands that stay attached to it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

from engine import launch
from engine.errors import BY_EXIT_CODE, INTERRUPTED, DialtuneError, RunFailed, WorkspaceError
from engine.runs.events import Evaluation, Event, Notice, Phase, TrainStep
from engine.runs.files import LineCursor
from engine.runs.folder import RunFolder, Status
from tui import format as words
from tui.outline import phase_share
from tui.terminal import Interrupts, colours, drawing, stderr_is_terminal, tell
from tui.text import clean

LINE_SECONDS = 10.0
"""Plain progress comes about this often, or at every tenth of a phase."""


@dataclass(frozen=True)
class Outcome:
    """How following ended: the run's last status, and whether it goes on without us."""

    status: Status
    detached: bool = False
    interrupted: bool = False
    """Whether Ctrl-C was pressed."""


def follow(run: RunFolder, worker: subprocess.Popen[bytes] | None = None, poll: float = 0.2) -> Outcome:
    """Report on ``run`` until it is over.

    The first Ctrl-C asks the worker to stop and keep what it learnt, the second leaves it to itself.
    ``worker`` is the process if it is our child: its end is then noticed even if it never wrote a word.
    """
    cursor = LineCursor(run.events_path)
    if (before := run.status()).step or before.done:  # resumed: what happened earlier has been told already
        cursor.offset = run.events_path.stat().st_size if run.events_path.exists() else 0
    asked = False
    with Interrupts() as presses, _Bar(run.name) if stderr_is_terminal() else _Lines(run.name) as report:
        while True:
            gone = worker is not None and worker.poll() is not None
            status = run.status()
            if gone and worker is not None and not status.over:
                status = launch.fell(run, worker.returncode)
            for event in run.events(cursor):
                report.event(event)
            report.status(status)
            if status.over:
                break
            if presses.count and not asked:
                asked = True
                with contextlib.suppress(WorkspaceError):  # it has just ended by itself
                    launch.stop(run)
                report.say(
                    f"{run.name} was asked to stop: it ends after this step, keeps what it learnt and goes on saving. "
                    "Ctrl-C again leaves it to that."
                )
            if presses.count > 1:
                break
            presses.wait(poll)
    if not status.over:
        tell(f"{run.name} goes on without this terminal. `dialtune logs {run.name} -f` follows it.")
        return Outcome(status, detached=True, interrupted=True)
    if worker is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):  # it has said all; only its exit is slow
            worker.wait(10)
    return Outcome(status, interrupted=presses.count > 0)


def exit_code(run: RunFolder, outcome: Outcome) -> int:
    """The exit code that ``outcome`` deserves; says on standard error why it is not 0."""
    if outcome.detached:
        return INTERRUPTED
    error = failure(run, outcome.status)
    if error is not None:
        tell(f"dialtune: {error}")
        return error.exit_code
    if outcome.status.state == "stopped":
        tell(f"{run.name} is stopped. {outcome.status.reason}".strip())
        return outcome.status.exit_code
    return 0


def failure(run: RunFolder, status: Status) -> DialtuneError | None:
    """The error that ended ``run``, rebuilt from its status; None for one that did not fail."""
    if status.state == "lost":
        return RunFailed(
            f"The run {run.name} is lost", status.reason, f"`dialtune resume {run.name}` may go on from a checkpoint"
        )
    if status.state != "failed":
        return None
    kind = BY_EXIT_CODE.get(status.exit_code, RunFailed)
    told = status.error
    happened = told.get("happened") or f"The run {run.name} failed"
    return kind(happened, told.get("why", "") or ("" if told else status.reason), told.get("todo", ""))


class _Report(Protocol):
    def event(self, event: Event) -> None: ...
    def status(self, status: Status) -> None: ...
    def say(self, text: str) -> None: ...


class _Figures:
    """What both reports show: the phase and the latest loss."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.loss: float | None = None

    def event(self, event: Event) -> None:
        if isinstance(event, TrainStep):
            self.loss = event.loss
        elif isinstance(event, Evaluation):
            figures = ", ".join(f"{name} {words.number(value)}" for name, value in event.metrics.items())
            self.say(
                f"{self.name}: evaluation at step {event.step:,}: {figures}{' (best so far)' if event.best else ''}"
            )
        elif isinstance(event, Notice):
            self.say(f"{self.name}: {'' if event.level == 'info' else event.level + ': '}{event.text}")

    def say(self, text: str) -> None:
        tell(text)

    def amount(self, status: Status) -> str:
        """``40/300 steps``; empty where nothing is counted."""
        if status.phase == "training" and status.total_steps:
            return f"{status.step:,}/{status.total_steps:,} steps"
        return f"{status.done:,}/{status.total:,} {status.unit}".strip() if status.total else ""


class _Lines(_Figures):
    """A line for each phase, and now and then one for how far it is."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._phase = ""
        self._at, self._share = time.monotonic(), 0.0

    def __enter__(self) -> _Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def event(self, event: Event) -> None:
        super().event(event)
        if isinstance(event, Phase):
            many = f" ({event.total:,} {event.unit})" if event.total else ""
            self.say(f"{self.name}: {event.name}{many}")
            self._phase = event.name
            self._at, self._share = time.monotonic(), 0.0

    def status(self, status: Status) -> None:
        share = phase_share(status) or 0.0
        now = time.monotonic()
        if status.over or status.phase != self._phase or share <= self._share or share >= 1:
            return
        if now - self._at < LINE_SECONDS and share - self._share < 0.1:
            return
        self._at, self._share = now, share
        loss = f", loss {self.loss:.4f}" if self.loss is not None and status.phase == "training" else ""
        left = f", {words.duration(status.eta)} left" if status.eta is not None else ""
        self.say(f"{self.name}: {status.phase} {self.amount(status)} ({words.percent(share)}){loss}{left}")


class _Bar(_Figures):
    """One line that redraws itself: phase, bar, amount, loss, time left. Notices scroll by above it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = [
            TextColumn(f"{{task.fields[{field}]}}", markup=False) for field in ("words", "amount", "loss", "left")
        ]
        console = Console(file=drawing(sys.stderr), no_color=not colours(sys.stderr), highlight=False, markup=False)
        self._progress = Progress(
            columns[0], BarColumn(bar_width=28), *columns[1:], console=console, transient=True, refresh_per_second=4
        )
        self._task = self._progress.add_task("", total=None, words=clean(name), amount="", loss="", left="")

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        self._progress.console.print(clean(text, lines=True), soft_wrap=True)

    def status(self, status: Status) -> None:
        share = phase_share(status)
        fields: dict[str, Any] = {
            "words": clean(f"{self.name}  {status.phase or status.state}"),
            "amount": clean(self.amount(status)),
            "loss": f"loss {self.loss:.4f}" if self.loss is not None and status.phase == "training" else "",
            "left": f"{words.duration(status.eta)} left" if status.eta is not None else "",
        }
        self._progress.update(self._task, total=None if share is None else 1.0, completed=share or 0.0, **fields)
