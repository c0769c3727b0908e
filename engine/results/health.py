"""What the board says of its models' health, and their scores without the test dialogues that leaked.

A score without them is a mean over the dialogues that the model was not trained on, from ``predictions.jsonl``, where
each dialogue's figures stand; BLEU of the corpus is no mean, so it has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from engine.errors import WorkspaceError
from engine.results.table import Column
from engine.runs.folder import RunFolder
from engine.runs.health import record

if TYPE_CHECKING:
    from engine.results.scores import Scores

UNLEAKED = "_unleaked"
"""Ending of the keys of figures without the leaked dialogues."""


def leaked(runs: Sequence[RunFolder]) -> frozenset[str]:
    """Ids of the test dialogues that at least one of ``runs`` was trained on."""
    found = (record.read(run).leaks for run in runs)
    return frozenset(id for one in found if one is not None for id in one.test)


def without(scores: Scores, ids: Set[str]) -> Scores:
    """``scores`` of the dialogues that are not among ``ids``. Raises WorkspaceError when none is left."""
    kept = [at for at, id in enumerate(scores.ids) if id not in ids]
    if not kept and len(scores):
        raise WorkspaceError(
            "No test dialogue is left to score", f"All {len(scores):,} are in the training data of one of the models",
            "Train anew with data.exclude_leaked=near",
        )  # fmt: skip
    places = {old: new for new, old in enumerate(kept)}

    def place(key: str) -> int | None:
        old = scores.place(key)
        return None if old is None else places.get(old)

    return replace(
        scores, ids=[scores.ids[at] for at in kept], topics=[scores.topics[at] for at in kept],
        keys=[scores.keys[at] for at in kept], words=scores.words[kept], clusters=scores.clusters[kept],
        columns={key: values[kept] for key, values in scores.columns.items()}, place=place,
    )  # fmt: skip


def means(run: RunFolder, keys: Sequence[str], ids: Set[str]) -> dict[str, Any]:
    """The means of ``keys`` over the run's test dialogues that are not among ``ids``, and how many those are."""
    rest = [one for id, one in run.predictions().items() if id not in ids]
    found: dict[str, Any] = {"dialogues": len(rest), "references": sum(len(one.references) for one in rest)}
    for key in keys:
        values = [one.scores[key] for one in rest if key in one.scores]
        found[key] = fmean(values) if values else None
    return found


def facts(run: RunFolder, keys: Sequence[str]) -> dict[str, Any]:
    """``findings`` (names in words), ``leaked`` and ``unleaked`` (how many test dialogues) and ``keys`` without them.

    None where nothing leaked. Reads the predictions only where something did.
    """
    found = record.read(run)
    named = list(dict.fromkeys(one.name for one in found.gravest if one.level != "info" or one.code == "leak"))
    ids = leaked([run])
    result: dict[str, Any] = {
        "findings": ", ".join(named), "leaked": None, "unleaked": None, **{key + UNLEAKED: None for key in keys},
    }  # fmt: skip
    if not ids:
        return result
    rest = means(run, keys, ids)
    count = sum(id in ids for id in run.predictions())
    return result | {"leaked": count, "unleaked": rest["dialogues"], **{key + UNLEAKED: rest[key] for key in keys}}


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
