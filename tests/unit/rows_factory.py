"""Runs for tests of the table of dialogues."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.results.rows.store import Rows
from engine.runs.folder import Prediction, RunFolder
from tests.unit.run_factory import finished, prediction


def said(id: str, rouge1: float = 0.5, **values: Any) -> Prediction:
    return replace(prediction(id, rouge1, dialogue=f"Ana: Hello {id}\n\nBo: Straße"), **values)


def run_of(place: Path, name: str, *predictions: Prediction) -> RunFolder:
    return finished(place, name, predictions=list(predictions))


def rewrite(run: RunFolder, *predictions: Prediction, tail: str = "") -> None:
    lines = "".join(json.dumps(asdict(p)) + "\n" for p in predictions)
    run.predictions_path.write_text(lines + tail, encoding="utf-8")


def hits(rows: Rows, words: str, field: str = "", model: str = "") -> list[str]:
    return [rows.ids[place] for place in np.flatnonzero(rows.search.having(words, field, model))]
