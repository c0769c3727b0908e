"""How a query that is being typed may go on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.results.query.names import COLUMNS, FIGURES, FUNCTIONS, MODEL_FIELDS, TIE, Schema, Unclear
from engine.results.query.parser import MOST_LETTERS

MOST = 24
_FIELDS = {
    "id:": "words in the id", "topic:": "words in the topic", "dialogue:": "words in the dialogue",
    "reference:": "words in a reference", "summary:": "words in a model's summary",
    **{f"{name}:": about for name, about in MODEL_FIELDS.items()},
    "is:": "a set of rows", "sort:": "order of the rows",
}  # fmt: skip
_LABEL_FIELDS = {
    "label:": "the gold label", "predicted:": "a model's label", "correct:": "yes or no: whether all models are right",
    "text:": "words in the text",
    **{key: about for key, about in _FIELDS.items() if key not in ("topic:", "dialogue:", "reference:", "summary:")},
}  # fmt: skip
"""The same where models give labels."""
_METRICS = {
    "rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L", "rougeLsum": "ROUGE-Lsum", "bleu": "BLEU, 0 to 100",
    "length_ratio": "words of the summary by those of the references", "novelty": "share of words not in the dialogue",
    "tokens": "tokens decoded", "correct": "1 for the right label", "confidence": "probability of the label chosen",
    "gold_probability": "probability of the gold label",
}  # fmt: skip
_PHRASE = re.compile(r'"(?:\\.|[^"\\])*("|\\?\Z)', re.DOTALL)
_TAIL = re.compile(r"[\w.\-]*$")


@dataclass(frozen=True)
class Completion:
    """Put ``text`` in place of the characters from ``start`` to before ``end``."""

    text: str
    start: int
    end: int
    about: str = ""
    """What it is, in a few words."""


def complete(schema: Schema, text: str, cursor: int) -> list[Completion]:
    """How the word at ``cursor`` may go on, the likeliest first; nothing where anything may be typed."""
    if len(text) > MOST_LETTERS:
        return []
    cursor = max(0, min(cursor, len(text)))
    head = text[:cursor]
    opened = _open_phrase(head)
    if opened is not None:
        return _in_phrase(schema, text, opened, cursor)
    tail = _TAIL.search(head)
    assert tail is not None  # it may be empty
    start, typed = tail.start(), tail[0]
    while typed.startswith(("-", ".")):
        start, typed = start + 1, typed[1:]
    after = re.compile(r"\w*").match(text, cursor)
    assert after is not None
    place = _Place(schema, head[:start], typed)
    found: list[Completion] = []
    for word, about in place.offers():
        begin = start + place.kept
        if word != typed[place.kept :] and all(word != one.text for one in found):
            found.append(Completion(word, begin, after.end(), about))
    return found[:MOST]


class _Place:
    """What stands before the word that is typed, and so what it may be."""

    def __init__(self, schema: Schema, before: str, typed: str) -> None:
        self._schema, self._before, self.typed = schema, before, typed
        self.kept = 0
        """Characters of the word that stay, such as the model before a dot."""

    def offers(self) -> Iterator[tuple[str, str]]:
        before, schema = self._before, self._schema
        if (field := re.search(r"(\w+):$", before)) is not None and not self._sorting():
            name = field[1].casefold()
            if name in MODEL_FIELDS:
                yield from self._fitting((schema.written(model), MODEL_FIELDS[name]) for model in schema.models)
            elif name == "is":
                yield from self._fitting([*((name, "") for name in schema.sets), (TIE, "all models score alike")])
            return
        for at in [match.end() for match in re.finditer("-", self.typed)][::-1]:  # full-lo: perhaps two models
            if not any(model.casefold().startswith(self.typed.casefold()) for model in schema.models):
                self.kept = at
                if any(True for _ in self._names()):
                    break
                self.kept = 0
        yield from self._names()

    def _names(self) -> Iterator[tuple[str, str]]:
        before, schema, typed = self._before, self._schema, self.typed[self.kept :]
        head, dot, _ = typed.rpartition(".")
        if dot or before.endswith('".'):
            model = self._model_before(head)
            if model is not None:
                kept, self.kept = self.kept, self.kept + len(head) + len(dot)
                figures = list(self._fitting([*((name, _metric(name)) for name in schema.metrics), *FIGURES.items()]))
                yield from figures
                if not figures:
                    self.kept = kept
                return
        inner = re.search(r"(\w+)\(\s*$", before)
        function = inner[1].casefold() if inner else ""
        models = [(schema.written(model), "a model") for model in schema.models]
        metrics = [(name, _metric(name)) for name in schema.metrics]
        if function == "len":
            yield from self._fitting([*models, ("dialogue", "its words"), ("reference", "its words")])
        elif function == "rank":
            yield from self._fitting(models)
        elif function == "disagreement" or re.search(r"rank\([^()]*,\s*$", before, re.IGNORECASE):
            yield from self._fitting(metrics)
        else:
            calls = [(f"{name}(", about) for name, about in FUNCTIONS.items()]
            values = [*metrics, *COLUMNS.items(), *models, *calls]
            if self._sorting():
                yield from self._fitting(
                    [
                        ("disagreement", COLUMNS["disagreement"]),
                        *values,
                        ("id", ""),
                        ("label" if schema.labelled else "topic", ""),
                    ]
                )
            elif re.search(r"[-+*/<>=≤≥≠(,]\s*$", before) and not before.rstrip().endswith(("(", " -")):
                yield from self._fitting(values)
            else:
                yield from self._clauses(values)

    def _clauses(self, values: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        joining = [("and", "both"), ("or", "one of them")] if self._before.strip() else []
        fields = _LABEL_FIELDS if self._schema.labelled else _FIELDS
        yield from self._fitting([*fields.items(), *values, *joining, ("not", "what does not hold")])

    def _sorting(self) -> bool:
        """Whether the word belongs to a ``sort:``, which no space ends."""
        return re.search(r"(^|[\s(])sort:[^\s]*$", self._before, re.IGNORECASE) is not None

    def _model_before(self, head: str) -> str | None:
        quoted = re.search(r'"((?:\\.|[^"\\])*)"\.$', self._before)
        name = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else head
        try:
            return self._schema.model(name)
        except Unclear:
            return None

    def _fitting(self, offers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Those that begin as what is typed, then those that have it in them."""
        typed = self.typed[self.kept :].casefold()
        offers = list(offers)
        begun = [offer for offer in offers if offer[0].casefold().lstrip('"').startswith(typed)]
        yield from begun
        if typed:
            yield from (offer for offer in offers if offer not in begun and typed in offer[0].casefold())


def _in_phrase(schema: Schema, text: str, start: int, cursor: int) -> list[Completion]:
    """Models whose names need quotation marks."""
    typed = text[start + 1 : cursor].casefold()
    close = text.find('"', cursor)
    end = cursor if close < 0 else close + 1
    quoted = [schema.written(model) for model in schema.models if typed and model.casefold().startswith(typed)]
    return [Completion(name, start, end, "a model") for name in quoted if name.startswith('"')][:MOST]


def _open_phrase(head: str) -> int | None:
    """Where the quotation begins that is not closed before the end."""
    at = head.find('"')
    while at >= 0:
        found = _PHRASE.match(head, at)
        assert found is not None
        if found[1] != '"':
            return at
        at = head.find('"', found.end())
    return None


def _metric(name: str) -> str:
    best = name.endswith("_best")
    about = _METRICS.get(name.removesuffix("_best"), "a figure")
    return f"{about}, best of the references" if best else about
