"""Finished runs that give labels, without any training; and texts to give them to."""

from __future__ import annotations

import json
import random
import time
from dataclasses import asdict, replace
from pathlib import Path

from engine import spec
from engine.results import classes
from engine.runs.files import append_lines, write_json
from engine.runs.folder import Prediction, RunFolder
from engine.runs.workspace import Workspace

LABELS = ("negative", "neutral", "positive")
HOSTILE = "\x1b[31mred[/b] [bold]x\u202e"


def gold(amount: int) -> list[tuple[str, str, str]]:
    """Id, text and gold label; one text is empty, one is hostile, one comes twice."""
    drawn = random.Random(3)
    found = []
    for at in range(amount):
        text = {0: "", 1: HOSTILE, 3: "text number 2"}.get(at, f"text number {at}")
        found.append((f"test_{at}", text, drawn.choice((*LABELS, "neutral"))))
    return found


def labelled(
    workspace: Path, name: str, right: float, amount: int = 60, method: str = "full", now: float = 0.0
) -> RunFolder:
    """A run that is right about so many of the texts."""
    run = Workspace(workspace).create(spec.from_dict({"task": "classification", "method": method, "name": name}))
    drawn = random.Random(name)
    predictions = []
    for id, text, label in gold(amount):
        said = label if drawn.random() < right else drawn.choice([one for one in LABELS if one != label])
        sure = 0.4 + 0.5 * drawn.random()
        shares = {one: sure if one == said else (1 - sure) / 2 for one in LABELS}
        predictions.append(
            Prediction(id, said, text, label, (label,), classes.scores(label, said, shares), False, 0, shares)
        )
    append_lines(run.predictions_path, [json.dumps(asdict(p)) + "\n" for p in predictions])
    totals = classes.aggregate(
        [p.references[0] for p in predictions],
        [p.summary for p in predictions],
        LABELS,
        [p.scores for p in predictions],
    )
    write_json(run.path / "scores.json", totals)
    write_json(run.path / "manifest.json", {"labels": list(LABELS), "seconds": {"training": 3.0}})
    now = now or time.time()
    run.write_status(replace(run.status(), state="finished", created=now, started=now - 5, ended=now))
    return run
