"""Sequence classification: a text in, one of the labels of the training data out, with a probability for each."""

from __future__ import annotations

from engine import builtin
from engine.tasks.task import Metric, Role, Task, Words

TASK = Task(
    name="classification",
    about="Texts to labels, such as the sentiment of a tweet: a classification head on any base that takes one.",
    words=Words(("text", "texts"), ("label", "labels"), ("gold label", "gold labels")),
    source=Role(
        "text",
        (
            "text", "texts", "sentence", "tweet", "content", "body", "message", "review", "comment", "utterance",
            "document", "input", "inputs", "question", "title", "headline",
        ),
    ),
    target=Role(
        "label",
        # A name says more than its number, so its column comes first.
        (
            "labeltext", "labelname", "label", "labels", "sentiment", "class", "classname", "category", "emotion",
            "intent", "target", "gold", "rating", "stars", "output",
        ),
    ),
    target_kind="class",
    head="classes",
    metrics=(Metric("accuracy", "accuracy", "acc"), Metric("macro_f1", "macro F1", "F1")),
    row_figures=("correct", "confidence", "gold_probability"),
    carries={
        "summary": "the label that the model chose",
        "references": "the gold label; none where the data has none",
        "topic": "the gold label again: what rows are grouped, sorted and filtered by",
        "scores": "correct 0 or 1, confidence (probability of the chosen label), gold_probability",
        "probabilities": "of each label, 0 to 1, by label",
    },
    explorer_columns=("text", "topic"),
    base=builtin.TEXTS_BASE,
    data=builtin.TEXTS,
    prompted=False,
    topic=False,
    empty_source=True,
    holds_out=True,
    methods=("zero-shot", "full", "lora"),
    refused={
        "playground": "The playground compares summaries, and this model gives labels",
        "summarize": "It gives labels, not summaries",
    },
)  # fmt: skip
