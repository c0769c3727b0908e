"""Reads a run's events as they come and hands them to trackers, each in a thread of its own. Knows no tracker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from engine import trackers
from engine.errors import DialtuneError
from engine.results.board import board, scored, usual_baseline
from engine.runs.events import Evaluation, Event, Sample, Scored, TrainStep, decode
from engine.runs.files import LineCursor, read_json, write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace

POLL = 0.5
"""Seconds between looks at the events."""
BOARD_RUNS = 20
"""Runs on the board that is sent: this one and the newest others with scores."""
Tell = Callable[[str, str], None]
"""Says a level and a sentence to whoever started us."""


class Tracker(Protocol):
    """What :mod:`.trackers` makes of each integration. Any method may raise or hang."""

    name: str

    def open(self, known: dict[str, Any]) -> dict[str, Any]:
        """Begin, or go on with the run that ``known`` (what an earlier call gave) tells of; what to remember."""

    def log(self, step: int, figures: dict[str, float]) -> None:
        """Figures of a step, by the names that Trainer gives them (``loss``, ``eval_loss``, ``test_rouge1``)."""

    def table(self, name: str, step: int, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A table of texts and figures."""

    def close(self, state: str, reason: str, facts: dict[str, Any]) -> None:
        """The run is over; whatever is still on its way must arrive now."""


class Channel:
    """One tracker and how far it has been told. Its thread may hang: nobody waits for it."""

    def __init__(self, tracker: Tracker, run: RunFolder, known: dict[str, Any]) -> None:
        """``known``: what ``trackers.json`` has of it from an earlier attempt."""
        self.tracker, self.run, self.known = tracker, run, dict(known)
        self.state, self.error = "open", ""
        self.opened = False
        self.offset = int(known.get("offset") or 0)
        self.busy_since: float | None = None
        """By the monotonic clock: since when the tracker has not answered."""
        self._samples: list[Sample] = []
        self._step = int(known.get("step") or 0)
        self.thread = threading.Thread(target=self._work, name=tracker.name, daemon=True)
        self._end: tuple[str, str] | None = None
        self._over = threading.Event()

    def end(self, state: str, reason: str) -> None:
        """No more events will come."""
        self._end = state, reason
        self._over.set()

    def record(self) -> dict[str, Any]:
        """What ``trackers.json`` is to have of it."""
        return {
            **self.known, "state": self.state, "offset": self.offset, "step": self._step, "error": self.error
        }  # fmt: skip

    def off(self, why: str) -> None:
        """Hand it nothing more."""
        self.state, self.error = "off", trackers.scrubbed(why)

    def _work(self) -> None:
        try:
            self._follow()
        except Exception as error:  # whatever a tracker raises concerns that tracker alone
            if self.state == "open":
                self.off(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
        finally:
            self.busy_since = None

    def _follow(self) -> None:
        self.known |= self._asked(self.tracker.open, dict(self.known))
        self.opened = True
        cursor = LineCursor(self.run.events_path, self.offset)
        while self.state == "open":
            last = self._over.is_set()  # asked before reading: what was written before the end is read
            for line in cursor.read():
                event = decode(line)
                if event is not None:
                    self._take(event)
                if self.state != "open":
                    return
                if not self._samples:  # else a resumed run would lose those that still wait for their table
                    self.offset = cursor.offset
            if last:
                break
            self._over.wait(POLL)
        if self.state == "open":
            self._show_samples()
            self.offset = cursor.offset
            self._finish()

    def _take(self, event: Event) -> None:
        if isinstance(event, Sample):
            if self._samples and self._samples[0].step != event.step:
                self._show_samples()
            self._samples.append(event)
            return
        if not isinstance(event, TrainStep | Evaluation | Scored):
            return
        self._show_samples()
        if isinstance(event, Scored):
            figures = {f"test_{name}": value for name, value in event.metrics.items()}
        else:
            self._step = event.step
            figures = figures_of(event)
        self._asked(self.tracker.log, self._step, figures)

    def _show_samples(self) -> None:
        if not self._samples:
            return
        samples, self._samples = self._samples, []
        examples = self.run.sample_examples()
        rows = []
        for sample in samples:
            example = examples.get(sample.example)
            reference = example.references[0] if example and example.references else ""
            rows.append((sample.step, sample.example, sample.summary, reference))
        self._asked(self.tracker.table, "samples", samples[0].step, ("step", "example", "summary", "reference"), rows)

    def _finish(self) -> None:
        assert self._end is not None
        columns, rows = _board(self.run)
        if rows:
            self._asked(self.tracker.table, "board", self._step, columns, rows)
        manifest = trackers.without_secrets(self.run.manifest())
        facts = {key: manifest[key] for key in ("parameters", "device", "data", "versions") if key in manifest}
        self._asked(self.tracker.close, *self._end, facts)
        if self.state == "open":
            self.state = "closed"

    def _asked(self, call: Callable[..., Any], *arguments: Any) -> Any:
        self.busy_since = time.monotonic()
        answer = call(*arguments)
        self.busy_since = None
        return answer


def figures_of(event: TrainStep | Evaluation) -> dict[str, float]:
    """An event's figures by the names that Trainer gives them; those that were not measured are left out."""
    if isinstance(event, Evaluation):
        return {**{f"eval_{name}": value for name, value in event.metrics.items()}, "epoch": event.epoch}
    names = ("loss", "learning_rate", "grad_norm", "samples_per_second", "tokens_per_second", "epoch")
    return {name: value for name in names if (value := getattr(event, name)) is not None}


def relay(
    run: RunFolder, sinks: Iterable[Tracker], ending: Callable[[], tuple[str, str] | None], tell: Tell, timeout: float
) -> None:
    """Feed ``sinks`` until ``ending`` says how the run ended and all of them have closed, or failed, or timed out.

    A failure is told once, and that tracker gets nothing more. ``trackers.json`` is kept up to date. Never raises for
    a tracker's sake; what hangs is left behind in its thread.
    """
    path = run.path / trackers.FILE
    before = read_json(path)
    channels = []
    for sink in sinks:
        known = before.get(sink.name)
        channels.append(Channel(sink, run, known if isinstance(known, dict) else {}))
    for channel in channels:
        channel.thread.start()
    told: set[str] = set()
    written: dict[str, Any] = {}
    over: tuple[str, str] | None = None
    closing = 0.0
    while True:
        if over is None and (over := ending()) is not None:
            closing = time.monotonic()
            for channel in channels:
                channel.end(*over)
        for channel in channels:
            _watch(channel, timeout, closing if over is not None else None)
            _report(channel, told, tell)
        done = all(channel.state != "open" for channel in channels)  # before it is written: threads go on meanwhile
        now = {**before, **{channel.tracker.name: channel.record() for channel in channels}}
        if now != written:
            try:
                write_json(path, now)
                written = now
            except OSError as error:  # the disk is full or the folder gone: the trackers may still be told
                print("trackers.json cannot be written:", error, flush=True)
        if done:
            return
        time.sleep(POLL / 5 if over is not None else POLL)


def _watch(channel: Channel, timeout: float, closing: float | None) -> None:
    """Switch ``channel`` off when its tracker has not answered in time, or does not come to its end."""
    if channel.state != "open":
        return
    now, busy = time.monotonic(), channel.busy_since
    if (busy is not None and now - busy > timeout) or (closing is not None and now - closing > timeout):
        channel.off(f"no answer within {timeout:g} s")
    elif not channel.thread.is_alive() and channel.state == "open":
        channel.off("its thread ended")


def _report(channel: Channel, told: set[str], tell: Tell) -> None:
    name = channel.tracker.name
    label = trackers.LABELS.get(name, name)
    if channel.opened and f"{name} opened" not in told:
        told.add(f"{name} opened")
        where = trackers.scrubbed(str(channel.known.get("where") or ""))
        tell("info", f"{label} records this run{f': {where}' if where else ''}.")
    if channel.state == "off" and f"{name} off" not in told:
        told.add(f"{name} off")
        tell("warning", f"{label} was switched off; the run goes on without it: {channel.error}.")


def _board(run: RunFolder) -> tuple[list[str], list[list[Any]]]:
    """The board's columns and rows: this run, and the newest others of its workspace that have scores."""
    if not scored([run]):
        return [], []
    others = [other for other in scored(Workspace(run.path.parent).runs(archived=False)) if other.name != run.name]
    runs = [run, *others[: BOARD_RUNS - 1]]
    try:
        table = board(runs, usual_baseline(runs), brief=True)
    except DialtuneError:  # one of them was deleted while we read
        table = board([run], brief=True)
    columns = [column for column in table.columns if not column.exported_only]
    return [column.key for column in columns], [[values.get(c.key) for c in columns] for values in table.rows]
