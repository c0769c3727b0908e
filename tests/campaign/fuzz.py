"""``python -m tests.campaign.fuzz [TARGET ...] [--inputs N] [--seconds S] [--jobs N]``: damaged input for all parsers.

Coverage-guided with atheris where it is installed (``pip install atheris``), else mutations of the seeds without a
guide. Each target runs in a process of its own, so that one that hangs or eats memory takes no other along; an input
that ends in anything but a sentence is kept in ``--keep`` and told. Exit code 1 when there was one.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.campaign.targets import Target

ROOT = Path(__file__).parent.parent.parent
SLOWEST = 20
"""Seconds that one input may take."""
_ODD = (b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\r", b"[" * 3000, b"{" * 3000, b"9" * 5000)


def mutated(target: Target, rng: random.Random) -> Iterator[bytes]:
    """Endless input: seeds with bits flipped, parts cut out, doubled or moved, and words of the grammar put in."""
    words = [*(word.encode("utf-8", "surrogatepass") for word in target.words), *_ODD]
    seeds = list(target.seeds)
    while True:
        data = bytearray(rng.choice(seeds))
        for _ in range(1 + int(rng.expovariate(0.5))):
            a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
            way = rng.randrange(7)
            if way == 0 and data:
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            elif way == 1:
                del data[a:b]
            elif way == 2:
                data[a:a] = rng.choice(words)
            elif way == 3 and b - a < 4096:
                data[a:a] = data[a:b]
            elif way == 4:
                other = rng.choice(seeds)
                c, d = sorted(rng.randrange(len(other) + 1) for _ in range(2))
                data[a:b] = other[c:d]
            elif way == 5:
                data[a:b] = rng.randbytes(rng.randrange(4))
            else:
                data[a : a + 1] = str(rng.choice((0, -1, 1e308, 2**63, 10**30, 0.1))).encode()
        yield bytes(data[:65536])


def guide() -> Any:
    """atheris, with our modules imported so that it sees which lines run; None where it is not installed."""
    if importlib.util.find_spec("atheris") is None:
        return None
    import atheris

    with atheris.instrument_imports(include=["engine", "tui"]):
        importlib.import_module("tests.campaign.targets")
    return atheris


def one_target(name: str, scratch: Path, inputs: int, seconds: float, seed: int, keep: Path) -> int:
    """Fuzz a target in this process; the number of inputs that did not end in a sentence (0 or 1)."""
    atheris = guide()
    from tests.campaign import targets

    target = targets.all_of(targets.Scratch(scratch))[name]
    count = 0
    began = time.monotonic()

    def take(data: bytes) -> None:
        nonlocal count
        count += 1
        signal.alarm(SLOWEST)
        try:
            targets.survives(target, data)
        except BaseException:
            keep.mkdir(parents=True, exist_ok=True)
            path = keep / f"{re.sub('[^a-z]+', '-', name)}-{abs(hash(data)):x}"
            path.write_bytes(data)
            print(json.dumps({"broken": str(path), "trace": traceback.format_exc()[-1500:]}), flush=True)
            told()
            os._exit(1)
        finally:
            signal.alarm(0)
        if count >= inputs or time.monotonic() - began > seconds:
            told()
            os._exit(0)  # libFuzzer would, too, but without a word

    def told() -> None:
        took = time.monotonic() - began
        print(json.dumps({"target": name, "inputs": count, "seconds": round(took, 1), "guided": atheris is not None}))
        sys.stdout.flush()

    def hung(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"one input took more than {SLOWEST} s")

    signal.signal(signal.SIGALRM, hung)
    if atheris is None:
        for data in mutated(target, random.Random(f"{name} {seed}")):
            take(data)
    corpus, words = scratch / "corpus", scratch / "words"
    corpus.mkdir()
    for number, data in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(data)
    for number, data in zip(range(200), mutated(target, random.Random(seed)), strict=False):
        (corpus / f"m{number}").write_bytes(data)  # libFuzzer knows no grammar; these do
    listed = {word for word in target.words if word.isascii() and word.isprintable()}
    words.write_text("".join('"{}"\n'.format(word.replace("\\", "\\\\").replace('"', '\\"')) for word in listed))
    arguments = [
        name, str(corpus), f"-seed={seed + 1}", "-max_len=4096",
        *([f"-dict={words}"] if listed else []), "-verbosity=0", "-print_final_stats=0", "-len_control=0",
    ]  # fmt: skip
    atheris.Setup(arguments, take)
    atheris.Fuzz()
    return 0


def main() -> int:
    """Fuzz all targets, or those named."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TARGET")
    parser.add_argument("--inputs", type=int, default=50_000, help="for each target")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "dialtune-fuzz")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        return one_target(asked.names[0], Path(asked.here), asked.inputs, asked.seconds, asked.seed, asked.keep)
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    scratch = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory))
    from tests.campaign import targets

    known = list(targets.all_of(targets.Scratch(scratch / "names")))
    names = asked.names or known
    total, broken, slow = 0, 0, []
    try:
        waiting, running = list(names), {}
        while waiting or running:
            while waiting and len(running) < asked.jobs:
                name = waiting.pop(0)
                place = scratch / re.sub("[^a-z]+", "-", name)
                place.mkdir()
                command = [
                    sys.executable, "-m", "tests.campaign.fuzz", name, "--here", str(place), "--keep", str(asked.keep),
                    "--inputs", str(asked.inputs), "--seconds", str(asked.seconds), "--seed", str(asked.seed),
                ]  # fmt: skip
                running[name] = subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
                )
            for name, child in list(running.items()):
                if child.poll() is None:
                    continue
                del running[name]
                said = [json.loads(line) for line in child.stdout or () if line.startswith("{")]
                figures = next((one for one in said if "inputs" in one), None)
                for one in said:
                    if "broken" in one:
                        broken += 1
                        print(f"{name}: {one['broken']}\n{one['trace']}", flush=True)
                if figures is None:
                    broken += 1
                    print(f"{name}: the fuzzer itself ended with {child.returncode}", flush=True)
                    continue
                total += figures["inputs"]
                rate = figures["inputs"] / max(figures["seconds"], 0.1)
                slow.append(rate)
                way = "guided by coverage" if figures["guided"] else "unguided"
                print(f"{name:24} {figures['inputs']:>9,} inputs  {rate:>8,.0f} a second  {way}", flush=True)
            time.sleep(0.1)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{total:,} inputs, {broken} targets broken")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
