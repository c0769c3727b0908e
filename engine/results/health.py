"""What the board says of its models' health, and their scores without the test dialogues that leaked.

A score without them is a mean over the dialogues that the model was not trained on, from ``predictions.jsonl``, where
each dialogue's figures stand; BLEU of the corpus is no mean, so it has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from engine.results.table import Column
from engine.runs.folder import RunFolder
from engine.runs.health import record

UNLEAKED = "_unleaked"
"""Ending of the keys of figures without the leaked dialogues."""


def facts(run: RunFolder, keys: Sequence[str]) -> dict[str, Any]:
    """``findings`` (names in words), ``leaked`` and ``unleaked`` (how many test dialogues) and ``keys`` without them.

    None where nothing leaked. Reads the predictions only where something did.
    """
    found = record.read(run)
    named = list(dict.fromkeys(one.name for one in found.gravest if one.level != "info" or one.code == "leak"))
    leaked = set(found.leaks.test) if found.leaks is not None else set()
    result: dict[str, Any] = {
        "findings": ", ".join(named), "leaked": None, "unleaked": None, **{key + UNLEAKED: None for key in keys},
    }  # fmt: skip
    if not leaked:
        return result
    predictions = run.predictions()
    rest = [prediction.scores for id, prediction in predictions.items() if id not in leaked]
    result |= {"leaked": len(predictions) - len(rest), "unleaked": len(rest)}
    for key in keys:
        values = [scores[key] for scores in rest if key in scores]
        result[key + UNLEAKED] = fmean(values) if values else None
    return result


def columns(rows: Sequence[Mapping[str, Any]], shown: Sequence[tuple[str, str]], keys: Sequence[str]) -> list[Column]:
    """The columns of :func:`facts`: in sight where a row has something to say, else only in files.

    ``shown``: keys of the figures without leaked dialogues that are shown, with their labels.
    """
    leak = any(row["leaked"] for row in rows)
    labels = dict(shown)
    return [
        Column("findings", "findings", exported_only=not any(row["findings"] for row in rows)),
        Column("leaked", "leaked", "count", exported_only=not leak),
        *(
            Column(f"{key}{UNLEAKED}", f"{labels.get(key, '')} unleaked", "score", not (leak and key in labels))
            for key in keys
        ),
        Column("unleaked", "", "count", exported_only=True),
    ]  # fmt: skip


def caption(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stands below a board with findings."""
    told = []
    if any(row["leaked"] for row in rows):
        told.append("leaked: test dialogues that the model was trained on; unleaked: the figure without them.")
    if any(row["findings"] for row in rows):
        told.append("findings: `dialtune health RUN` has their figures and what to do.")
    return told
