"""Explore with very many dialogues: how long keys take, and how long the terminal's thread is kept from anything else.

``python -m tests.benchmarks.explorer_ui [--rows N] [--models N] [--size WxH] [--json]``. The application runs without a
terminal; what is measured is everything up to the lines that a terminal would be sent. A heart beats every two
milliseconds in the application's own event loop: the longest gap between two beats is how long nothing else, a key for
one, could be answered; where others keep the machine busy too, no more of it counts than this process worked. Opening
is measured with the caches still to be made (``opening cold``) and with them there. How long an answer takes includes
what the screens wait for on purpose: 120 ms after the last key of a query, 30 ms after a move.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from textual.pilot import Pilot

from engine.runs.folder import Status
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tui.app import DialtuneApp
from tui.screens.explore import ExploreScreen
from tui.widgets.query import QueryInput

BEAT = 0.002
BLOCKED = 100.0
"""Milliseconds that the event loop may be kept busy at most."""
WORDS = (
    "the train to airport leaves at quarter past four platform bus takes an hour thank you then ticket lost parcel "
    "invoice kitchen meeting Tuesday customer order number address doctor appointment shopping dress colour size"
).split()
ROUGE = ("rouge1", "rouge2", "rougeL", "rougeLsum")
TOPICS = ("shopping", "a lost parcel", "booking a table", "at the doctor", "a job offer", "学校の行事")


def write(folder: Path, rows: int, models: int) -> Workspace:
    """``models`` finished runs of the same ``rows`` dialogues; their words and scores differ."""
    workspace = Workspace(folder)
    dialogues = list(_dialogues(rows))
    for number in range(models):
        created = fake_runs.NOW - 100 + number
        run = fake_runs.new(workspace, "lora", f"model-{number:02d}", created)
        chance = random.Random(number + 1)
        with run.predictions_path.open("w", encoding="utf-8") as file:
            for level, dialogue in dialogues:
                scores = {name: min(1.0, level * chance.random()) for name in ROUGE}
                scores |= {f"{name}_best": value for name, value in scores.items()}
                scores |= {name: chance.random() for name in ("bleu", "length_ratio", "novelty")}
                summary = " ".join(chance.choices(WORDS, k=12))
                file.write(f'{dialogue}, "summary": "{summary}", "scores": {json.dumps(scores)}, "tokens": 16}}\n')
        run.write_status(Status(state="finished", created=created, started=1.0, ended=2.0))
    return workspace


def _dialogues(rows: int) -> Iterator[tuple[float, str]]:
    """How easy each is, and the beginning of its line."""
    chance = random.Random(0)
    for at in range(rows):
        length = 4 + chance.randrange(8)
        turns = [f"#Person{turn % 2 + 1}#: {' '.join(chance.choices(WORDS, k=8))}" for turn in range(length)]
        one = {
            "id": f"test_{at}", "dialogue": "\n".join(turns), "topic": chance.choice(TOPICS),
            "references": [" ".join(chance.choices(WORDS, k=14))],
        }  # fmt: skip
        yield chance.random(), json.dumps(one, ensure_ascii=False)[:-1]


class Heart:
    """Beats in the event loop; knows the longest time it could not."""

    def __init__(self) -> None:
        self.worst = 0.0

    @contextlib.asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """For as long as the block."""
        task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _beat(self) -> None:
        while True:
            began, worked = time.perf_counter(), time.process_time()
            await asyncio.sleep(BEAT)
            gap = min(time.perf_counter() - began - BEAT, time.process_time() - worked)
            self.worst = max(self.worst, 1000 * gap)

    def taken(self) -> float:
        """Milliseconds of the longest gap since this was asked last."""
        worst, self.worst = self.worst, 0.0
        return worst


async def until(true: Callable[[], Any], seconds: float = 300.0) -> None:
    """Wait for it without keeping the loop busy."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.001)


class Bench:
    """Explore, and what it was asked."""

    def __init__(self, pilot: Pilot[Any], heart: Heart) -> None:
        self._pilot, self._heart = pilot, heart
        self.found: dict[str, float] = {}

    @property
    def screen(self) -> ExploreScreen:
        """The screen."""
        screen = self._pilot.app.screen
        assert isinstance(screen, ExploreScreen)
        return screen

    async def measure(self, name: str, act: Callable[[], Awaitable[Any]], done: Callable[[], Any]) -> None:
        """Milliseconds from ``act`` until ``done``, and the longest that the loop was blocked meanwhile."""
        await asyncio.sleep(0.3)
        self._heart.taken()
        began = time.perf_counter()
        await act()
        await until(done)
        self.found[f"{name}, ms"] = 1000 * (time.perf_counter() - began)
        await asyncio.sleep(0.3)  # what it left behind to be drawn counts as well
        self.found[f"{name}: blocked, ms"] = self._heart.taken()

    def shows(self, query: str) -> Callable[[], bool]:
        """Whether the rows of ``query`` are shown."""
        return lambda: self.screen.shown is not None and self.screen.shown.view.query == query

    async def ask(self, name: str, query: str) -> None:
        """Type ``query`` and wait for its rows."""
        screen = self.screen

        async def act() -> None:
            screen.query_one(QueryInput).value = query

        screen.bar.open()
        await self.measure(name, act, self.shows(query))
        await self._pilot.press("enter")
        await until(lambda: screen.table.has_focus)


async def _opened(
    workspace: Workspace, size: tuple[int, int], name: str, then: Callable[[Bench], Awaitable[None]]
) -> Any:
    app = DialtuneApp(workspace, None, fake_runs.clock)
    heart = Heart()
    names = [run.name for run in workspace.runs()]
    async with app.run_test(size=size) as pilot, heart.beating():
        await until(lambda: getattr(app.screen, "snapshot", None))
        await asyncio.sleep(2.5)  # screens are imported once the first frame is there
        bench = Bench(pilot, heart)

        async def act() -> None:
            app.open_explore(names)

        def laid_out() -> bool:
            screen = app.screen
            return isinstance(screen, ExploreScreen) and screen.shown is not None and screen.read_row is not None

        await bench.measure(name, act, laid_out)
        await then(bench)
        bench.found["memory, MB"] = psutil.Process().memory_info().rss / 1e6
    return bench.found


async def _nothing(bench: Bench) -> None:
    """Opening is all."""


async def _everything(bench: Bench) -> None:
    pilot, screen = bench._pilot, bench.screen
    table = screen.table

    def scrolled() -> bool:
        return table.scroll_x > 0 or not table.max_scroll_x

    def read() -> bool:
        return screen.read_row is not None

    for name, key in (("move", "j"), ("page", "f"), ("to the end", "G"), ("to the top", "g")):
        await bench.measure(name, lambda key=key: pilot.press(key), read)

    async def hold() -> None:
        for _ in range(60):
            await pilot.press("j")

    await bench.measure("60 moves", hold, read)
    await bench.ask("filter by a figure", "model-03.rouge1<0.2")
    await bench.ask("filter by two models", '"model-03".rouge1-"model-04".rouge1>0.1 turns>6')
    await bench.ask("filter by words", "kitchen invoice")
    await bench.ask("filter by words nowhere", "xyzzyplugh")
    await bench.ask("a bad query", "turns>")
    await bench.ask("all again", "")
    await bench.ask("sort by a model", "sort:model-05")
    await bench.ask("sort by disagreement", "sort:disagreement-")
    await bench.ask("sort by topic", "sort:topic")
    metric = screen.view.metric
    await bench.measure("metric", lambda: pilot.press("m"), lambda: screen.shown.view.metric not in (metric, ""))
    await bench.measure("scroll right", lambda: pilot.press("greater_than_sign"), scrolled)
    await bench.measure("mark", lambda: pilot.press("space"), lambda: screen.said.bookmarks)
    await bench.measure("blind", lambda: pilot.press("B"), lambda: screen.blind and screen._read[2].blind)


def measure(folder: Path, rows: int, models: int, size: tuple[int, int]) -> dict[str, float]:
    """All of it on a workspace of its own."""
    for name in ("STATE", "CONFIG", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    workspace = write(folder / "runs", rows, models)
    gc.disable()  # as tui.cli does until the first frame is drawn; the application then lets it begin
    cold = asyncio.run(_opened(workspace, size, "opening cold", _nothing))
    gc.disable()
    warm = asyncio.run(_opened(workspace, size, "opening", _everything))
    return {name: value for name, value in cold.items() if name.startswith("opening")} | warm


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--models", type=int, default=12)
    parser.add_argument("--size", default="160x48")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    width, _, height = asked.size.partition("x")
    with tempfile.TemporaryDirectory(prefix="dialtune-explorer-") as folder:
        found = measure(Path(folder), asked.rows, asked.models, (int(width), int(height)))
    if asked.json:
        print(json.dumps({"figures": found, "blocked at most": BLOCKED, "load": os.getloadavg()}, indent=1))
        return
    print(f"{asked.rows:,} dialogues, {asked.models} models, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, value in found.items():
        missed = "  BLOCKED TOO LONG" if "blocked" in name and value > BLOCKED else ""
        print(f"{name:<40}{value:>10.1f}{missed}")


if __name__ == "__main__":
    main()
