"""What a task is: the data it reads, the head that it puts on a base, its figures, and what it calls things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Target = Literal["text", "class"]
"""text: a person wrote what the model is to write, perhaps several did; class: one of a few labels."""


@dataclass(frozen=True)
class Role:
    """A column of the data that a task reads."""

    name: str
    """The field of ``data.columns`` that says which one it is, and what messages call it."""
    guesses: tuple[str, ...]
    """Names it is recognised by, the surest first; case, spaces, dashes and underscores do not matter."""


@dataclass(frozen=True)
class Metric:
    """A figure of a model over a split."""

    key: str
    """In ``metrics`` of scores.json, in evaluations, and as ``train.metric``."""
    label: str
    short: str
    higher: bool = True
    """Whether more is better."""
    stops: bool = True
    """Whether early stopping and the best checkpoint can go by it."""


@dataclass(frozen=True)
class Words:
    """What messages and screens call things: one, and several."""

    item: tuple[str, str]
    """What an example is."""
    output: tuple[str, str]
    """What a model gives for it."""
    target: tuple[str, str]
    """What a person gave for it."""


@dataclass(frozen=True)
class Task:
    """One task. Everything that depends on it and needs no training stack is asked of this value."""

    name: str
    about: str
    """One line for lists."""
    words: Words
    source: Role
    """The column that the model reads."""
    target: Role
    """The column that it is trained towards and scored against."""
    target_kind: Target
    head: str
    """The head that the worker puts on the base: a module of :mod:`engine.worker.heads`."""
    metrics: tuple[Metric, ...]
    """The main one first."""
    row_figures: tuple[str, ...]
    """Keys of ``scores`` in a line of predictions.jsonl, in the order they are gone through; the explorer opens with
    the first."""
    carries: Mapping[str, str]
    """What the fields of a line of predictions.jsonl mean here, where that is more than their names say."""
    explorer_columns: tuple[str, ...]
    """Columns of the table of examples beside the models', by name: text, topic, turns, words."""
    base: Path
    """The built-in base of the task."""
    data: Path
    """Its built-in examples."""
    prompted: bool = True
    """Whether the model reads the example within ``prompt.template``, or alone."""
    topic: bool = True
    """Whether examples may have a topic."""
    empty_source: bool = False
    """Whether an example whose text is empty is used (the model then reads an end mark alone) or refused."""
    holds_out: bool = False
    """Whether data without a validation split give a tenth of the training examples for it."""
    methods: tuple[str, ...] = ()
    """Methods that there are for it; none given: all."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Of commands that need another task: why, by command."""

    @property
    def main(self) -> Metric:
        """The figure that models are compared by first."""
        return self.metrics[0]

    @property
    def stop_metrics(self) -> tuple[str, ...]:
        """What ``train.metric`` can be: the loss, or one of its own figures."""
        return ("loss", *(metric.key for metric in self.metrics if metric.stops))
