"""Heads: what a run does differently for one kind of task. Which head a task has is said in :mod:`engine.tasks`.

A head is a module of this folder called as the task calls it, with a class ``Head`` that does what :class:`Head` says.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from engine import tasks
from engine.data.examples import Example, Splits
from engine.runs.events import PhaseName
from engine.runs.folder import Prediction, RunFolder
from engine.spec import RunSpec
from engine.worker.batches import Counts, Row, Rows
from engine.worker.evaluation import Evaluator
from engine.worker.memory import Room
from engine.worker.precision import Precision
from engine.worker.reporting import Reporter

__all__ = ["Head", "Judged", "Limit", "of"]

Limit = tuple[int, str]
Judged = tuple[list[Prediction], dict[str, Any]]
"""Predictions with their scores, and what scores.json holds."""


class Head(Protocol):
    """One run's way from examples to scores, where tasks differ."""

    phase: PhaseName
    """What a model does with the test split, as a phase of the run: decoding, predicting."""
    learnt_facts: dict[str, Any]
    """What the manifest must keep so that the model can be loaded again."""

    def tokenizer(self) -> Any:
        """The base's tokenizer. Raises BaseError or HubError."""

    def meet(self, splits: Splits, resumed: dict[str, Any]) -> None:
        """See the examples, and the manifest of a run that goes on; told before any base is loaded.

        Raises DataError for examples that it can do nothing with.
        """

    def base(self, tokenizer: Any) -> Any:
        """The base with this head, on the CPU. Raises BaseError or HubError."""

    def learnt(self, folder: RunFolder, tokenizer: Any) -> Any:
        """The run's own model, ready for inference. Raises BaseError."""

    def prepare(self, model: Any, tokenizer: Any) -> Any:
        """``model`` with just what the method trains set to train. Raises SpecError."""

    def limits(self, tokenizer: Any, model: Any) -> tuple[Limit, Limit]:
        """Tokens after which a source, and a target, is cut, each with what says so."""

    def tokenise(self, tokenizer: Any, model: Any, examples: Sequence[Example], targets: bool) -> tuple[Rows, Counts]:
        """``examples`` as rows, in order, with what was cut; ``targets``: with what is to be learnt."""

    def loss(self, model: Any) -> Any:
        """Called with a model and a batch: the summed loss, how many targets it is of, the model's output."""

    def evaluator(
        self, model: Any, tokenizer: Any, rows: Rows, precision: Precision, folder: Path, loss: Any
    ) -> Evaluator:
        """What measures the model while it trains."""

    def predict(
        self, model: Any, tokenizer: Any, rows: Sequence[Row], have: frozenset[int], precision: Precision,
        room: Room, check: Callable[[], None],
    ) -> Iterator[list[tuple[int, Prediction]]]:  # fmt: skip
        """Predictions of ``rows`` by place, a batch at a time, without scores; what ``check`` raises ends it.

        Batches whose rows are all in ``have`` are left out; the others are what they would be without it.
        """

    def score(self, rows: Sequence[Row], predictions: Sequence[Prediction]) -> Judged | None:
        """Predictions with their scores, and the totals; None where there is nothing to score them against."""


def of(spec: RunSpec, reporter: Reporter) -> Head:
    """The head of the spec's task."""
    module = importlib.import_module(f"{__name__}.{tasks.named(spec.task).head}")
    found: Head = module.Head(spec, reporter)
    return found
