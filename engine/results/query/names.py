"""What a query can name: models, their figures, and the columns of the table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.data.quoting import plain

NAME = re.compile(r"\w+(?:[-.]\w+)*")
"""A name that needs no quotation marks."""
TEXT_FIELDS = {
    "id": "id", "topic": "topic", "dialogue": "dialogue", "reference": "reference", "references": "reference",
    "ref": "reference", "summary": "summary", "text": "",
}  # fmt: skip
"""Fields that words can be looked for in, by what they may be called; "" is all of them."""
LABEL_FIELDS = {"label": "topic", "gold": "topic", "predicted": "summary", "text": "dialogue"}
"""The same where models give labels."""
TRUTHS = {"yes": True, "right": True, "true": True, "no": False, "wrong": False, "false": False}
"""What ``correct:`` can be, in words: of all models, or not of all; ``MODEL.correct:`` of one."""
MODEL_FIELDS = {
    "best": "no other model scores more", "worst": "no other model scores less",
    "has": "the model summarised it", "lacks": "the model did not summarise it",
    "truncated": "the model's prompt was cut to fit",
}  # fmt: skip
"""``best:MODEL`` and so on, and what they mean."""
COLUMNS = {
    "turns": "turns of the dialogue", "length": "words of the dialogue", "references": "how many references it has",
    "disagreement": "highest less lowest of the models' scores",
    "distance": "how far the models' mean score is from the mean of all dialogues",
}  # fmt: skip
"""Columns that belong to no model."""
FIGURES = {"words": "words of the summary", "truncated": "1 where the prompt was cut"}
"""Figures of every model beside its scores."""
FUNCTIONS = {
    "len": "words of a model's summary, of the dialogue, of the references",
    "min": "lowest: of a figure over the models, or of several values",
    "max": "highest: of a figure over the models, or of several values",
    "mean": "mean of a figure over the models, or of several values",
    "disagreement": "highest less lowest of a figure over the models",
    "distance": "how far a value is from its mean over all dialogues",
    "rank": "a model's place among the models, 1 for the best",
    "abs": "a difference without its sign",
}  # fmt: skip
TIE = "tie"
"""``is:tie``: all models score alike."""
KEYWORDS = ("and", "or", "not")

_SPELLINGS = {
    "r1": "rouge1", "r2": "rouge2", "rl": "rougeL", "rlsum": "rougeLsum", "ratio": "length_ratio", "new": "novelty",
}  # fmt: skip


class Unclear(Exception):  # noqa: N818 - the parser says where, and makes a problem of it
    """A name stands for nothing, or for several things; the text says what was probably meant."""


@dataclass(frozen=True)
class Schema:
    """The names of one table, for which a query is read."""

    models: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    """Sets of rows, such as bookmarks, that ``is:`` can name."""
    labelled: bool = False
    """Whether models give labels: then ``label`` is the gold one and ``predicted`` theirs."""

    def text_field(self, name: str) -> str | None:
        """The field called ``name`` in which words can be looked for; None where there is none."""
        if self.labelled and name.casefold() in LABEL_FIELDS:
            return LABEL_FIELDS[name.casefold()]
        return TEXT_FIELDS.get(name.casefold())

    def metric(self, text: str) -> str | None:
        """The figure called ``text``: rouge1, ROUGE-1, R1, rougeL_best, or a beginning that only one has."""
        best = "_best" if text.casefold().endswith(("_best", "-best")) else ""
        stem = text.casefold().removesuffix("_best").removesuffix("-best").replace("-", "")
        stem = _SPELLINGS.get(stem, stem)
        names = {name.casefold(): name for name in (*self.metrics, *FIGURES)}
        exact = names.get((stem + best).casefold()) or names.get(text.casefold())
        if exact is not None or len(stem) < 3:
            return exact
        begun = [name for folded, name in names.items() if folded.startswith(text.casefold())]
        return begun[0] if len(begun) == 1 else None

    def model(self, text: str, parts: bool = True) -> str | None:
        """The model called ``text``, or the only one whose name begins so, or (with ``parts``) has it in it.

        Raises Unclear when several do and none is called exactly so.
        """
        sought = text.casefold()
        if text in self.models:
            return text
        for fits in (str.__eq__, str.startswith, *((str.__contains__,) if parts else ())):
            found = [name for name in self.models if fits(name.casefold(), sought)] if sought else []
            if len(found) == 1:
                return found[0]
            if found:
                raise Unclear(f"{shown(text)} could be {either(found)}")
        return None

    def set(self, text: str) -> str:
        """The set called ``text``. Raises Unclear."""
        known = {name.casefold(): name for name in (*self.sets, TIE)}
        if text.casefold() not in known:
            raise Unclear(f"There is no is:{plain(text, 40)}{meant(text, known.values()) or _choice(known.values())}")
        return known[text.casefold()]

    def written(self, model: str) -> str:
        """How a query names ``model``."""
        plain_name = NAME.fullmatch(model) and model.casefold() not in (*COLUMNS, *KEYWORDS, *TEXT_FIELDS, "sort")
        tail = model.rpartition(".")[2]
        if plain_name and not model.isdecimal() and self.metric(tail) is None:
            return model
        return '"' + model.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def values(self) -> list[str]:
        """Everything that has a value of its own."""
        return [*COLUMNS, *self.metrics, *self.models]


def shown(text: str) -> str:
    """Somebody's text within a sentence."""
    return f"“{plain(text, 40)}”"


def either(names: Sequence[str]) -> str:
    """``a, b or c``; of many, the first few."""
    names = list(names)
    if len(names) > 5:
        return ", ".join(names[:4]) + f" or {len(names) - 4} more"
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def meant(text: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """``; did you mean X?``, or nothing."""
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(text.casefold()[:80], folded, n=1, cutoff=cutoff)
    return f"; did you mean {folded[close[0]]}?" if close else ""


def _choice(names: Iterable[str]) -> str:
    return f"; there is {either(list(names))}"
