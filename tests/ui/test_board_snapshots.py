"""What the board looks like; take new pictures with ``--snapshot-update`` after a change that is meant."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.runs.files import append_lines, write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.looks import every_look, two_looks
from tests.ui.test_board import board
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]
Size = tuple[int, int]
DIALOGUES = 200


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """The fake runs with 200 dialogues each, some models alike and some not, and what they cost."""
    for name, level in (("zero-shot-base", 0.25), ("full-base", 0.44), ("lora-r32-base", 0.435)):
        run, chance, dialogues = RunFolder(workspace.path / name), random.Random(name), random.Random(1)
        predictions = []
        for number in range(DIALOGUES):
            easy, words = dialogues.gauss(0, 0.12), dialogues.randint(20, 300)
            found = fake_runs.prediction(number, "lora", min(max(level + easy - words / 3000, 0.1), 0.9), chance)
            text = f"{found.dialogue}\nAna: {'word ' * words}{number}"
            scores = found.scores | {"rougeLsum": found.scores["rougeL"]}
            scores |= {f"{key}_best": value + 0.06 for key, value in scores.items()}
            predictions.append(replace(found, dialogue=text, scores=scores | {"novelty": 0.1 + level / 9}))
        run.predictions_path.unlink()
        append_lines(run.predictions_path, [json.dumps(asdict(p), ensure_ascii=False) + "\n" for p in predictions])
        keys = [key for key in predictions[0].scores if key != "novelty"]
        metrics = {key: sum(p.scores[key] for p in predictions) / DIALOGUES for key in keys} | {"bleu": 30 * level}
        signature = {"rouge": "rouge_score 0.1.2, F1, Porter stemmer", "bleu": "nrefs:var|case:mixed|tok:13a|v:2.5"}
        scores_file = {"metrics": metrics, "examples": DIALOGUES, "references": 3 * DIALOGUES, "signature": signature}
        write_json(run.path / "scores.json", scores_file)
        readings = [replace(fake_runs.gpu_reading(), time=fake_runs.NOW + second) for second in range(400)]
        append_lines(run.events_path, map(fake_runs.encode, readings))
        trained = {"parameters": {"trainable": 3538944, "total": 251116800, "percent": 1.41}, "saved_bytes": 14 << 20}
        write_json(run.path / "manifest.json", run.manifest() | trained)
    return workspace


def themed(app: DialtuneApp, theme: str) -> DialtuneApp:
    app.theme = theme
    return app


def pressing(*keys: str) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        await board(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
        await pilot.pause(0.2)

    return before


@every_look
def test_intervals(snap_compare: Any, make: Make, size: Size, theme: str) -> None:
    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=pressing("j"))


@two_looks
@pytest.mark.parametrize(
    "keys",
    [("c",), ("j", "p"), ("u",), ("j", "d"), ("j", "a", "dollar_sign", "h"), ("j", "B", "s", "r", "p")],
    ids=["sheet", "pairs", "spread", "lengths", "against", "another-baseline"],
)
def test_views(snap_compare: Any, make: Make, size: Size, theme: str, keys: tuple[str, ...]) -> None:
    assert snap_compare(themed(make(), theme), terminal_size=size, run_before=pressing(*keys))
