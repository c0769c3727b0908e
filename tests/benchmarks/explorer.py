"""How fast the table of dialogues is: ``python -m tests.benchmarks.explorer [--json] [--rows N] [--models N]``.

100,000 dialogues by twelve models by default (about 2 GB of predictions in a temporary folder). Each step runs in a
thread beside an event loop that wakes every millisecond, as the terminal's does:

- ``ms``: how long the answer takes.
- ``stall``: the longest time by which the event loop woke too late, ms.
- ``held``: the share of the step in which the event loop could not go on. "nothing" says what the machine itself adds.
- ``memory``: of the process, MB; mapped files that others could use as well are told apart.

The first opening makes the caches; all else is timed with caches made, the median of several times.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from engine.results.query import run_query
from engine.results.rows import open_rows
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tui.metrics import extremes, metric

TICK = 0.001
TARGETS = {"stall": 100.0}
WORDS = """the a to you is i it that and of for in have can do what we be on this are your not so will with my at like
just about know would go there get me but think how want time yes good really going well all right need see work
see one here here make day take much help people very tell let too great money house order table phone train ticket
parcel doctor movie weather school teacher office meeting dinner hotel airport bus car price bank holiday birthday
garden kitchen computer library music concert football museum manager interview contract delivery invoice""".split()
METRICS = (
    "rouge1", "rouge2", "rougeL", "rougeLsum", "rouge1_best", "rouge2_best", "rougeL_best", "rougeLsum_best", "bleu",
    "length_ratio", "novelty",
)  # fmt: skip


@dataclass
class Timed:
    """One step."""

    ms: float
    stall: float
    held: float


def write(folder: Path, rows: int, models: int) -> list[RunFolder]:
    """Runs with predictions of about DialogSum's sizes: 130 words a dialogue, three references, 20 words a summary."""
    place = Workspace(folder)
    runs = [fake_runs.new(place, "lora", f"model-{number:02d}", fake_runs.NOW) for number in range(models)]
    chance = random.Random(7)
    files = [run.predictions_path.open("w", encoding="utf-8") for run in runs]
    try:
        for number in range(rows):
            lines = [
                f"#Person{at % 2 + 1}#: {' '.join(chance.choices(WORDS, k=chance.randint(6, 20)))}."
                for at in range(chance.randint(4, 16))
            ]
            references = [" ".join(chance.choices(WORDS, k=22)) for _ in range(3)]
            about = {
                "id": f"test_{number}", "dialogue": "\n".join(lines), "topic": " ".join(chance.choices(WORDS, k=2)),
                "references": references, "truncated": False,
            }  # fmt: skip
            begun = json.dumps(about)[:-1]
            for file in files:
                scores = json.dumps({name: round(chance.random(), 6) for name in METRICS})
                summary = " ".join(chance.choices(WORDS, k=20))
                file.write(f'{begun}, "summary": "{summary}", "scores": {scores}, "tokens": 28}}\n')
    finally:
        for file in files:
            file.close()
    return runs


async def timed(work: Callable[[], Any]) -> tuple[Any, Timed]:
    """``work`` in a thread, beside a loop that wants to wake every TICK."""
    late: list[float] = []
    over = False

    async def beat() -> None:
        while not over:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            late.append(time.perf_counter() - began - TICK)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(5 * TICK)
    late.clear()
    began = time.perf_counter()
    result = await asyncio.to_thread(work)
    seconds = time.perf_counter() - began
    over = True
    await beating
    held = sum(one for one in late if one > TICK)
    return result, Timed(1000 * seconds, 1000 * max(late, default=0.0), min(held / seconds, 1.0))


async def measure(runs: list[RunFolder], times: int) -> dict[str, Any]:
    """Every step, with its median."""
    found: dict[str, Any] = {}
    process = psutil.Process()
    before = _memory(process)

    async def step(name: str, work: Callable[[], Any], repeat: int = times) -> Any:
        results = []
        for _ in range(repeat):
            gc.collect()
            result, one = await timed(work)
            results.append(one)
        found[name] = {
            key: statistics.median(getattr(one, key) for one in results) for key in ("ms", "held")
        } | {"stall": max(one.stall for one in results)}  # fmt: skip
        return result

    await step("nothing, for half a second", lambda: time.sleep(0.5), 3)
    await step("open, making caches", lambda: open_rows(runs), 1)
    rows = await step("open", lambda: open_rows(runs))
    found["memory, open"] = _less(_memory(process), before)

    def fresh(query: str) -> Callable[[], Any]:
        def work() -> Any:
            rows.search.forget()
            result = run_query(rows, query)
            assert result.problem is None, result.problem
            return result

        return work

    one, other = runs[0].name, runs[-1].name
    await step("filter by a number", fresh("turns>12"))
    await step("filter by a model's score", fresh(f"{one}.rougeL<0.2"))
    await step("filter by a difference", fresh(f"{other}.rouge1-{one}.rouge1>0.1"))
    await step("filter by the mean of all models", fresh("rouge1<0.4"))
    await step("filter by disagreement", fresh("disagreement>0.9"))
    await step("filter by topic", fresh("topic:parcel"))
    await step("filter by a rare phrase", fresh('"parcel doctor movie weather"'))
    await step("filter by a frequent word", fresh("the"))
    await step("filter by a word nobody said", fresh("zyzzyva"))
    await step("filter by a dialogue's words", fresh("dialogue:invoice"))
    await step("filter by a model's words", fresh(f"{one}:invoice"))
    await step("filter by words and figures", fresh(f"parcel doctor {one}.rouge1<0.1"))

    def typed() -> None:
        rows.search.forget()
        for end in range(1, len("parcel doctor") + 1):
            run_query(rows, '"' + "parcel doctor"[:end])

    await step("type 13 letters, all of them", typed)
    await step("sort by a score", fresh(f"sort:{one}.rouge1-"))
    await step("sort by disagreement", fresh("sort:disagreement"))
    await step("sort by topic, first time", lambda: run_query(rows, "sort:topic"), 1)
    await step("sort by topic", fresh("sort:topic"))
    places = run_query(rows, "turns>8").places
    await step("means of one figure", lambda: rows.means(places, ["rouge1"]))
    await step("means of all figures", lambda: rows.means(places))
    chance = random.Random(3)
    await step("a row's texts", lambda: rows.detail(chance.randrange(len(rows))), 200)
    cells = [chance.randrange(len(rows)) for _ in range(50)]
    await step("50 rows' cells", lambda: [_cells(rows, at) for at in cells], 20)
    found["memory, after all"] = _less(_memory(process), before)
    return found


def _cells(rows: Any, place: int) -> list[Any]:
    scores = [float(rows.score(model, "rouge1")[place]) for model in rows.models]
    return [rows.ids[place], rows.topics[place], int(rows.turns[place]), *scores, extremes(scores, metric("rouge1"))]


def _memory(process: psutil.Process) -> dict[str, float]:
    gc.collect()
    info = process.memory_info()
    return {"own": (info.rss - info.shared) / 1e6, "mapped": info.shared / 1e6}


def _less(now: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {key: now[key] - before[key] for key in now}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--models", type=int, default=12)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dialtune-explorer-") as folder:
        runs = write(Path(folder), asked.rows, asked.models)
        size = sum(run.predictions_path.stat().st_size for run in runs) / 1e6
        found = asyncio.run(measure(runs, asked.times))
        kept = sum(path.stat().st_size for run in runs for path in (run.path / ".cache").iterdir()) / 1e6
    found["files"] = {"predictions": size, "caches": kept}
    if asked.json:
        print(json.dumps({"figures": found, "targets": TARGETS, "load": os.getloadavg()}, indent=1))
        return
    print(f"{asked.rows:,} dialogues by {asked.models} models; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<36}{'ms':>10}{'stall, ms':>12}{'held':>8}")
    for name, values in found.items():
        if "ms" in values:
            missed = "  MISSED" if values["stall"] > TARGETS["stall"] else ""
            print(f"{name:<36}{values['ms']:>10.1f}{values['stall']:>12.1f}{values['held']:>8.0%}{missed}")
        else:
            print(f"{name + ', MB':<36}" + "  ".join(f"{key} {value:,.0f}" for key, value in values.items()))


if __name__ == "__main__":
    main()
