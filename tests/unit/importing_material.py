"""Data and files of predictions for tests of the import: made up, small, the same every time."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

THINGS = (
    "train ticket", "broken kettle", "garden fence", "piano lesson", "job interview", "birthday cake", "lost parcel",
    "dentist appointment", "rented flat", "football match", "library book", "wedding speech",
)  # fmt: skip


def dialogue(at: int) -> str:
    return f"Ana: Have you seen the {THINGS[at]}?\nBo: Yes, the {THINGS[at]} is number {at} on my list."


def references(at: int) -> tuple[str, str, str]:
    return f"Ana asks about the {THINGS[at]}.", f"Bo has the {THINGS[at]} on a list.", f"They discuss a {THINGS[at]}."


def summary(at: int, model: str = "full") -> str:
    return f"Ana and Bo talk about the {THINGS[at]}" + ("." if model == "full" else " at length and at leisure.")


def data(folder: Path, rows_each: int = 3) -> Path:
    """A folder with a test split of twelve dialogues, ``rows_each`` rows each, in DialogSum's raw form."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {
            "id": f"test_{at}_{number}",
            "dialogue": dialogue(at),
            "summary": references(at)[number - 1],
            "topic": "things",
        }
        for at in range(12)
        for number in range(1, rows_each + 1)
    ]
    (folder / "test.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    train = {"id": "train_1", "dialogue": "Ana: Hello.", "summary": "Ana greets.", "topic": "greeting"}
    (folder / "train.jsonl").write_text(json.dumps(train) + "\n")
    return folder


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def course(path: Path) -> Path:
    """Rows as the course's file has them: number, human, two models; a row a reference."""
    rows = [
        (3 * at + number, references(at)[number], summary(at), summary(at, "lora"))
        for at in range(12)
        for number in range(3)
    ]
    return write_csv(path, ("", "human_baseline_summaries", "full_model_summaries", "lora_model_summaries"), rows)


def write_jsonl(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
