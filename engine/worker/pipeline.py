"""A run from its spec to its scores, top to bottom."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from transformers import set_seed

from engine import builtin
from engine.data.sources import Loaded, is_hub_id, load
from engine.errors import DialtuneError, RunFailed
from engine.runs.checksums import digest
from engine.runs.events import Scored
from engine.runs.files import VERSION, append_lines, write_atomic, write_json
from engine.runs.folder import Prediction, RunFolder
from engine.runs.wholeness import SPEC, SUMMARIES, spec_sum
from engine.spec import RunSpec
from engine.worker import disk, memory, scoring
from engine.worker.bases import load_base, load_run, load_tokenizer, merged
from engine.worker.batches import Counts, Row, Rows, tokenise
from engine.worker.decoding import decode
from engine.worker.evaluation import Evaluator
from engine.worker.fast import quicken
from engine.worker.hub import load_hub
from engine.worker.loss import LabelLoss
from engine.worker.methods import parameters, prepare
from engine.worker.precision import Precision, choose
from engine.worker.reporting import Reporter, Stopped
from engine.worker.sameness import differences, model_is_whole, same_dtype, same_threads
from engine.worker.saving import environment, save_model, update_manifest
from engine.worker.training import train

log = logging.getLogger("dialtune")

TRAINED = "trained"
"""Manifest key: the training came to its end, and a resumed run goes on with decoding."""


def run(folder: RunFolder, reporter: Reporter, resume: bool) -> None:
    """Do all that the spec asks. Raises Stopped when asked to stop, DialtuneError for what a user can mend."""
    spec = folder.spec()
    set_seed(spec.train.seed)
    before = folder.manifest() if resume else {}
    precision = choose(same_dtype(spec.train.dtype, before))
    same_threads(before)
    update_manifest(folder, **environment(spec, precision), **{SPEC: spec_sum(folder)})
    if resume:
        reporter.recall()
    reporter.phase("loading")
    reporter.notice(
        "info", "dtype", f"Computing in {str(precision.dtype)[6:]} on {precision.device.type}: {precision.reason}."
    )
    memory.after_a_kill(reporter, spec.train, precision)
    loaded = load_examples(spec, reporter)
    tokenizer = load_tokenizer(spec.base)
    trained = spec.method == "zero-shot" or (bool(before.get(TRAINED)) and model_is_whole(folder, reporter))
    model = load_run(folder)[0] if trained and spec.method != "zero-shot" else load_base(spec.base)
    reporter.check()

    rows = tokenise_splits(tokenizer, loaded, spec, reporter, folder)
    for text in differences(before, folder.manifest()):
        reporter.notice("warning", "not-the-same", text)
    reporter.check()

    if trained:
        if spec.method == "zero-shot":
            update_manifest(folder, parameters=parameters(prepare(model, spec)).as_dict())
    else:
        model = prepare(model, spec)
        update_manifest(folder, parameters=parameters(model).as_dict())
        model = fine_tune(model, tokenizer, rows, spec, precision, folder, reporter, resume)

    model = model.to(precision.device)
    quicken(model, precision.device)
    write_predictions(model, tokenizer, rows["test"], spec, precision, folder, reporter, resume)
    update_manifest(folder, seconds=reporter.seconds, peak_memory=reporter.peak_memory())


def load_examples(spec: RunSpec, reporter: Reporter) -> Loaded:
    """The examples the run needs, with notices told."""
    need_train = spec.method != "zero-shot"
    if spec.data.source != builtin.NAME and is_hub_id(spec.data.source):
        loaded = load_hub(spec.data, need_train=need_train)
    else:
        loaded = load(spec.data, need_train=need_train)
    for text in loaded.notices:
        reporter.notice("info", "data", text)
    return loaded


def tokenise_splits(
    tokenizer: Any, loaded: Loaded, spec: RunSpec, reporter: Reporter, folder: RunFolder
) -> dict[str, Rows]:
    """Rows of every split; what was cut goes to the manifest and to a notice."""
    splits = loaded.splits
    needed = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    if spec.method == "zero-shot":
        needed = {"test": splits.test}
    reporter.phase("tokenising", sum(map(len, needed.values())), "examples")
    rows: dict[str, Rows] = {}
    counts: dict[str, Counts] = {}
    limits = (spec.data.max_source_tokens, spec.data.max_target_tokens)
    for name, examples in needed.items():
        rows[name], counts[name] = tokenise(tokenizer, examples, spec.prompt.template, *limits, targets=name != "test")
        reporter.progress(sum(map(len, rows.values())))
        for cut, what, limit, field in (
            (counts[name].truncated_sources, "dialogues", limits[0], "data.max_source_tokens"),
            (counts[name].truncated_targets, "reference summaries", limits[1], "data.max_target_tokens"),
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
    model: Any, tokenizer: Any, rows: dict[str, Rows], spec: RunSpec, precision: Precision, folder: RunFolder,
    reporter: Reporter, resume: bool,
) -> Any:  # fmt: skip
    """Train ``model``, save what it learnt, and give it back ready for decoding.

    Raises Stopped after saving when the user asked to stop, without saving when to discard.
    """
    model = model.to(precision.device)
    quicken(model, precision.device)
    label_loss = LabelLoss(model)
    evaluator = None
    if len(rows["validation"]):
        best = folder.checkpoints_path / "best"
        evaluator = Evaluator(model, tokenizer, rows["validation"], spec, precision, best, reporter, label_loss)
    reached, to_the_end = train(
        model, rows["train"], spec.train, precision, tokenizer.pad_token_id, folder.checkpoints_path, reporter,
        label_loss, evaluator, resume,
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
    return merged(model)


def write_predictions(
    model: Any, tokenizer: Any, rows: Rows, spec: RunSpec, precision: Precision, folder: RunFolder,
    reporter: Reporter, resume: bool,
) -> None:  # fmt: skip
    """Decode the test split as it goes, then score it. A resumed run decodes only what is missing."""
    if not resume:
        folder.predictions_path.unlink(missing_ok=True)
    kept = folder.predictions()
    have = frozenset(at for at, row in enumerate(rows.rows) if row.example.id in kept)
    reporter.phase("decoding", len(rows), "dialogues", done=len(have))
    done = len(have)
    room = memory.Room(reporter, spec.train, precision)
    for batch in decode(
        model, tokenizer, rows.rows, spec.decode, precision, room.smaller_work("decoding"), reporter.check,
        parts=room.parts("decoding"), have=have,
    ):  # fmt: skip
        # Of a batch that was torn in the writing some lines are there: they stand.
        new = [item for item in batch if item.index not in have]
        append_lines(
            folder.predictions_path,
            [_line(_prediction(rows.rows[item.index], item.summary, item.tokens)) for item in new],
        )
        done += len(new)
        reporter.progress(done)
        reporter.check()
    if rows.rows:
        _score(rows.rows, folder, reporter)


def _score(rows: Sequence[Row], folder: RunFolder, reporter: Reporter) -> None:
    reporter.phase("scoring", len(rows), "dialogues")
    have = folder.predictions()
    predictions = [have[row.example.id] for row in rows]
    summaries = [prediction.summary for prediction in predictions]
    references = [row.example.references for row in rows]
    if not all(references):
        reporter.notice("warning", "no-references", "The test split has no reference summaries, so nothing is scored.")
        return
    scores = scoring.score(summaries, references, [row.example.dialogue for row in rows])
    scored = [
        _line(_prediction(row, p.summary, p.tokens, figures))
        for row, p, figures in zip(rows, predictions, scores, strict=True)
    ]
    write_atomic(folder.predictions_path, "".join(scored))
    totals = scoring.aggregate(summaries, references, scores)
    totals[SUMMARIES] = digest(folder.predictions_path)
    write_json(folder.path / "scores.json", totals)
    reporter.event(Scored(totals["metrics"]))
    reporter.progress(len(rows))


def _prediction(row: Row, summary: str, tokens: int, scores: dict[str, float] | None = None) -> Prediction:
    example = row.example
    return Prediction(
        example.id, summary, example.dialogue, example.topic, example.references, scores or {}, row.truncated, tokens
    )


def _line(prediction: Prediction) -> str:
    return json.dumps({**asdict(prediction), "version": VERSION}, ensure_ascii=False) + "\n"


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
