"""``python -m tests.campaign.soak [--minutes 30] [--runs 20]``: does anything grow?

Runs are queued and worked off; one application stays open all the while, others come and go at random, quit, killed
or hung up on. Every few seconds the file descriptors and the memory of the open application, of the scheduler and of
the worker are sampled, and how long a step takes to be seen. Told are the slopes, each with the bound it must keep.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from engine.errors import DialtuneError
from engine.runs import turns
from engine.runs.events import TrainStep
from engine.runs.files import LineCursor
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests import warm
from tests.campaign.ground import BOUND, Ground
from tests.campaign.killing import application
from tests.e2e.terminal import Terminal

WARM_UP = 0.2
"""Of the time: caches fill, screens are opened for the first time; then nothing may grow."""
BOUNDS = {"memory": 24.0, "descriptors": 2.0, "latency": 0.5}
"""What may be added within an hour: megabytes, descriptors, seconds."""
KEYS = "jkG gl?qe6qoa1"
EVERY = 3.0


@dataclass
class Series:
    """A figure over time: seconds and values."""

    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, when: float, value: float) -> None:
        """One reading."""
        self.times.append(when)
        self.values.append(value)

    def after(self, moment: float) -> Series:
        """What came after ``moment``."""
        kept = [at for at, when in enumerate(self.times) if when >= moment]
        return Series([self.times[at] for at in kept], [self.values[at] for at in kept])

    def slope(self) -> float:
        """Growth in an hour by Theil and Sen: the median slope of all pairs, which outliers do not move."""
        pairs = [
            (b - a) / (then - when)
            for at, (when, a) in enumerate(zip(self.times, self.values, strict=True))
            for then, b in zip(self.times[at + 1 :], self.values[at + 1 :], strict=True)
            if then - when > 10
        ]
        return 3600 * sorted(pairs)[len(pairs) // 2] if pairs else 0.0


class Soak:
    """All of it."""

    def __init__(self, ground: Ground, minutes: float, runs: int, seed: int) -> None:
        self.ground, self.rng = ground, random.Random(seed)
        self.place = Workspace(ground.folder / "soak" / "runs")
        self.seconds, self.wanted = 60 * minutes, runs
        self.series: dict[str, Series] = {}
        self.workers: dict[str, Series] = {}
        self.attached = {"quit": 0, "killed": 0, "hung up": 0}
        self.odd: list[str] = []
        self.began = time.monotonic()

    def queue(self, count: int) -> None:
        """Put ``count`` more runs into the queue."""
        there = len(self.place.runs())
        steps = max(20, int(self.seconds / self.wanted * 5))
        names = [f"soak-{there + number:03d}" for number in range(count)]
        for name in names:
            plan = {"train.max_steps": steps, "train.evaluate_every": steps, "train.save_every": max(10, steps // 3)}
            self.ground.run(self.rng.choice(("lora", "full")), self.place, name, **plan)
        turns.add(self.place, names)

    def scheduler(self) -> subprocess.Popen[bytes]:
        """A scheduler whose workers are forked warm."""
        starter = subprocess.Popen
        assert isinstance(starter, warm.Starter)
        code = (
            "import pathlib, subprocess, sys; from tests import warm; "
            f"subprocess.Popen = warm.Starter(pathlib.Path({str(starter.folder)!r}), {os.getpid()}); "
            "from engine.queue import main; sys.exit(main())"
        )
        log = (self.place.path.parent / "scheduler.log").open("ab")
        return warm._real([sys.executable, "-c", code, str(self.place.path)], cwd=warm.ROOT, stdout=log, stderr=log)

    def sample(self, name: str, pid: int) -> None:
        """Memory (MB) and descriptors of a process."""
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            now = time.monotonic() - self.began
            self.series.setdefault(f"{name}: memory", Series()).add(now, process.memory_info().rss / 1e6)
            self.series.setdefault(f"{name}: descriptors", Series()).add(now, process.num_fds())

    def current(self) -> RunFolder | None:
        """The run that is being trained."""
        return next((run for run in self.place.runs() if run.status().state == "running"), None)

    def latency(self) -> None:
        """From an event's own time to its being read from the file, by a follower that looks every 50 ms."""
        run = self.current()
        if run is None or run.status().phase != "training":
            return
        cursor = LineCursor(run.events_path)
        for _ in run.events(cursor):
            pass
        limit = time.monotonic() + 2
        while time.monotonic() < limit:
            late = [time.time() - event.time for event in run.events(cursor) if isinstance(event, TrainStep)]
            if late:
                now = time.monotonic() - self.began
                self.series.setdefault("event: latency", Series()).add(now, max(late))
                return
            time.sleep(0.05)

    def visit(self) -> None:
        """Another application comes, looks around and goes, one way or another."""
        runs = self.place.runs()
        with application(self.ground, runs[0]) as terminal:
            self.look_around(terminal, self.rng.randrange(2, 10))
            way = self.rng.choice(list(self.attached))
            self.attached[way] += 1
            if way == "killed":
                terminal.child.kill(signal.SIGKILL)
            elif way == "hung up":
                terminal.hang_up()
            else:
                self.leave(terminal)
                try:
                    code = terminal.end(30)
                    if code:
                        self.odd.append(f"an application ended with {code}")
                except AssertionError as error:
                    self.odd.append(f"an application did not end: {error}")

    def leave(self, terminal: Terminal) -> None:
        """Out of dialogs and lines one may be typing in, then quit; Esc with a key right behind it would be Alt."""
        for key in ("\x1b", "\x1b", "\x1b", "1", "Q"):
            terminal.type(key)
            terminal.settle(0.3)

    def look_around(self, terminal: Terminal, keys: int) -> None:
        """A few keys at random, at a person's pace."""
        try:
            terminal.until("soak-", 60)
        except AssertionError as error:
            self.odd.append(f"an application shows no runs: {error}")
        for _ in range(keys):
            terminal.type(self.rng.choice([*KEYS, "\r", "\x1b"]))
            terminal.settle(0.2)
        if b"Traceback" in terminal.raw:
            self.odd.append("a traceback on a terminal")

    def work(self) -> None:
        """For the time asked for, and until as many runs as asked for are over."""
        self.place.path.mkdir(parents=True, exist_ok=True)
        self.queue(self.wanted)
        scheduler = self.scheduler()
        began = time.monotonic()
        with application(self.ground, self.place.runs()[0]) as stays:
            stays.until("soak-", 60)
            next_visit, pressed = began + 5, 0.0
            while (now := time.monotonic()) - began < self.seconds or self.over() < self.wanted:
                if now - began > 3 * self.seconds + BOUND:
                    self.odd.append(f"only {self.over()} of {self.wanted} runs are over")
                    break
                if scheduler.poll() is not None:
                    if scheduler.returncode:
                        self.odd.append(f"the scheduler ended with {scheduler.returncode}")
                    if not turns.waiting(self.place):
                        self.queue(3)
                    scheduler = self.scheduler()
                self.sample("application", stays.child.pid)
                self.sample("scheduler", scheduler.pid)
                run = self.current()
                if run is not None and (worker := run.status().worker) is not None:
                    self.sample(f"worker {run.name}", worker.pid)
                self.latency()
                if now > next_visit:
                    self.visit()
                    next_visit = time.monotonic() + self.rng.uniform(5, 40)
                if now - pressed > 15:  # it is used, too, not only open: the screens it opens must be freed again
                    for key in ("1", "\r", "1", "j"):
                        stays.type(key)
                        stays.settle(0.5)
                    pressed = now
                stays.read(0.2)
                del stays.raw[:-100_000]
                self._wait(stays)
                if not stays.child.isalive():
                    self.odd.append(f"the application that stays has ended\n{stays.text}")
                    break
            self.leave(stays)
            with contextlib.suppress(AssertionError):
                stays.end(30)
        for run in self.place.runs():
            if run.status().state in ("failed", "lost"):
                self.odd.append(f"{run.name} is {run.status().state}: {run.status().reason}")
            with contextlib.suppress(DialtuneError):
                from engine import launch

                launch.kill(run)
        scheduler.kill()
        scheduler.wait()

    def _wait(self, stays: Terminal) -> None:
        limit = time.monotonic() + EVERY
        while time.monotonic() < limit:
            stays.read(0.2)

    def over(self) -> int:
        """Runs that have come to their end."""
        return sum(run.status().state == "finished" for run in self.place.runs())

    def told(self) -> dict[str, object]:
        """The figures: begin, end, slope an hour and whether it keeps its bound."""
        seconds = time.monotonic() - self.began
        rows: dict[str, object] = {}
        workers: dict[str, list[Series]] = {"memory": [], "descriptors": []}
        for name, series in self.series.items():
            what = name.rpartition(" ")[2]
            if name.startswith("worker "):
                workers[what].append(series)
                continue
            rows[name] = _row(series.after(WARM_UP * seconds), what)
        for what, found in workers.items():  # each worker is a process of its own: is the next one's end as the last's?
            ends = Series([one.times[-1] for one in found], [max(one.values) for one in found])
            rows[f"workers' highest {what}"] = {**_row(ends, what), "workers": len(found)}
            grown = [one.values[-1] - one.values[len(one.values) // 2] for one in found if len(one.values) > 4]
            rows[f"worker's second half: {what}"] = {"median growth": round(_median(grown), 2) if grown else None}
        return {
            "minutes": round(seconds / 60, 1), "runs over": self.over(), "attached": self.attached, "figures": rows,
            "odd": self.odd,
        }  # fmt: skip


def _row(series: Series, what: str) -> dict[str, object]:
    if not series.values:
        return {"readings": 0}
    slope = series.slope()
    third = max(1, len(series.values) // 3)
    return {
        "readings": len(series.values), "first third": round(_median(series.values[:third]), 3),
        "last third": round(_median(series.values[-third:]), 3), "highest": round(max(series.values), 3),
        "slope an hour": round(slope, 2), "bound": BOUNDS[what], "flat": slope <= BOUNDS[what],
    }  # fmt: skip


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def main() -> int:
    """Print the figures as JSON; 1 when something grows or is odd."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder, Ground(Path(folder)) as it:
        soak = Soak(it, asked.minutes, asked.runs, asked.seed)
        try:
            soak.work()
        except KeyboardInterrupt:
            soak.odd.append("interrupted")
        told = soak.told()
        print(json.dumps(told, indent=1))
    figures = told["figures"]
    assert isinstance(figures, dict)
    grows = [name for name, row in figures.items() if row.get("flat") is False]
    return int(bool(grows or soak.odd))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
