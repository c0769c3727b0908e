"""How far a command is, on standard error: a line that redraws itself on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

LINE_SECONDS = 10.0
"""Plain progress comes about this often, or at every tenth."""


class Progressing:
    """While entered, takes phases and figures; leaves nothing on a terminal behind."""

    def __init__(self, phase: str = "starting", unit: str = "") -> None:
        """``unit``: what is counted, for plain lines."""
        self._phase, self._unit = phase, unit
        self._bar: Any = None
        self._task: Any = None
        self._at, self._share = time.monotonic(), 0.0
        self._began, self._first = time.monotonic(), 0

    def __enter__(self) -> Progressing:
        from tui.terminal import colours, drawing, stderr_is_terminal

        if stderr_is_terminal():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            console = Console(file=drawing(sys.stderr), no_color=not colours(sys.stderr), highlight=False, markup=False)
            columns = (
                TextColumn("{task.description}", markup=False), BarColumn(28), MofNCompleteColumn(),
                TimeRemainingColumn(),
            )  # fmt: skip
            self._bar = Progress(*columns, console=console, transient=True, refresh_per_second=4)
            self._bar.start()
            self._task = self._bar.add_task(self._phase, total=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total``; no total while nobody knows."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total or None)
            return
        share, now = done / total if total else 0.0, time.monotonic()
        if (share - self._share >= 0.1 and now - self._at >= 1) or now - self._at >= LINE_SECONDS:
            self._at, self._share = now, share
            self.line(done, total)

    def line(self, done: int, total: int) -> None:
        """How far, as a plain line, with the time that is left as far as it can be known."""
        from tui.format import duration
        from tui.terminal import tell

        of = f"{done:,}/{total:,}" if total else f"{done:,}"
        share = f" ({done / total:.0%})" if total else ""
        new, seconds = done - self._first, time.monotonic() - self._began
        left = f", about {duration(seconds * (total - done) / new)} left" if total and new > 0 and done < total else ""
        tell(f"{self._phase} {of}{f' {self._unit}' if self._unit else ''}{share}{left}")

    def phase(self, name: str) -> None:
        """Something else is done now."""
        if name == self._phase:
            return
        self._phase, self._share = name, 0.0
        self.start(0)
        if self._bar is not None:
            self._bar.reset(self._task, description=name, total=None)
        else:
            from tui.terminal import tell

            tell(f"{name} ...")

    def start(self, done: int) -> None:
        """Begin to measure the pace, with ``done`` already there."""
        self._began, self._first = time.monotonic(), done

    def told(self, kind: str, words: str) -> None:
        """What :mod:`engine.exporting.work` tells."""
        if kind == "phase":
            self.phase(words)
        else:
            self.say(words)

    def say(self, words: str) -> None:
        """A sentence above the line."""
        from tui.terminal import tell

        if self._bar is None:
            tell(words)
            return
        self._bar.stop()  # two writers to one terminal line would draw over each other
        tell(words)
        self._bar.start()
