"""Labels: which there are, in what order a head gives them, and what a base knows of them already."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.examples import Example, Splits
from engine.data.quoting import count, quoted
from engine.errors import BaseError, DataError
from engine.runs.events import Level

MOST = 1000
"""More different labels than this are no labels, but ids or texts."""
Notices = list[tuple[Level, str, str]]

_UNNAMED = re.compile(r"LABEL_\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Labels:
    """Labels in the order of a head's outputs."""

    names: tuple[str, ...]
    keeps_head: bool = False
    """Whether the base's own head gives them in just this order."""

    def target(self, example: Example) -> list[int]:
        """The number of the gold label; none where there is no label, or one that training does not have."""
        label = example.references[0] if example.references else None
        return [self.names.index(label)] if label in self.names else []

    def same_order(self, known: Sequence[str]) -> bool:
        """Whether ``known`` are these labels, letter case aside, in this order."""
        return [name.casefold() for name in known] == [name.casefold() for name in self.names]


def own(config: Any) -> tuple[str, ...]:
    """The labels that the base's own classification head gives, in order; none where it has no such head."""
    architectures = getattr(config, "architectures", None) or ()
    if not any(str(name).endswith("ForSequenceClassification") for name in architectures):
        return ()
    return tuple(str(config.id2label[at]) for at in sorted(config.id2label))


def of_training(splits: Splits, config: Any, known: Sequence[Any] = ()) -> tuple[Labels, Notices]:
    """The labels of the training examples: numbers by value, words by the alphabet, or in a base's own order where
    its head was trained for just these. ``known``: those of the run that goes on. Raises DataError.
    """
    counts = Counter(example.references[0] for example in splits.train if example.references)
    names = tuple(map(str, known)) or tuple(sorted(counts, key=_order))
    if len(counts) < 2:
        raise DataError(
            f"The training examples have {'no label' if not counts else 'only the label ' + quoted(counts)}", "",
            "Two different labels are the least; data.columns.label says which column has them",
        )  # fmt: skip
    if len(counts) > MOST:
        raise DataError(
            f"The training examples have {len(counts):,} different labels", f"They begin with {quoted(names[:3])}",
            "Say with --set data.columns.label=NAME which column has the labels",
        )  # fmt: skip
    base = own(config)
    by_name = {name.casefold(): name for name in names}
    keeps = len(by_name) == len(names) and sorted(by_name) == sorted(name.casefold() for name in base)
    if keeps and not known:
        names = tuple(by_name[name.casefold()] for name in base)
    keeps = keeps and [name.casefold() for name in names] == [name.casefold() for name in base]
    shares = ", ".join(f"{name} {100 * counts[name] / sum(counts.values()):.0f}%" for name in names[:8])
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    notices: Notices = [("info", "labels", f"{count(len(names), 'label')} in training: {shares}{more}.")]
    if keeps:
        notices.append(("info", "head", "The base has a head for just these labels; it is trained on."))
    for split, examples in (("validation", splits.validation), ("test", splits.test)):
        if unknown := [e.references[0] for e in examples if e.references and e.references[0] not in names]:
            have, which = "has" if len(unknown) == 1 else "have", quoted(sorted(set(unknown)))
            what = f"{count(len(unknown), f'{split} text')} of {len(examples):,}"
            notices.append(
                ("warning", "labels", f"{what} {have} a label that no training example has: {which}. "
                 "No answer can be right there.")
            )  # fmt: skip
    return Labels(names, keeps), notices


def of_base(config: Any, examples: Sequence[Example], name: str) -> tuple[Labels, Notices]:
    """The labels that a base gives as it is, spelt as the data spell them.

    Raises BaseError for a base without a trained head, or with one for other labels than the data's.
    """
    found = own(config)
    if not found:
        raise BaseError(
            f"The base {name} cannot classify as it is",
            "It has no trained classification head, so its labels would be drawn at random",
            "Choose method full or lora, or a base that was trained to classify",
        )
    gold = sorted({e.references[0] for e in examples if e.references}, key=_order)
    spelt = {label.casefold(): label for label in gold}
    if set(spelt) <= {label.casefold() for label in found}:
        return Labels(tuple(spelt.get(label.casefold(), label) for label in found), True), []
    if all(_UNNAMED.fullmatch(label) for label in found) and len(found) == len(gold):
        pairs = ", ".join(f"{one} is {other}" for one, other in zip(found, gold, strict=True))
        text = f"The base does not name its labels; they are taken in the order of the data's: {pairs}."
        return Labels(tuple(gold), True), [("warning", "labels", text)]
    raise BaseError(
        f"The base {name} gives other labels than the data have",
        f"It gives {quoted(found)}, the test split has {quoted(gold)}",
        "Choose method full or lora, which train a head for the data's labels",
    )


def context(tokenizer: Any, model: Any) -> int:
    """Tokens that the base can read at once; a very large number where it does not say."""
    config = model.config
    positions = getattr(config, "max_position_embeddings", None)
    limits = [getattr(tokenizer, "model_max_length", None), positions]
    if positions and "roberta" in str(config.model_type):  # its positions are counted from the pad token's number on
        limits[1] = positions - config.pad_token_id - 1
    return min((limit for limit in limits if isinstance(limit, int) and limit > 0), default=1 << 30)


def _order(label: str) -> tuple[int, float, str, str]:
    try:
        return 0, float(label), "", label
    except ValueError:
        return 1, 0.0, label.casefold(), label
