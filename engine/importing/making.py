"""An import done: summaries scored, and a folder of the workspace for each model, all of them or none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import tomlkit

from engine.asking import Cancel, Progress
from engine.errors import WorkspaceError
from engine.importing import apart
from engine.importing.apart import Pair
from engine.importing.plan import HOW, Model, Plan
from engine.results.scoring import Scored, aggregate, corpus_bleu
from engine.runs.checksums import digest
from engine.runs.events import HEADER, Ended, Notice, encode
from engine.runs.events import Scored as ScoredEvent
from engine.runs.files import VERSION, append_lines, write_atomic, write_json
from engine.runs.folder import IMPORTED, Prediction, RunFolder, Status
from engine.runs.wholeness import SUMMARIES
from engine.runs.workspace import Workspace

_PACKAGES = ("dialtune", "rouge_score", "sacrebleu")


def make(
    plan: Plan, workspace: Workspace, progress: Progress | None = None, cancel: Cancel | None = None
) -> list[RunFolder]:
    """Score the plan's models and put each into ``workspace``; all of them or, when anything fails, none.

    Blocks; belongs in a thread. Raises WorkspaceError when a name is taken or unfit or the workspace cannot be
    written, RunFailed, Cancelled.
    """
    names = [model.name for model in plan.models]
    workspace.check_free(names)
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise WorkspaceError(f"Two models would both be called {twice}", "", "Choose another name for one")
    examples = plan.material.examples
    pairs = [
        Pair(text, examples[place].references, examples[place].dialogue)
        for model in plan.models
        for place, text in sorted(model.summaries.items())
    ]
    scored = iter(apart.score(pairs, progress, cancel))
    fills: dict[str, Callable[[RunFolder], None]] = {}
    for model in plan.models:
        fills[model.name] = partial(_fill, plan, model, [next(scored) for _ in model.summaries])
    if cancel is not None:
        cancel.check()
    return workspace.adopt(fills)


def _fill(plan: Plan, model: Model, scored: list[Scored], run: RunFolder) -> None:
    """Write all of one model's folder. Raises OSError."""
    material, now = plan.material, time.time()
    examples = [material.examples[place] for place in sorted(model.summaries)]
    summaries = [model.summaries[place] for place in sorted(model.summaries)]
    lines = [
        json.dumps(
            {**asdict(Prediction(e.id, text, e.dialogue, e.topic, e.references, one.scores)), "version": VERSION},
            ensure_ascii=False,
        )
        for e, text, one in zip(examples, summaries, scored, strict=True)
    ]
    append_lines(run.predictions_path, (line + "\n" for line in lines))
    references = [example.references for example in examples]
    totals = aggregate(summaries, references, [one.scores for one in scored], corpus_bleu(one.counts for one in scored))
    totals[SUMMARIES] = digest(run.predictions_path)
    write_json(run.path / "scores.json", totals)
    write_json(run.path / IMPORTED, _record(plan, model, now))
    data = material.data.model_dump(exclude_none=True)
    write_atomic(
        run.path / "spec.toml",
        tomlkit.dumps({"version": VERSION, "method": "imported", "base": {"name": ""}, "data": data}),
    )
    counts = {"examples": len(examples), "references": sum(map(len, references))}
    write_json(
        run.path / "manifest.json",
        {
            "versions": {name: _version(name) for name in _PACKAGES},
            "data": {
                "source": material.data.source,
                "fingerprint": material.loaded.splits.fingerprint(),
                "splits": {"test": counts},
            },
        },
    )
    reason = f"Imported from {material.sheet.path.name}"
    reason += f", column {model.column}" if material.sheet.named else ""
    reason += f"; matched {HOW[plan.match.by]}."
    told = [Notice("info", "import", text, time=now) for text in (*material.loaded.notices, reason, *plan.facts())]
    told += [Notice("warning", "import", text, time=now) for text in plan.doubts()]
    events = [*told, ScoredEvent(totals["metrics"], time=now), Ended("finished", reason, time=now)]
    append_lines(run.events_path, [HEADER, *map(encode, events)])
    run.write_status(Status(state="finished", created=now, ended=now, reason=reason))


def _record(plan: Plan, model: Model, now: float) -> dict[str, Any]:
    """``import.json``: what was imported, and how it was matched."""
    sheet, match = plan.material.sheet, plan.match
    return {
        "file": str(sheet.path),
        "bytes": sheet.bytes,
        "sha256": sheet.sha256,
        "column": model.column if sheet.named else None,
        "by": match.by,
        "by_column": match.column or None,
        "rows": len(match.places),
        "matched_rows": match.matched,
        "dialogues": len(model.summaries),
        "test_dialogues": len(plan.material.examples),
        "doubtful_rows": match.doubtful,
        "differing_dialogues": model.differing,
        "empty_summaries": model.empty,
        "plausible": model.plausible,
        "time": now,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
