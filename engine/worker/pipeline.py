"""A run from its spec to its scores, top to bottom."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch
from transformers import set_seed

from engine import builtin, tasks
from engine.data.sources import Loaded, is_hub_id, load
from engine.errors import DialtuneError, RunFailed
from engine.runs.events import Scored
from engine.runs.files import append_lines, write_atomic, write_json
from engine.runs.folder import Prediction, RunFolder
from engine.spec import RunSpec
from engine.worker import heads
from engine.worker.bases import merged
from engine.worker.batches import Counts, Row, Rows
from engine.worker.fast import quicken
from engine.worker.heads import Head
from engine.worker.hub import load_hub
from engine.worker.methods import parameters
from engine.worker.precision import Precision, choose
from engine.worker.reporting import Reporter, Stopped
from engine.worker.saving import environment, save_model, update_manifest
from engine.worker.training import train

log = logging.getLogger("dialtune")

TRAINED = "trained"
"""Manifest key: the training came to its end, and a resumed run goes on with decoding."""


def run(folder: RunFolder, reporter: Reporter, resume: bool) -> None:
    """Do all that the spec asks. Raises Stopped when asked to stop, DialtuneError for what a user can mend."""
    spec = folder.spec()
    set_seed(spec.train.seed)
    precision = choose(spec.train.dtype)
    update_manifest(folder, **environment(spec, precision))
    reporter.phase("loading")
    reporter.notice(
        "info", "dtype", f"Computing in {str(precision.dtype)[6:]} on {precision.device.type}: {precision.reason}."
    )
    loaded = load_examples(spec, reporter)
    head = heads.of(spec, reporter)
    head.meet(loaded.splits, folder.manifest() if resume else {})
    tokenizer = head.tokenizer()
    trained = spec.method == "zero-shot" or (resume and bool(folder.manifest().get(TRAINED)))
    model = head.learnt(folder, tokenizer) if trained and spec.method != "zero-shot" else head.base(tokenizer)
    update_manifest(folder, **head.learnt_facts)
    reporter.check()

    rows = tokenise_splits(head, tokenizer, model, loaded, spec, reporter, folder)
    reporter.check()

    if trained:
        if spec.method == "zero-shot":
            update_manifest(folder, parameters=parameters(head.prepare(model)).as_dict())
    else:
        model = head.prepare(model)
        update_manifest(folder, parameters=parameters(model).as_dict())
        model = fine_tune(head, model, tokenizer, rows, spec, precision, folder, reporter, resume)

    model = model.to(precision.device)
    quicken(model, precision.device)
    write_predictions(head, model, tokenizer, rows["test"], spec, precision, folder, reporter, resume)
    update_manifest(folder, seconds=reporter.seconds, peak_memory=reporter.peak_memory())


def load_examples(spec: RunSpec, reporter: Reporter) -> Loaded:
    """The examples the run needs, with notices told."""
    need_train, task = spec.method != "zero-shot", tasks.named(spec.task)
    if spec.data.source != builtin.NAME and is_hub_id(spec.data.source):
        loaded = load_hub(spec.data, need_train=need_train, task=task)
    else:
        loaded = load(spec.data, need_train=need_train, task=task)
    for text in loaded.notices:
        reporter.notice("info", "data", text)
    return loaded


def tokenise_splits(
    head: Head, tokenizer: Any, model: Any, loaded: Loaded, spec: RunSpec, reporter: Reporter, folder: RunFolder
) -> dict[str, Rows]:
    """Rows of every split; what was cut goes to the manifest and to a notice."""
    splits = loaded.splits
    needed = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    if spec.method == "zero-shot":
        needed = {"test": splits.test}
    reporter.phase("tokenising", sum(map(len, needed.values())), "examples")
    words = tasks.named(spec.task).words
    rows: dict[str, Rows] = {}
    counts: dict[str, Counts] = {}
    of_source, of_target = head.limits(tokenizer, model)
    for name, examples in needed.items():
        rows[name], counts[name] = head.tokenise(tokenizer, model, examples, targets=name != "test")
        reporter.progress(sum(map(len, rows.values())))
        for cut, what, (limit, field) in (
            (counts[name].truncated_sources, words.item[1], of_source),
            (counts[name].truncated_targets, words.target[1], of_target),
        ):
            if cut:
                share = f"{100 * cut / len(examples):.1f}%"
                text = f"{cut} of {len(examples)} {name} {what} ({share}) exceed {field} = {limit} and are cut."
                reporter.notice("warning", "truncated", text)
    update_manifest(
        folder,
        data={
            "source": spec.data.source,
            "fingerprint": splits.fingerprint(),
            "excluded": {"rule": spec.data.exclude_leaked, "train": loaded.excluded},
            "splits": {name: asdict(count) for name, count in counts.items()},
        },
    )
    return rows


def fine_tune(
    head: Head, model: Any, tokenizer: Any, rows: dict[str, Rows], spec: RunSpec, precision: Precision,
    folder: RunFolder, reporter: Reporter, resume: bool,
) -> Any:  # fmt: skip
    """Train ``model``, save what it learnt, and give it back ready for decoding.

    Raises Stopped after saving when the user asked to stop, without saving when to discard.
    """
    model = model.to(precision.device)
    quicken(model, precision.device)
    loss = head.loss(model)
    evaluator = None
    if len(rows["validation"]):
        best = folder.checkpoints_path / "best"
        evaluator = head.evaluator(model, tokenizer, rows["validation"], precision, best, loss, resume)
    reached, to_the_end = train(
        model, rows["train"], spec.train, precision, tokenizer.pad_token_id, folder.checkpoints_path, reporter,
        loss, evaluator, resume,
    )  # fmt: skip
    if reporter.discarding:
        raise Stopped
    reporter.phase("saving")
    if evaluator is not None and evaluator.restore_best(reached):
        reporter.notice(
            "info", "best", f"Kept the weights of step {evaluator.best_step}, the best by {spec.train.metric}."
        )
    saved = save_model(model, tokenizer, folder, spec)
    update_manifest(
        folder, saved_bytes=saved, steps=reached, **{TRAINED: to_the_end}, peak_memory=reporter.peak_memory(),
        seconds=reporter.seconds,
    )  # fmt: skip
    if not to_the_end:
        raise Stopped
    return merged(model)


def write_predictions(
    head: Head, model: Any, tokenizer: Any, rows: Rows, spec: RunSpec, precision: Precision, folder: RunFolder,
    reporter: Reporter, resume: bool,
) -> None:  # fmt: skip
    """Predict the test split (decode it) as it goes, then score it. A resumed run predicts only what is missing."""
    items = tasks.named(spec.task).words.item[1]
    if not resume:
        folder.predictions_path.unlink(missing_ok=True)
    have = folder.predictions()
    missing = [row for row in rows.rows if row.example.id not in have]
    reporter.phase(head.phase, len(rows), items, done=len(rows) - len(missing))
    done = len(rows) - len(missing)

    def smaller(size: int) -> None:
        reporter.notice(
            "warning",
            "memory",
            f"{head.phase.capitalize()} ran out of GPU memory; it goes on with {size} {items} at once.",
        )

    for batch in head.predict(model, tokenizer, missing, precision, smaller, reporter.check):
        append_lines(folder.predictions_path, map(_line, batch))
        done += len(batch)
        reporter.progress(done)
        reporter.check()
    if rows.rows:
        _score(head, rows.rows, spec, folder, reporter)


def _score(head: Head, rows: Sequence[Row], spec: RunSpec, folder: RunFolder, reporter: Reporter) -> None:
    words = tasks.named(spec.task).words
    reporter.phase("scoring", len(rows), words.item[1])
    have = folder.predictions()
    judged = head.score(rows, [have[row.example.id] for row in rows])
    if judged is None:
        reporter.notice("warning", "no-references", f"The test split has no {words.target[1]}, so nothing is scored.")
        return
    scored, totals = judged
    write_atomic(folder.predictions_path, "".join(map(_line, scored)))
    write_json(folder.path / "scores.json", totals)
    reporter.event(Scored(totals["metrics"]))
    reporter.progress(len(rows))


def _line(prediction: Prediction) -> str:
    values = asdict(prediction)
    if not prediction.probabilities:  # a task without labels
        del values["probabilities"]
    return json.dumps(values, ensure_ascii=False) + "\n"


def as_failure(error: BaseException) -> DialtuneError:
    """What a user is told of ``error``; its traceback belongs in the log."""
    if isinstance(error, DialtuneError):
        return error
    if isinstance(error, torch.OutOfMemoryError):
        return RunFailed(
            "The GPU ran out of memory", str(error).split(". ")[0],
            "Lower train.batch_size and raise train.accumulation by as much, or lower data.max_source_tokens",
        )  # fmt: skip
    if isinstance(error, MemoryError):
        return RunFailed("The machine ran out of memory", "", "Lower train.batch_size, or choose a smaller base")
    if isinstance(error, OSError) and error.errno is not None:
        return RunFailed("The run folder could not be written", str(error), "Free some space, then resume the run")
    return DialtuneError(
        f"The worker met a fault of its own ({type(error).__name__})", " ".join(str(error).split())[:300],
        "The traceback is in worker.log; please report it",
    )  # fmt: skip
