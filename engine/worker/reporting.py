"""What the worker tells the world: status, events and heartbeat, all of it through the run folder."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import FrameType
from typing import Any

import torch

from engine.errors import DialtuneError
from engine.hardware import Sampler, peak_memory
from engine.runs import process
from engine.runs.events import HEADER, Ended, Event, Level, Notice, Phase, PhaseName, Progress, Resources, encode
from engine.runs.files import append_lines
from engine.runs.folder import Request, RunFolder, State
from engine.runs.history import told
from engine.runs.trends import Finding, MemoryTrend

HEARTBEAT = 1.0
"""Seconds between readings of the machine, and between rewrites of an unchanged status."""
PROGRESS_EVERY = 0.5
"""Progress events come at most this often (seconds)."""

log = logging.getLogger("dialtune")


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """The user asked the run to stop; what is on disk so far is whole."""


class Reporter:
    """Writes a run's status and events; safe to call from any thread.

    Use it as a context manager: a background thread then samples the machine and keeps the heartbeat,
    and SIGTERM (a cluster taking the machine back) counts as a request to stop.
    """

    def __init__(self, run: RunFolder, redactor: Callable[[str], str] = lambda text: text) -> None:
        """``redactor`` takes secrets out of what people are told."""
        self.run, self._redactor = run, redactor
        self.stopping = False
        self.discarding = False
        self.seconds: dict[str, float] = {}
        """Time spent in each phase so far, by workers before this one too."""
        self.peak_device_memory: int | None = None
        self._lock = threading.Lock()
        self._told: set[tuple[str, str]] = set()
        self._begun = run.events_path.exists()
        before = run.status()
        self.seconds |= before.seconds
        now = time.time()
        self._status = replace(
            before, state="running", phase="loading", worker=process.identity(), started=now, heartbeat=now, ended=0.0,
            reason="", exit_code=0, error={}, eta=None, done=0, total=0,
        )  # fmt: skip
        self._phase: PhaseName = "loading"
        self._phase_began = time.monotonic()
        self._rate: _Rate = _Rate()
        self._last_progress = 0.0
        self._sampler = Sampler()
        self._memory = MemoryTrend()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Reporter:
        self._write()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join(timeout=5)

    # -- telling ------------------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """Append ``event``."""
        with self._lock:
            begin = [] if self._begun else [HEADER]
            self._begun = True
            append_lines(self.run.events_path, [*begin, encode(event)])

    def notice(self, level: Level, code: str, text: str) -> None:
        """Tell a person something, in the events and in the log; once, however often the run is resumed."""
        text = self._redactor(text)
        log.log({"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}[level], text)
        if level == "error" or (code, text) not in self._told:
            self.event(Notice(level, code, text))

    def recall(self) -> None:
        """Take note of what a worker before this one has told."""
        self._told = told(self.run.events())

    def findings(self, findings: Iterable[Finding]) -> None:
        """Tell what a detector has found."""
        for finding in findings:
            self.notice(finding.level, finding.code, finding.text)

    def phase(self, name: PhaseName, total: int = 0, unit: str = "", done: int = 0) -> None:
        """Begin a phase of ``total`` units, of which ``done`` lie behind already."""
        now = time.monotonic()
        self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._phase_began
        self._phase, self._phase_began = name, now
        self._rate = _Rate(done)
        log.info("%s%s", name, f" ({total} {unit})" if total else "")
        self._update(phase=name, done=done, total=total, unit=unit, eta=None)
        self.event(Phase(name, total, unit))
        self._last_progress = 0.0

    def progress(self, done: int) -> None:
        """``done`` units of the present phase are finished."""
        eta = self._rate.eta(done, self._status.total)
        self._update(write=False, done=done, eta=eta)
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_EVERY or done >= self._status.total:
            self._last_progress = now
            self._write()
            self.event(Progress(self._phase, done, self._status.total, eta))

    def step(self, step: int, total_steps: int) -> None:
        """The optimizer has made ``step`` of ``total_steps`` steps."""
        self._update(write=False, step=step, total_steps=total_steps)

    def best(self, metrics: dict[str, float]) -> None:
        """``metrics`` are the best evaluation so far."""
        self._update(best=metrics)

    def end(self, state: State, reason: str = "", error: DialtuneError | None = None, exit_code: int = 0) -> None:
        """The run is over. Written last: whoever sees it may read everything else."""
        self._closing.set()
        now = time.monotonic()
        self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._phase_began
        self._phase_began = now
        reason = self._redactor(reason)
        parts = {} if error is None else {"happened": error.happened, "why": error.why, "todo": error.todo}
        told = {key: self._redactor(part) for key, part in parts.items()}
        log.info("%s. %s", state, reason)
        self.event(Ended(state, reason))
        self._update(
            state=state, reason=reason, error=told, exit_code=error.exit_code if error else exit_code,
            ended=time.time(), eta=None,
        )  # fmt: skip

    # -- listening ----------------------------------------------------------------------------

    def asked(self, request: Request) -> bool:
        """Whether the user has left ``request`` since the last call; it is taken."""
        return self.run.take(request)

    def poll(self) -> bool:
        """Whether the run is to stop: asked to, or told by a signal."""
        if not self.stopping and (self.run.path / "control").is_dir():
            if self.run.take("discard"):
                self.stopping = self.discarding = True
            elif self.run.take("stop"):
                self.stopping = True
        return self.stopping

    def check(self) -> None:
        """Raises Stopped once the run is to stop; call it between units of work."""
        if self.poll():
            raise Stopped

    # -- internals ----------------------------------------------------------------------------

    def peak_memory(self) -> dict[str, int | None]:
        """Highest memory so far in bytes: this process's, and torch's on the busiest device."""
        return {"process": peak_memory(), "device": self.peak_device_memory}

    def _update(self, write: bool = True, **changes: Any) -> None:
        with self._lock:
            spent = {**self.seconds}
            spent[self._phase] = spent.get(self._phase, 0.0) + time.monotonic() - self._phase_began
            self._status = replace(
                self._status, heartbeat=time.time(), uptime=process.uptime(), seconds=spent, **changes
            )
        if write:
            self._write()

    def _write(self) -> None:
        with self._lock:
            self.run.write_status(self._status)

    def _beat(self) -> None:
        while not self._closing.wait(HEARTBEAT):
            try:
                reading = _with_torch(self._sampler.sample())
                for device in reading.devices:
                    if device.allocated is not None:
                        peak = int(torch.cuda.max_memory_allocated(device.index))
                        self.peak_device_memory = max(self.peak_device_memory or 0, peak)
                if self._closing.is_set():
                    return
                self.event(reading)
                self.findings(self._memory.reading(reading))
                self._update()
            except OSError as error:  # a full disk must not end the heartbeat; the run itself will say so
                log.warning("heartbeat: %s", error)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        log.info("signal %s: stopping after this step", number)
        self.stopping = True


class _Rate:
    """Remaining time from the pace of the last units, so that a slow start does not haunt the estimate."""

    def __init__(self, done: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._points = [(clock(), done)]

    def eta(self, done: int, total: int) -> float | None:
        """Seconds until ``total``, or None before two readings differ."""
        self._points.append((self._clock(), done))
        del self._points[:-200]
        (began, first), (now, last) = self._points[0], self._points[-1]
        if last <= first or total <= 0:
            return None
        return (total - last) * (now - began) / (last - first)


def _with_torch(reading: Resources) -> Resources:
    """Adds what torch's own allocator holds on each visible GPU."""
    if not reading.devices or not torch.cuda.is_initialized():
        return reading
    return replace(
        reading,
        devices=tuple(
            replace(d, allocated=torch.cuda.memory_allocated(at), reserved=torch.cuda.memory_reserved(at))
            for at, d in enumerate(reading.devices)
            if at < torch.cuda.device_count()
        ),
    )
