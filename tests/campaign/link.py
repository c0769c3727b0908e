"""``python -m tests.campaign.link``: the application over a line of 64 kbit/s and 300 ms there and back.

The real application draws on a pseudo-terminal; a relay passes on what it writes and what is typed no faster than the
line would, with no more on its way than a connection buffers. Told are the time from a key to its screen, bytes, and
the steps a second of a run that is watched, against one that nobody watches. The session is recorded as an asciicast.

A relay rather than tc netem, so that it runs where the kernel or the rights for that are missing.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pyte

from engine import launch
from engine.runs.events import TrainStep
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.campaign.ground import Ground, end, until
from tests.e2e.terminal import _UNKNOWN

COLUMNS, ROWS = 100, 30
BUFFERED = 16_384
"""Bytes that may be on their way; then the program has to wait, as it has on a full socket."""


@dataclass(frozen=True)
class Line:
    """A line: bits a second each way, and seconds to the other end."""

    rate: float = 64_000.0
    delay: float = 0.15


class Recording:
    """An asciicast (version 2) of what the far end sees."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began = time.monotonic()
        self._file = path.open("w", encoding="utf-8")
        self._write({"version": 2, "width": COLUMNS, "height": ROWS, "timestamp": int(time.time())})

    def _write(self, value: object) -> None:
        self._file.write(json.dumps(value) + "\n")

    def add(self, what: str, data: bytes) -> None:
        """Bytes that came (``o``) or were typed (``i``)."""
        self._write([round(time.monotonic() - self._began, 4), what, data.decode("utf-8", "replace")])

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()


class _Far(pyte.Screen):
    """A screen whose answers travel back over the line."""

    answer: Callable[[str], None]

    def write_process_input(self, data: str) -> None:
        self.answer(data)


class Relay:
    """The application at one end of ``line``, a terminal at the other."""

    def __init__(self, command: list[str], env: dict[str, str], line: Line, recording: Recording | None) -> None:
        import pty
        import struct
        import termios
        from fcntl import ioctl

        self.line, self.recording = line, recording
        self.master, inside = pty.openpty()
        ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.child = subprocess.Popen(
            command, stdin=inside, stdout=inside, stderr=inside, env=env, start_new_session=True
        )
        os.close(inside)
        self.screen = _Far(COLUMNS, ROWS)
        self.screen.answer = lambda data: self.type(data)
        self._stream = pyte.ByteStream(self.screen)
        self._out: deque[tuple[float, bytes]] = deque()
        self._in: deque[tuple[float, bytes]] = deque()
        self._free = self._free_in = 0.0
        """When the line has sent what it was given."""
        self.bytes = 0
        self.arrived = 0.0
        """When the last bytes arrived."""
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def type(self, keys: str) -> float:
        """Type at the far end; the moment."""
        now = time.monotonic()
        with self._lock:
            self._free_in = max(self._free_in, now) + 8 * len(keys) / self.line.rate
            self._in.append((self._free_in + self.line.delay, keys.encode()))
            if self.recording is not None and not keys.startswith("\x1b["):
                self.recording.add("i", keys.encode())
        return now

    @property
    def text(self) -> str:
        """What the far end's screen shows."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, true: Callable[[], object] | str, seconds: float = 120) -> float:
        """Wait for a text on the far screen, or until ``true()``; the moment. Raises TimeoutError."""
        there = (lambda: true in self.text) if isinstance(true, str) else true
        limit = time.monotonic() + seconds
        while not there():
            if time.monotonic() > limit:
                raise TimeoutError(f"never {true!r}\n{self.text}")
            time.sleep(0.01)
        return time.monotonic()

    def _work(self) -> None:
        while not self._over.is_set():
            now = time.monotonic()
            with self._lock:
                while self._in and self._in[0][0] <= now:
                    os.write(self.master, self._in.popleft()[1])
                while self._out and self._out[0][0] <= now:
                    self._arrive(self._out.popleft()[1])
                on_its_way = sum(len(data) for _, data in self._out)
            if on_its_way >= BUFFERED or not select.select([self.master], [], [], 0.005)[0]:
                time.sleep(0.005)
                continue
            try:
                data = os.read(self.master, 1024)
            except OSError:
                time.sleep(0.05)  # it has ended; what is on its way still arrives
                continue
            with self._lock:
                for at in range(0, len(data), 128):  # as small packets, not as a wall
                    part = data[at : at + 128]
                    self._free = max(self._free, time.monotonic()) + 8 * len(part) / self.line.rate
                    self._out.append((self._free + self.line.delay, part))

    def _arrive(self, data: bytes) -> None:
        self.bytes += len(data)
        self.arrived = time.monotonic()
        if self.recording is not None:
            self.recording.add("o", data)
        self._stream.feed(_UNKNOWN.sub(b"", data))

    def settle(self, quiet: float = 1.0, seconds: float = 20.0) -> None:
        """Wait until nothing arrives for ``quiet`` seconds (a live screen may never be: ``seconds`` at most)."""
        limit = time.monotonic() + seconds
        while time.monotonic() - self.arrived < quiet and time.monotonic() < limit:
            time.sleep(0.02)

    def close(self) -> None:
        """End both."""
        self.child.kill()
        self.child.wait()
        self._over.set()
        self._thread.join()
        os.close(self.master)
        if self.recording is not None:
            self.recording.close()


def opened(place: Workspace, home: Path, line: Line, recording: Recording | None = None) -> Relay:
    """The application on ``place``, over ``line``."""
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TMUX", "STY", "LD_PRELOAD")}
    env |= {
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }  # fmt: skip
    return Relay([sys.executable, "-m", "tui", "--workspace", str(place.path)], env, line, recording)


def steps_a_second(run: RunFolder, seconds: float) -> float:
    """Steps that ``run`` makes a second, from its own clock, over the next ``seconds``."""
    before = [event for event in run.events() if isinstance(event, TrainStep)][-1]
    time.sleep(seconds)
    after = [event for event in run.events() if isinstance(event, TrainStep)][-1]
    return (after.step - before.step) / max(after.time - before.time, 1e-9)


def measure(ground: Ground, line: Line, seconds: float, cast: Path) -> dict[str, object]:
    """The figures."""
    from tests.ui import fake_runs

    place = Workspace(ground.folder / "linked" / "runs")
    fake_runs.write(place.path, running=False)
    busy = {"train.max_steps": 100_000, "train.evaluate_every": 50_000, "train.save_every": 50_000}
    run = ground.run("full", place, "busy", **busy)
    worker = launch.start(run)
    try:
        until(run, lambda s: s.phase == "training" and s.step > 20)
        alone = [steps_a_second(run, seconds)]
        began = time.monotonic()
        relay = opened(place, ground.folder / "linked", line, Recording(cast))
        first = relay.until("busy") - began
        try:
            relay.settle(2)
            keys: list[float] = []

            def press(key: str, seen: Callable[[], object] | str) -> None:
                keys.append(-relay.type(key) + relay.until(seen, 60))
                relay.settle(0.6, 8)

            for key in "jjkjk":
                before = relay.text, relay.bytes
                cursor = relay.bytes
                press(key, lambda c=cursor: relay.bytes > c)  # the highlight is a colour: its bytes are what is seen
                assert before[0] is not None
            press("?", "╭─ Keys")
            press("\x1b", lambda: "╭─ Keys" not in relay.text)
            press("/", "Filter")
            for letter in "busy":
                press(letter, lambda c=relay.bytes: relay.bytes > c)
            press("\r", "1 with")
            press("\r", "steps")
            sent = relay.bytes
            live = time.monotonic()
            watched = [steps_a_second(run, seconds)]
            rate = (relay.bytes - sent) / (time.monotonic() - live)
            lag = _lag(relay, run)
            press("q", "runs")
            quitting = relay.type("Q")
            relay.child.wait(30)
            left = time.monotonic() - quitting
            total = relay.bytes
        finally:
            relay.close()
        alone.append(steps_a_second(run, seconds))
    finally:
        end(run, worker)
    keys.sort()
    return {
        "line": asdict(line), "first screen, s": round(first, 2), "key to screen median, s": _round(keys),
        "key to screen worst, s": round(keys[-1], 2), "keys": len(keys), "live, bytes/s": round(rate),
        "lag of the live screen, s": lag, "bytes in all": total, "leaving, s": round(left, 2),
        "steps/s alone": [round(one, 1) for one in alone], "steps/s watched": [round(one, 1) for one in watched],
        "watched / alone": round(statistics.mean(watched) / statistics.mean(alone), 3),
        "recording": str(cast), "recording, bytes": cast.stat().st_size,
    }  # fmt: skip


def _lag(relay: Relay, run: RunFolder) -> float | None:
    """Seconds from a step to its being read at the far end."""
    import re

    step = run.status().step
    began = time.monotonic()

    def there() -> bool:
        found = re.findall(r"([\d,]+)\s*/\s*100,?000", relay.text)
        return any(int(one.replace(",", "")) >= step for one in found)

    try:
        return round(relay.until(there, 30) - began, 2)
    except TimeoutError:
        return None


def _round(values: list[float]) -> float:
    return round(statistics.median(values), 2)


def main() -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.link", description=__doc__)
    parser.add_argument("--kbit", type=float, default=64.0)
    parser.add_argument("--ms", type=float, default=300.0, help="there and back")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each measurement of the run's speed")
    parser.add_argument("--cast", type=Path, default=Path(tempfile.gettempdir()) / "dialtune-link.cast")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="link-") as folder,
        Ground(Path(folder)) as ground,
    ):
        line = Line(1000 * asked.kbit, asked.ms / 2000)
        print(json.dumps(measure(ground, line, asked.seconds, asked.cast), indent=1))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
