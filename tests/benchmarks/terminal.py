"""How fast the terminal is: ``python -m tests.benchmarks.terminal [--json] [--only NAME ...]``.

Every figure is taken in a pseudo-terminal, from the bytes that come out of the real program:

- ``frame``: from the start of the process to the footer on the screen, against a Textual application of one label,
  started in turns.
- ``keys``: from a cursor key to the next row's highlight, 10,000 rows, while a worker trains on the same cores.
- ``bytes``: a second, on the live screen of a run that writes as a busy worker does.
- ``many``: 300 runs, one of them with 200,000 events: how soon they are listed, how much is read while one is followed.

Needs Linux (/proc) and nothing else running.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pty
import random
import select
import signal
import statistics
import string
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from fcntl import ioctl
from pathlib import Path
from typing import Any

import psutil

from engine.runs import process
from engine.runs.events import Evaluation, Sample, TrainStep, encode
from engine.runs.files import append_lines
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs

ROOT = Path(__file__).parent.parent.parent
BARE = """
from textual.app import App
from textual.widgets import Label
class Bare(App):
    def compose(self):
        yield Label("Help of a bare application")
Bare().run()
"""
TARGETS = {
    "first frame, s": 0.6, "first frame / bare": 2.0, "key to screen p99, ms": 50, "live, kB/s": 8,
    "live low bandwidth, kB/s": 2, "memory, MB": 150, "300 runs listed, s": 1.0,
}  # fmt: skip


class Program:
    """A program on a pseudo-terminal, its bytes with the moment each came."""

    def __init__(self, arguments: list[str], home: Path, size: tuple[int, int] = (120, 40)) -> None:
        self.master, inside = pty.openpty()
        ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        drop = {
            "NO_COLOR",
            "SSH_CONNECTION",
            "TMUX",
            "STY",
            "DIALTUNE_GLYPHS",
            "COLUMNS",
            "LINES",
            "PYTHONDONTWRITEBYTECODE",
        }  # an installed program has its bytecode
        env = {key: value for key, value in os.environ.items() if key not in drop} | {
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config"),
            "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
        }  # fmt: skip
        self.began = time.perf_counter()
        self.child = subprocess.Popen(
            [sys.executable, *arguments], stdin=inside, stdout=inside, stderr=inside, env=env, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        os.close(inside)
        self.data = bytearray()

    def read(self, seconds: float) -> bytes:
        """What comes within ``seconds``, at most one piece of it."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return b""
        try:
            piece = os.read(self.master, 1 << 16)
        except OSError:
            return b""
        self.data += piece
        return piece

    def until(self, text: bytes, seconds: float = 60) -> float:
        """Read until ``text`` has come (since the start, or since ``forget``); the moment it did."""
        limit = time.perf_counter() + seconds
        while text not in self.data:
            self.read(0.05)
            if time.perf_counter() > limit:
                raise TimeoutError(f"never {text!r}; last {bytes(self.data[-400:])!r}")
        return time.perf_counter()

    def drain(self, seconds: float) -> int:
        """Read for ``seconds``; the bytes that came."""
        count, limit = 0, time.perf_counter() + seconds
        while (left := limit - time.perf_counter()) > 0:
            count += len(self.read(left))
        return count

    def forget(self) -> None:
        """Only what comes from now on counts."""
        self.data.clear()

    def type(self, keys: str) -> float:
        """Type; the moment."""
        now = time.perf_counter()
        os.write(self.master, keys.encode())
        return now

    @property
    def memory(self) -> float:
        """Resident megabytes."""
        return float(psutil.Process(self.child.pid).memory_info().rss / 1e6)

    @property
    def bytes_read(self) -> int:
        """Bytes that it has read from files, by the kernel's count."""
        lines = Path(f"/proc/{self.child.pid}/io").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("rchar")))

    def close(self) -> None:
        """End it."""
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()
        os.close(self.master)


@contextlib.contextmanager
def program(*arguments: str, home: Path, size: tuple[int, int] = (120, 40)) -> Iterator[Program]:
    """``dialtune ARGUMENTS`` for as long as the block."""
    running = Program(["-m", "tui", *arguments], home, size)
    try:
        yield running
    finally:
        running.close()


def frame(home: Path, rounds: int) -> dict[str, float]:
    """First frame: ours on six runs against a bare application's, in turns."""
    fake_runs.write(home / "runs", running=False)
    ours, rows, bare = [], [], []
    for _ in range(rounds + 1):  # the first of each warms the file cache
        other = Program(["-c", BARE], home)
        bare.append(other.until(b"Help") - other.began)
        other.close()
        with program("--workspace", str(home / "runs"), home=home) as one:
            ours.append(one.until(b"Help") - one.began)
            rows.append(one.until(b"zero-shot-base") - one.began)
    mine, theirs = statistics.median(ours[1:]), statistics.median(bare[1:])
    return {
        "first frame, s": mine, "bare Textual, s": theirs, "first frame / bare": mine / theirs,
        "rows shown, s": statistics.median(rows[1:]),
    }  # fmt: skip


@contextlib.contextmanager
def training(home: Path) -> Iterator[None]:
    """A real worker that trains for as long as the block."""
    command = ["--workspace", str(home / "busy"), "train", "--preset", "demo-full", "--set", "train.epochs=200"]
    nowhere = subprocess.DEVNULL
    busy = subprocess.Popen(
        [sys.executable, "-m", "tui", *command, "--name", "busy"], cwd=ROOT, stdout=nowhere, stderr=nowhere,
        stdin=nowhere,
    )  # fmt: skip
    run = RunFolder(home / "busy" / "busy")
    try:
        limit = time.monotonic() + 180
        while run.status().phase != "training" or run.status().step < 2:
            if time.monotonic() > limit:
                raise TimeoutError(f"the worker does not train: {run.status()}")
            time.sleep(0.5)
        yield
    finally:
        worker = run.status().worker
        busy.kill()
        busy.wait()
        if worker is not None and process.alive(worker):
            os.kill(worker.pid, signal.SIGKILL)


def _topic(row: int) -> str:
    """Shares no letter with its neighbours': only what differs from what is on the screen is sent."""
    return string.ascii_letters[row % 52] * 9


def keys(home: Path, presses: int, rows: int = 10_000, busy: bool = True) -> dict[str, float]:
    """Key to screen in explore while a real worker trains (or, not ``busy``, while others do), and memory."""
    workspace = Workspace(home / "runs")
    for number, method in enumerate(("zero-shot", "full"), start=1):
        run = fake_runs.new(workspace, method, f"{method}-many", fake_runs.NOW - number)
        chance = random.Random(number)
        lines = []
        for at in range(rows):
            one = replace(fake_runs.prediction(at, method, 0.4, chance), topic=_topic(at), id=f"row_{at:05d}")
            lines.append(json.dumps(asdict(one)) + "\n")
        append_lines(run.predictions_path, lines)
        run.write_status(replace(run.status(), state="finished", started=1.0, ended=2.0))
    with (
        training(home) if busy else contextlib.nullcontext(),
        program("--workspace", str(home / "runs"), home=home) as one,
    ):
        one.until(b"full-many")
        one.drain(1)
        one.type("e")
        one.until(_topic(10).encode(), 120)
        one.drain(3)
        times = []
        for press in range(1, presses + 1):
            one.drain(random.Random(press).uniform(0.12, 0.2))
            one.forget()
            began = one.type("j")
            times.append(one.until(_topic(press).encode()) - began)
        one.drain(0.5)
        for _ in range(199):  # held down, at the usual rate of a keyboard
            one.type("j")
            one.drain(0.033)
        one.forget()
        last = one.type("j")
        lag = one.until(_topic(presses + 200).encode()) - last
        memory = one.memory
    times.sort()
    return {
        "key to screen p50, ms": 1000 * statistics.median(times),
        "key to screen p99, ms": 1000 * times[min(int(len(times) * 0.99), len(times) - 1)],
        "key to screen worst, ms": 1000 * times[-1],
        "held key, lag s": lag,
        "memory, MB": memory,
    }


class Worker(threading.Thread):
    """Appends to a run what a busy worker does: two steps and a log line a second, readings, at times an evaluation."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__(daemon=True)
        self._run, self._over = run, threading.Event()

    def run(self) -> None:
        """Until ``stop``."""
        chance, step = random.Random(1), 240
        while not self._over.wait(0.5):
            step += 1
            now = time.time()
            loss = 1.6 + chance.uniform(-0.1, 0.1)
            events: list[Any] = [TrainStep(step, step / 200, loss, 1e-3, 0.8, 31.4 + chance.random(), 6120.0, time=now)]
            if step % 4 == 0:
                reading = fake_runs.gpu_reading()
                events.append(replace(reading, time=now, cpu_percent=30 + 20 * chance.random()))
            if step % 40 == 0:
                events.append(Evaluation(step, step / 200, {"loss": loss + 0.1}, best=False, time=now))
                events += [Sample(step, f"dev_{n}", f"At step {step} they meet.", time=now) for n in range(3)]
            append_lines(self._run.events_path, map(encode, events))
            if step % 2 == 0:
                append_lines(self._run.log_path, [f"step {step} loss {loss:.4f} at {now:.0f}\n"])
                status = self._run.status()
                self._run.write_status(replace(status, step=step, eta=600.0 - step / 2, heartbeat=now))

    def stop(self) -> None:
        """End it."""
        self._over.set()
        self.join()


def _live(folder: Path, total: int = 100_000) -> RunFolder:
    run = fake_runs.running_run(Workspace(folder), total=total)
    run.write_status(replace(run.status(), started=time.time() - 300, heartbeat=time.time()))
    return run


def sent(home: Path, seconds: float) -> dict[str, float]:
    """Bytes a second on the live screen, at two sizes, normal and low bandwidth."""
    run = _live(home / "runs")
    worker = Worker(run)
    worker.start()
    found = {}
    try:
        for name, options in (("live", []), ("live low bandwidth", ["--low-bandwidth"])):
            for size in ((80, 24), (160, 48)):
                with program(*options, "--workspace", str(home / "runs"), home=home, size=size) as one:
                    if b"tokens" not in one.data:
                        one.until(b"lora-r8-live")
                        one.drain(1)
                        one.type("\r")
                        one.until(b"tokens/s")
                    one.drain(4)
                    rate = one.drain(seconds) / seconds / 1000
                    found[f"{name} at {size[0]}x{size[1]}, kB/s"] = rate
                    found[f"{name}, kB/s"] = max(rate, found.get(f"{name}, kB/s", 0.0))
                    found[f"{name} memory, MB"] = one.memory
                    one.type("q")
                    one.drain(0.5)
                    one.type("q")
                    one.drain(0.5)
    finally:
        worker.stop()
    return found


def many(home: Path, runs: int = 300, events: int = 200_000) -> dict[str, float]:
    """A full workspace: how soon it is listed, how soon the long run is drawn, how much is read to follow it."""
    workspace = Workspace(home / "runs")
    for number in range(runs - 1):
        run = fake_runs.new(workspace, "lora", f"run-{number:03d}", fake_runs.NOW - number)
        append_lines(run.events_path, map(encode, fake_runs.training(200, 600, random.Random(number))))
        run.write_status(replace(run.status(), state="finished", started=1.0, ended=2.0, step=200))
    long = _live(home / "runs", total=events)
    steps = [TrainStep(n, n / events, 2.0, 1e-3, 0.8, 31.4, 6120.0, time=fake_runs.NOW) for n in range(241, events)]
    append_lines(long.events_path, map(encode, steps))
    firsts, listings = [], []
    for _ in range(6):  # the first warms the file cache
        with program("--workspace", str(home / "runs"), home=home) as one:
            firsts.append(one.until(b"Help") - one.began)
            listings.append(one.until(b"run-020") - one.began)
    first, listed = statistics.median(firsts[1:]), statistics.median(listings[1:])
    worker = None
    with program("--workspace", str(home / "runs"), home=home) as one:
        one.until(b"run-020")
        one.drain(3)
        began = one.bytes_read
        one.drain(5)
        idle = (one.bytes_read - began) / 5
        one.type("/r8-live\r")
        one.drain(2)
        began_at = one.type("\r")
        one.until(b"tokens/s")
        drawn = time.perf_counter() - began_at
        one.drain(8)
        worker = Worker(long)
        worker.start()
        try:
            windows = []
            for _ in range(3):
                before = one.bytes_read
                one.drain(5)
                windows.append((one.bytes_read - before) / 5 / 1000)
        finally:
            worker.stop()
        memory = one.memory
    return {
        "300 runs first frame, s": first, "300 runs listed, s": listed, "list of 300, kB read/s": idle / 1000,
        "200,000 events drawn, s": drawn, "following, kB read/s first": windows[0],
        "following, kB read/s last": windows[-1], "300 runs memory, MB": memory,
    }  # fmt: skip


def main() -> None:
    """Measure, and print."""
    parts: dict[str, Callable[[Path], dict[str, float]]] = {
        "frame": lambda home: frame(home, 9), "keys": lambda home: keys(home, 400),
        "bytes": lambda home: sent(home, 30), "many": many,
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(parts), default=list(parts))
    arguments = parser.parse_args()
    found: dict[str, float] = {}
    for name in arguments.only:
        with tempfile.TemporaryDirectory(prefix="dialtune-terminal-") as home:
            found |= parts[name](Path(home))
    if arguments.json:
        print(json.dumps({"figures": found, "targets": TARGETS, "load": os.getloadavg()}, indent=1))
        return
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, value in found.items():
        target = f"  target {TARGETS[name]:g}{'' if value <= TARGETS[name] else '  MISSED'}" if name in TARGETS else ""
        print(f"{name:<36}{value:>10.3g}{target}")


if __name__ == "__main__":
    main()
