"""Watches a workspace for the moment at which nothing runs or waits any more. Part of the queue's process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path

from engine import config, emptied
from engine.emptied import Armed, Seen, acts
from engine.runs.files import write_json
from engine.runs.folder import RunFolder

Do = Callable[[Armed, config.WhenEmpty, Path, Iterable[str]], tuple[str, ...]]


class Watch:
    """Remembers which runs were at work since it was armed, counts down when none is left, and does it once."""

    def __init__(
        self, workspace: Path, say: Callable[[str], None], do: Do = acts.do, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``say`` writes a line into the queue's log; ``do`` and ``clock`` stand in for deeds and time."""
        self._workspace, self._say, self._do, self._clock = workspace, say, do, clock
        self._seen = emptied.seen(workspace)
        if self._seen.fires_at:  # another process counted down and was killed: it begins anew
            self._note(fires_at=0.0)
        self._deadline: float | None = None

    def step(self, active: Callable[[], set[str]]) -> bool:
        """Look once; whether something is armed that still has to be watched. ``active``: runs at work or waiting."""
        armed = emptied.armed(self._workspace)
        if armed is None or not armed.here:
            if self._deadline is not None:
                self._say("when empty: called off")
            self._rest()
            return False
        if self._seen.id != armed.id:
            self._deadline = None
            self._replace(Seen(armed.id))
            self._say(f"when empty: armed: {', '.join(armed.acts)}")
        runs = active()
        if new := runs - set(self._seen.runs):
            self._note(runs=tuple(sorted({*self._seen.runs, *new})))
        if runs:
            if self._deadline is not None:
                self._say("when empty: a run has begun, so nothing is done yet")
            self._rest()
            return True
        if not self._seen.runs:
            return True  # nothing has run since it was armed
        return self._empty(armed)

    def _empty(self, armed: Armed) -> bool:
        """Nothing runs or waits: count down, or fire, or say why not."""
        held = "" if armed.after_failure else self._failed()
        if held:
            if self._seen.held != held:
                self._deadline = None
                self._say(f"when empty: held back: {held}")
                self._note(held=held, fires_at=0.0)
            return True
        now = self._clock()
        if self._deadline is None:
            self._deadline = now + armed.countdown
            self._say(f"when empty: in {armed.countdown:g} s: {', '.join(armed.acts)}; `dialtune queue disarm` cancels")
            self._note(held="", fires_at=time.time() + armed.countdown)
        if now < self._deadline:
            return True
        self._deadline = None
        if emptied.disarm(self._workspace, armed.id) is None:  # called off, or armed anew, this very moment
            self._rest()
            return True
        self._note(fires_at=0.0, fired=time.time())
        done = self._do(armed, config.load()[0].when_empty, self._workspace, self._seen.runs)
        for line in done:
            self._say(f"when empty: {line}")
        self._note(done=done)
        return False

    def _failed(self) -> str:
        """Which of the runs since it was armed failed, in words; empty where none did."""
        failed = []
        for name in self._seen.runs:
            run = RunFolder(self._workspace / name)
            if run.path.is_dir() and run.status().state in ("failed", "lost"):
                failed.append(name)
        if not failed:
            return ""
        others = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        return f"{failed[0]}{others} failed"

    def _rest(self) -> None:
        self._deadline = None
        if self._seen.fires_at or self._seen.held:
            self._note(fires_at=0.0, held="")

    def _note(self, **changes: object) -> None:
        self._replace(replace(self._seen, **changes))  # type: ignore[arg-type]

    def _replace(self, seen: Seen) -> None:
        self._seen = seen
        with contextlib.suppress(OSError):  # a full disk must not keep the machine from being switched off
            write_json(self._workspace / emptied.STATE, asdict(seen))
