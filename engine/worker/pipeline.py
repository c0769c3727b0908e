"""A run from its spec to its scores, top to bottom."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from transformers import set_seed

from engine import builtin, tasks
from engine.data.sources import Loaded, is_hub_id, load
from engine.errors import DialtuneError, RunFailed
from engine.runs import lineage
from engine.runs.checksums import digest
from engine.runs.events import Scored
from engine.runs.files import VERSION, append_lines, write_atomic, write_json
from engine.runs.folder import Prediction, RunFolder
from engine.runs.health import record
from engine.runs.wholeness import SPEC, SUMMARIES, spec_sum
from engine.spec import RunSpec, rate_hint
from engine.worker import costing, disk, heads, health, memory
from engine.worker.bases import merged
from engine.worker.batches import Counts, Row, Rows
from engine.worker.fast import quicken
from engine.worker.heads import Head
from engine.worker.hub import load_hub
from engine.worker.methods import parameters
from engine.worker.precision import Precision, choose
from engine.worker.quantised import placed
from engine.worker.reporting import Reporter, Stopped
from engine.worker.sameness import differences, model_is_whole, same_dtype, same_threads
from engine.worker.saving import environment, save_model, update_manifest
from engine.worker.tracking import supervise
from engine.worker.training import train

log = logging.getLogger("dialtune")

TRAINED = "trained"
"""Manifest key: the training came to its end, and a resumed run goes on with decoding."""


def run(folder: RunFolder, reporter: Reporter, resume: bool) -> None:
    """Do all that the spec asks. Raises Stopped when asked to stop, DialtuneError for what a user can mend."""
    spec = folder.spec()
    supervise.begin(folder, spec, reporter)
    costing.begin(folder, reporter)
    set_seed(spec.train.seed)
    before = folder.manifest() if resume else {}
    precision = choose(same_dtype(spec.train.dtype, before))
    same_threads(before)
    update_manifest(folder, **environment(spec, precision), **{SPEC: spec_sum(folder)})
    if resume:
        reporter.recall()
    record.begin(folder, resume)
    reporter.phase("loading")
    tell_lineage(spec, folder, reporter)
    reporter.notice(
        "info", "dtype", f"Computing in {str(precision.dtype)[6:]} on {precision.device.type}: {precision.reason}."
    )
    memory.after_a_kill(reporter, spec.train, precision)
    if hint := rate_hint(spec):
        reporter.notice("warning", "learning-rate", hint)
    loaded = load_examples(spec, reporter)
    health.look_for_leaks(loaded.splits, spec, reporter)
    head = heads.of(spec, reporter)
    head.meet(loaded.splits, before)
    tokenizer = head.tokenizer()
    trained = spec.trains and bool(before.get(TRAINED)) and model_is_whole(folder, reporter)
    model = head.learnt(folder, tokenizer) if trained else head.base(tokenizer)
    update_manifest(folder, **head.learnt_facts)
    reporter.check()

    rows = tokenise_splits(head, tokenizer, model, loaded, spec, reporter, folder)
    for text in differences(before, folder.manifest()):
        reporter.notice("warning", "not-the-same", text)
    reporter.check()

    if not trained:
        model = head.prepare(model, tokenizer)
        update_manifest(folder, parameters=parameters(model).as_dict())
    if spec.trains and not trained:
        model = fine_tune(head, model, tokenizer, rows, spec, precision, folder, reporter, resume)

    model = placed(model, precision.device)
    quicken(model, precision.device)
    write_predictions(head, model, tokenizer, rows["test"], spec, precision, folder, reporter, resume)
    update_manifest(folder, seconds=reporter.seconds, peak_memory=reporter.peak_memory())


def tell_lineage(spec: RunSpec, folder: RunFolder, reporter: Reporter) -> None:
    """Say and write down which runs this one goes back to."""
    if not (names := lineage.chain(spec, folder.path.parent)):
        return
    before = lineage.source(spec, folder.path.parent)
    state = before.status().state if before else "finished"
    unfinished = "" if state == "finished" else f", which is {state}: it goes on from what that one kept"
    reporter.notice("info", "lineage", f"Begins with the model of {' of '.join(names)}{unfinished}.")
    update_manifest(folder, lineage=names)


def load_examples(spec: RunSpec, reporter: Reporter) -> Loaded:
    """The examples the run needs, with notices told."""
    hub = spec.data.source != builtin.NAME and is_hub_id(spec.data.source)
    need_train, task = spec.needs_training_examples, tasks.named(spec.task)
    loaded = (load_hub if hub else load)(spec.data, need_train=need_train, task=task)
    for text in loaded.notices:
        reporter.notice("info", "data", text)
    return loaded


def tokenise_splits(
    head: Head, tokenizer: Any, model: Any, loaded: Loaded, spec: RunSpec, reporter: Reporter, folder: RunFolder
) -> dict[str, Rows]:
    """Rows of every split; what was cut goes to the manifest and to a notice."""
    splits = loaded.splits
    needed = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    if not spec.trains:
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
    model = placed(model, precision.device)
    quicken(model, precision.device)
    loss = head.loss(model)
    evaluator = None
    if len(rows["validation"]):
        best = folder.checkpoints_path / "best"
        evaluator = head.evaluator(model, tokenizer, rows["validation"], precision, best, loss)
    checkup = health.Checkup(model, tokenizer, rows["train"], spec, precision, reporter)
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
    saved = reporter.persevere(
        "the model", lambda: save_model(model, tokenizer, folder, spec), lambda: disk.remove(folder.path / ".model")
    )
    update_manifest(
        folder, saved_bytes=saved, steps=reached, **{TRAINED: to_the_end}, peak_memory=reporter.peak_memory(),
        seconds=reporter.seconds,
    )  # fmt: skip
    if not to_the_end:
        raise Stopped
    checkup.after(reached)
    return merged(model)


def write_predictions(
    head: Head, model: Any, tokenizer: Any, rows: Rows, spec: RunSpec, precision: Precision, folder: RunFolder,
    reporter: Reporter, resume: bool,
) -> None:  # fmt: skip
    """Predict the test split (decode it) as it goes, then score it. A resumed run predicts only what is missing."""
    items = tasks.named(spec.task).words.item[1]
    if not resume:
        folder.predictions_path.unlink(missing_ok=True)
    kept = folder.predictions()
    have = frozenset(at for at, row in enumerate(rows.rows) if row.example.id in kept)
    reporter.phase(head.phase, len(rows), items, done=len(have))
    done = len(have)
    room = memory.Room(reporter, spec.train, precision)
    for batch in head.predict(model, tokenizer, rows.rows, have, precision, room, reporter.check):
        # Of a batch that was torn in the writing some lines are there: they stand.
        new = [prediction for at, prediction in batch if at not in have]
        append_lines(folder.predictions_path, map(_line, new))
        done += len(new)
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
    totals[SUMMARIES] = digest(folder.predictions_path)
    write_json(folder.path / "scores.json", totals)
    reporter.event(Scored(totals["metrics"]))
    reporter.progress(len(rows))


def _line(prediction: Prediction) -> str:
    values = {**asdict(prediction), "version": VERSION}
    if not prediction.probabilities:  # a task without labels
        del values["probabilities"]
    return json.dumps(values, ensure_ascii=False) + "\n"


def as_failure(error: BaseException) -> DialtuneError:
    """What a user is told of ``error``; its traceback belongs in the log."""
    if isinstance(error, DialtuneError):
        return error
    if memory.ran_out(error):
        return memory.failure(error)
    if isinstance(error, OSError) and error.errno is not None:
        return disk.failure(error)
    if isinstance(error, RuntimeError) and "CUDA error" in str(error):  # it fell off the bus, or a kernel broke it
        return RunFailed(
            "The GPU stopped working", str(error).splitlines()[0],
            "nvidia-smi shows whether it answers, the system's log (dmesg, Xid) why not; then resume the run",
        )  # fmt: skip
    return DialtuneError(
        f"The worker met a fault of its own ({type(error).__name__})", " ".join(str(error).split())[:300],
        "The traceback is in worker.log; please report it",
    )  # fmt: skip
