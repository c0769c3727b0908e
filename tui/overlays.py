"""The curves of other runs, followed beside a run's own. Knows no Textual."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.runs.events import decode
from engine.runs.files import LineCursor
from engine.runs.folder import RunFolder
from tui.outline import size_of
from tui.tracks import History, Recorder

PATIENCE = 0.25


@dataclass(frozen=True)
class Overlays:
    """The histories of the runs that are followed, by name."""

    histories: Mapping[str, History] = field(default_factory=dict)
    catching_up: bool = False


class _Follower:
    """The events of one run."""

    def __init__(self, run: RunFolder) -> None:
        self.cursor, self.recorder = LineCursor(run.events_path), Recorder()

    def read(self, until: float) -> bool:
        """Read what is new until that moment; whether there is more."""
        if size_of(self.cursor.path) < self.cursor.offset:  # replaced by a shorter file
            self.cursor, self.recorder = LineCursor(self.cursor.path), Recorder()
        offset = self.cursor.offset
        for number, line in enumerate(self.cursor.read(), start=1):
            if (event := decode(line)) is not None:
                self.recorder.take(event, offset)
            offset = self.cursor.offset
            if number % 256 == 0 and time.monotonic() > until:
                return True
        return False


class OverlayFeed:
    """Follows the runs in ``runs``, which another thread may replace between two polls."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """``patience``: about how many seconds of reading one poll may take."""
        self.runs: Sequence[RunFolder] = ()
        self._patience = patience
        self._followers: dict[str, _Follower] = {}
        self._found = Overlays()

    def poll(self) -> Overlays:
        """The histories now; the same object as last time when nothing changed."""
        runs = tuple(self.runs)
        self._followers = {run.name: self._followers.get(run.name) or _Follower(run) for run in runs}
        until = time.monotonic() + self._patience
        more = [follower.read(until) for follower in self._followers.values()]
        found = Overlays({name: one.recorder.history() for name, one in self._followers.items()}, any(more))
        if found != self._found:
            self._found = found
        return self._found
