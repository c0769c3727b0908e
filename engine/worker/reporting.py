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

from engine.amounts import duration, pace
from engine.errors import DialtuneError
from engine.hardware import Sampler, peak_memory
from engine.runs import fate, files, process
from engine.runs.events import WORK, Checkpoint, Ended, Event, Level, Notice, Phase, PhaseName, Progress, Resources
from engine.runs.folder import Request, RunFolder, State
from engine.runs.health import record
from engine.runs.health.finding import CODES, Finding
from engine.runs.history import told
from engine.runs.trends import MemoryTrend
from engine.worker import stalls
from engine.worker.writing import Stopped, Writer

__all__ = ["Insisted", "Reporter", "Stopped"]

HEARTBEAT = 1.0
"""Seconds between readings of the machine, and between rewrites of an unchanged status."""
PROGRESS_EVERY = 0.5
"""Progress events come at most this often (seconds)."""

SETTLE = 5.0
"""Seconds for which a run that ends tries to write its last words to a disk that is full."""
INSIST_EVERY = 2.0
"""Seconds after which a worker that was told to end at once, and has not, is told again."""

log = logging.getLogger("dialtune")


class Insisted(BaseException):
    """The user insists: raised wherever the worker is. No ``except Exception`` of a library may swallow it."""


class Reporter(Writer):
    """Writes a run's status and events; safe to call from any thread.

    Use it as a context manager: a background thread then samples the machine and keeps the heartbeat,
    and SIGTERM (a cluster taking the machine back) counts as a request to stop.
    """

    def __init__(self, run: RunFolder, redactor: Callable[[str], str] = lambda text: text) -> None:
        """``redactor`` takes secrets out of what people are told."""
        before = run.status()
        now = time.time()
        status = replace(
            before, state="running", phase="loading", worker=process.identity(), started=now, heartbeat=now, ended=0.0,
            took=0.0, reason="", exit_code=0, error={}, eta=None, done=0, total=0, paused="", idle=None, usual=None,
            stopping=0.0, insisted=0.0,
        )  # fmt: skip
        super().__init__(run, status)
        self._redactor = redactor
        self.stopping = False
        self.discarding = False
        self.seconds: dict[str, float] = {}
        """Time spent in each phase so far, by workers before this one too."""
        self.before_end: list[Callable[[str, str], None]] = []
        """Called with state and reason before the run's last word, while its heart still beats; must not raise."""
        self.peak_device_memory: int | None = None
        self.last_checkpoint: int | None = None
        """Step of the last one written by this worker."""
        self._told: set[tuple[str, str]] = set()
        self.seconds |= before.seconds
        self._phase: PhaseName = "loading"
        self._began = self._phase_began = time.monotonic()
        self._rate: _Rate = _Rate()
        self._last_progress = 0.0
        self._sampler = Sampler()
        self._memory = MemoryTrend()
        self._devices = stalls.Devices()
        self._stall: stalls.Stall | None = None
        self._insisted_at = 0.0
        self._said_so = False
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Reporter:
        self._write()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self.disk.load_ballast()
        files.on_failure = self._on_failure
        self._thread.start()
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join(timeout=5)
        self._watcher.join(timeout=5)
        files.on_failure = None
        self.disk.drop_ballast()

    # -- telling ------------------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """Append ``event``; see :class:`Writer`."""
        if isinstance(event, Checkpoint):
            self.last_checkpoint = event.step
        super().event(event)

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
            self.notice(finding.level, finding.code, finding.told)
            if finding.code in CODES:
                record.add(self.run, finding)

    def phase(self, name: PhaseName, total: int = 0, unit: str = "", done: int = 0) -> None:
        """Begin a phase of ``total`` units, of which ``done`` lie behind already."""
        now = time.monotonic()
        self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._phase_began
        self._phase, self._phase_began = name, now
        self._pace.phase(name)
        self._rate = _Rate(done)
        log.info("%s%s", name, f" ({total} {unit})" if total else "")
        self._update(phase=name, done=done, total=total, unit=unit, eta=None)
        self.event(Phase(name, total, unit))
        self._last_progress = 0.0

    def progress(self, done: int) -> None:
        """``done`` units of the present phase are finished."""
        self._pace.sign()
        eta = self._rate.eta(done, self._status.total)
        self._update(write=False, done=done, eta=eta)
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_EVERY or done >= self._status.total:
            self._last_progress = now
            self._write()
            self.event(Progress(self._phase, done, self._status.total, eta))

    @property
    def starved(self) -> str:
        """The phase in which an earlier worker of this run was killed for want of memory; empty if none was."""
        return self._status.starved

    @property
    def kept(self) -> str:
        """What is on disk of a run that ends now."""
        if self.last_checkpoint is not None:
            return f"The checkpoint of step {self.last_checkpoint} is kept; it can be resumed."
        return "What was on disk is kept; it can be resumed."

    def step(self, step: int, total_steps: int) -> None:
        """The optimizer has made ``step`` of ``total_steps`` steps."""
        self._update(write=False, step=step, total_steps=total_steps)

    def best(self, metrics: dict[str, float]) -> None:
        """``metrics`` are the best evaluation so far."""
        self._update(best=metrics)

    def end(self, state: State, reason: str = "", error: DialtuneError | None = None, exit_code: int = 0) -> None:
        """The run is over. Written last: whoever sees it may read everything else."""
        while self.before_end:
            self.before_end.pop()(state, reason)
        self._closing.set()
        self._insisted_at = 0.0
        now = time.monotonic()
        self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._phase_began
        self._phase_began = now
        reason = self._redactor(reason)
        parts = {} if error is None else {"happened": error.happened, "why": error.why, "todo": error.todo}
        told = {key: self._redactor(part) for key, part in parts.items()}
        log.info("%s. %s", state, reason)
        self._update(
            write=False, state=state, reason=reason, error=told, exit_code=error.exit_code if error else exit_code,
            ended=time.time(), eta=None, paused="", idle=None, usual=None,
        )  # fmt: skip
        until = time.monotonic() + SETTLE
        while not self._last_words(Ended(state, reason)) and time.monotonic() < until:
            time.sleep(0.2)

    def _last_words(self, ended: Ended) -> bool:
        """Write the last event, then the status; False when there is no room. A broken disk has to do without."""
        self.disk.drop_ballast()
        try:
            if not self._said_so:
                self._said_so = True
                self.event(ended)
            return self._flush() is None and self._write()
        except OSError as error:
            log.error("the run's end could not be written: %s", error)
            return True

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
            if self.stopping:
                self._update(stopping=time.time())
        return self.stopping

    def check(self) -> None:
        """Raises Stopped once the run is to stop; call it between units of work."""
        self._pace.sign()
        if self.poll():
            raise Stopped

    # -- internals ----------------------------------------------------------------------------

    def peak_memory(self) -> dict[str, int | None]:
        """Highest memory so far in bytes: this process's, and torch's on the busiest device."""
        return {"process": peak_memory(), "device": self.peak_device_memory}

    def _update(self, write: bool = True, **changes: Any) -> None:
        spent = {**self.seconds}
        spent[self._phase] = spent.get(self._phase, 0.0) + time.monotonic() - self._phase_began
        took = time.monotonic() - self._began
        super()._update(write, uptime=process.uptime(), took=took, seconds=spent, **changes)

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
                for text in self._devices.reading(reading):
                    self.notice("error", "gpu-gone", text)
                self._update(memory=_figures(reading))
            except (OSError, MemoryError) as error:  # neither may end the heartbeat; the run itself will say so
                log.warning("heartbeat: %s", error)

    def _watch(self) -> None:
        """What must be seen even while the rest waits for something: that nothing moves, and that the user insists."""
        while not self._closing.wait(stalls.LOOK):
            try:
                if not self._insisted_at and (self.run.path / "control" / "insist").exists():
                    self.run.take("insist")
                    self.stopping = self.discarding = True
                    self._update(insisted=time.time())
                    log.warning("told to end at once")
                    self._insist()
                elif self._insisted_at and time.monotonic() - self._insisted_at > INSIST_EVERY:
                    self._insist()
                self._look()
            except (OSError, MemoryError) as error:
                log.warning("watch: %s", error)

    def _insist(self) -> None:
        if not self._closing.is_set():
            self._insisted_at = time.monotonic()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)  # wakes it from a system call, too

    def _look(self) -> None:
        before, now = self._stall, self._pace.look()
        self._stall = now
        if now is not None:
            self._update(idle=now.idle, usual=now.usual)
            if before is None:
                self.notice("warning", "stalled", _stalled(now))
        elif before is not None:
            self._update(idle=None, usual=None)
            self.notice("info", "stalled", f"It moves again, after {duration(before.idle)}.")

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._insisted_at:
            raise Insisted
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


def _stalled(stall: stalls.Stall) -> str:
    unit = WORK.get(stall.phase, "progress")
    usual = f"; one usually takes {pace(stall.usual)}" if stall.usual is not None else ""
    return (
        f"No {unit} for {duration(stall.idle)}{usual}. The device, or a disk, may hang: nvidia-smi and the system's "
        "log (dmesg) say more. The run goes on waiting; stop it, insist, or end it by force"
    )


def _figures(reading: Resources) -> dict[str, int]:
    """What is to be known of memory should this heartbeat be the last; see :mod:`engine.runs.fate`."""
    kills = fate.oom_kills()
    found = {"held": reading.process_memory, "used": reading.memory_used, "total": reading.memory_total}
    return found if kills is None else {**found, "kills": kills}


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
