"""Encoder-decoders that write a text: what summarisation needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.data.examples import Example, Splits
from engine.runs.events import PhaseName
from engine.runs.folder import Prediction, RunFolder
from engine.spec import RunSpec
from engine.worker import methods, scoring, shots
from engine.worker.bases import continued, ground, load_run, load_tokenizer
from engine.worker.batches import Counts, Row, Rows, tokenise
from engine.worker.decoding import decode
from engine.worker.evaluation import Evaluator
from engine.worker.loss import LabelLoss
from engine.worker.memory import Room
from engine.worker.precision import Precision
from engine.worker.reporting import Reporter


class Head:
    """See :class:`engine.worker.heads.Head`."""

    phase: PhaseName = "decoding"

    def __init__(self, spec: RunSpec, reporter: Reporter) -> None:
        self.spec, self.reporter = spec, reporter
        self.home = reporter.run.path.parent
        """The workspace: where runs that this one begins with are."""
        self.training: Sequence[Example] = ()
        self.learnt_facts: dict[str, Any] = {}

    def tokenizer(self) -> Any:
        """The base's own."""
        return load_tokenizer(self.spec.base)

    def meet(self, splits: Splits, resumed: dict[str, Any]) -> None:
        """The training examples, which few-shot prompts take theirs from."""
        self.training = splits.train

    def base(self, tokenizer: Any) -> Any:
        """An encoder-decoder: the base, or what an earlier run made of it."""
        return ground(self.spec, self.home)

    def learnt(self, folder: RunFolder, tokenizer: Any) -> Any:
        """Adapters merged."""
        return load_run(folder)[0]

    def prepare(self, model: Any, tokenizer: Any) -> Any:
        """Nothing, everything, or adapters: new ones, or those of the run it begins with."""
        return methods.prepare(model, self.spec, tokenizer, continued(self.spec, self.home))

    def limits(self, tokenizer: Any, model: Any) -> tuple[tuple[int, str], tuple[int, str]]:
        """The spec's."""
        data = self.spec.data
        return (data.max_source_tokens, "data.max_source_tokens"), (data.max_target_tokens, "data.max_target_tokens")

    def tokenise(self, tokenizer: Any, model: Any, examples: Sequence[Example], targets: bool) -> tuple[Rows, Counts]:
        """Prompts, and the first reference of each."""
        if self.spec.method == "few-shot":
            return shots.tokenise(tokenizer, examples, self.training, self.spec, self.reporter, self.reporter.run)
        (source, _), (target, _) = self.limits(tokenizer, model)
        return tokenise(tokenizer, examples, self.spec.prompt.template, source, target, targets=targets)

    def loss(self, model: Any) -> LabelLoss:
        """Cross-entropy over the tokens of the references."""
        return LabelLoss(model)

    def evaluator(
        self, model: Any, tokenizer: Any, rows: Rows, precision: Precision, folder: Path, loss: Any
    ) -> Evaluator:
        """Loss, and ROUGE where the spec goes by it."""
        return Evaluator(model, tokenizer, rows, self.spec, precision, folder, self.reporter, loss)

    def predict(
        self, model: Any, tokenizer: Any, rows: Sequence[Row], have: frozenset[int], precision: Precision,
        room: Room, check: Callable[[], None],
    ) -> Iterator[list[tuple[int, Prediction]]]:  # fmt: skip
        """Decoded summaries."""
        smaller, parts = room.smaller_work("decoding"), room.parts("decoding")
        for batch in decode(
            model, tokenizer, rows, self.spec.decode, precision, smaller, check, parts=parts, have=have
        ):
            yield [(item.index, _prediction(rows[item.index], item.summary, item.tokens)) for item in batch]

    def score(
        self, rows: Sequence[Row], predictions: Sequence[Prediction]
    ) -> tuple[list[Prediction], dict[str, Any]] | None:
        """ROUGE and BLEU against every reference."""
        summaries = [prediction.summary for prediction in predictions]
        references = [row.example.references for row in rows]
        if not all(references):
            return None
        scores = scoring.score(summaries, references, [row.example.dialogue for row in rows])
        scored = [replace(prediction, scores=figures) for prediction, figures in zip(predictions, scores, strict=True)]
        return scored, scoring.aggregate(summaries, references, scores)


def _prediction(row: Row, summary: str, tokens: int) -> Prediction:
    example = row.example
    return Prediction(
        example.id, summary, example.dialogue, example.topic, example.references, {}, row.truncated, tokens
    )
