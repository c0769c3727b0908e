"""Reading values: arithmetic, functions and names. The half of the parser that knows no conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from engine.results.query import syntax
from engine.results.query.names import (
    COLUMNS,
    FIGURES,
    FUNCTIONS,
    KEYWORDS,
    NAME,
    Schema,
    Unclear,
    either,
    meant,
    shown,
)
from engine.results.query.syntax import QueryError, Value
from engine.results.rows import METRICS

MOST_DEEP = 40
"""Brackets within brackets."""
RELATION = re.compile(r"<=|>=|!=|<>|==|[<>=≤≥≠]")
_NUMBER = re.compile(r"(?>\d+(?:\.\d*)?|\.\d+)(?>(?:[eE][+-]?\d{1,3})?)(?!\w|\.\d)(%?)", re.ASCII)
_MOST_NAME = 120
Read = TypeVar("Read")


class Values:
    """A text, a place in it, and what values can be read from there."""

    def __init__(self, schema: Schema, text: str, metric: str) -> None:
        self.schema, self.text, self.metric = schema, text, metric
        self.at = 0
        self.spaced = True
        """Whether spaces may stand between the parts of a value."""
        self.is_committed = False
        """Whether a mistake was found after a relation: what is there can only be a comparison."""
        self._depth = 0
        self._names: dict[int, tuple[Value, int] | QueryError] = {}

    # -- places -----------------------------------------------------------------------------------

    def skip(self) -> int:
        """Pass over spaces; where that leads."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at

    @property
    def ended(self) -> bool:
        """Whether only spaces are left."""
        return self.skip() >= len(self.text)

    @contextmanager
    def deeper(self, begin: int) -> Iterator[None]:
        """One level further in. Raises QueryError when it is too deep."""
        self._depth += 1
        if self._depth > MOST_DEEP:
            self._depth -= 1
            self.is_committed = True  # nor will any other reading do
            raise QueryError("Too many brackets within brackets", begin)
        try:
            yield
        finally:
            self._depth -= 1

    def committed(self, read: Callable[[], Read]) -> Read:
        """What ``read`` finds; what it raises is not to be read in another way."""
        try:
            return read()
        except QueryError:
            self.is_committed = True
            raise

    # -- arithmetic -------------------------------------------------------------------------------

    def sum(self) -> Value:
        """``product { + - product }``. Raises QueryError."""
        found = self._product()
        while (sign := self._sign("+-")) is not None:
            self.at += 1
            found = syntax.Arithmetic(sign, found, self._product())
        return found

    def _product(self) -> Value:
        found = self._factor()
        while (sign := self._sign("*/")) is not None:
            self.at += 1
            found = syntax.Arithmetic(sign, found, self._factor())
        return found

    def _sign(self, signs: str) -> str | None:
        """The sign that joins what was read with what comes next; a last ``-`` of a sort key joins nothing."""
        if self.spaced:
            self.skip()
        if self.at >= len(self.text) or self.text[self.at] not in signs:
            return None
        if not self.spaced:
            after = self.text[self.at + 1 : self.at + 2]
            if not after or after.isspace() or after in ",)":
                return None
        return self.text[self.at]

    def _factor(self) -> Value:
        begin = self.skip() if self.spaced else self.at
        if begin >= len(self.text):
            raise QueryError("A number, a column or a model is missing at the end", len(self.text))
        letter = self.text[begin]
        if letter == "-":
            self.at += 1
            with self.deeper(begin):
                return syntax.Arithmetic("-", syntax.Number(0.0), self._factor())
        if letter == "(":
            return self._bracket(begin)
        number = _NUMBER.match(self.text, begin)
        if number is not None:
            self.at = number.end()
            digits = number[0].rstrip("%")
            return syntax.Number(float(digits) / 100 if number[1] else float(digits))
        if self.is_call(begin):
            return self._call(begin)
        if letter == '"':
            return self._quoted_model(begin)
        return self.named()

    def _bracket(self, begin: int) -> Value:
        self.at += 1
        spaced, self.spaced = self.spaced, True
        with self.deeper(begin):
            found = self.sum()
        if self.ended:
            raise QueryError("This bracket is never closed", begin)
        if self.text[self.at] != ")":
            raise QueryError("A closing bracket is missing before this", self.at)
        self.at += 1
        self.spaced = spaced
        return found

    # -- functions --------------------------------------------------------------------------------

    def is_call(self, begin: int) -> bool:
        """Whether a function's name and a bracket stand there."""
        found = NAME.match(self.text, begin, begin + _MOST_NAME)
        return (
            found is not None
            and found[0].casefold() in FUNCTIONS
            and self.text[found.end() : found.end() + 1] == "("
        )  # fmt: skip

    def _call(self, begin: int) -> Value:
        found = NAME.match(self.text, begin, begin + _MOST_NAME)
        assert found is not None
        name = found[0].casefold()
        self.at = found.end() + 1
        spaced, self.spaced = self.spaced, True
        with self.deeper(begin):
            if name == "len":
                value = self._length()
            elif name in ("rank", "disagreement"):
                value = self._of_models(name)
            else:
                value = self._several(name)
        if self.ended or self.text[self.at] != ")":
            raise QueryError(f"The bracket of {name}( is never closed", begin)
        self.at += 1
        self.spaced = spaced
        return value

    def _length(self) -> Value:
        begin = self.skip()
        word = NAME.match(self.text, begin, begin + _MOST_NAME)
        if word is not None and word[0].casefold() in ("dialogue", "reference", "references"):
            self.at = word.end()
            return syntax.Column("length" if word[0].casefold() == "dialogue" else "reference_words")
        return syntax.Score(self._model_of("len"), "words")

    def _of_models(self, name: str) -> Value:
        if name == "rank":
            model = self._model_of(name)
            metric = self.metric
            if not self.ended and self.text[self.at] == ",":
                self.at += 1
                metric = self._metric_of(name)
            return syntax.Rank(model, metric)
        return syntax.Across("disagreement", self.metric if self._empty() else self._metric_of(name))

    def _several(self, name: str) -> Value:
        if self._empty():
            raise QueryError(f"What {name}( is of is missing", self.at)
        values = [self.sum()]
        while not self.ended and self.text[self.at] == ",":
            self.at += 1
            values.append(self.sum())
        if name in ("abs", "distance"):
            if len(values) > 1:
                raise QueryError(f"{name}( takes one value", self.at)
            return syntax.Call(name, (values[0],))
        if len(values) == 1 and isinstance(values[0], syntax.Across) and values[0].how == "mean":
            return syntax.Across(name, values[0].metric)  # type: ignore[arg-type]
        return syntax.Call(name, tuple(values))

    def _empty(self) -> bool:
        return self.ended or self.text[self.at] == ")"

    def _metric_of(self, name: str) -> str:
        begin = self.skip()
        word = NAME.match(self.text, begin, begin + _MOST_NAME)
        metric = self.schema.metric(word[0]) if word is not None else None
        if word is None or metric is None:
            raise QueryError(f"{name}( needs a figure here: {either(self.schema.metrics or ('none',))}", begin)
        self.at = word.end()
        return metric

    def _model_of(self, name: str) -> str:
        begin = self.skip()
        if begin < len(self.text) and self.text[begin] == '"':
            text = self.quoted()
        else:
            word = NAME.match(self.text, begin, begin + _MOST_NAME)
            if word is None:
                raise QueryError(f"{name}( needs a model here", begin)
            text, self.at = word[0], word.end()
        return self._model(text, begin)

    # -- names ------------------------------------------------------------------------------------

    def quoted(self) -> str:
        """The phrase that begins here; one that is never closed goes on to the end."""
        self.at += 1
        letters = []
        while self.at < len(self.text):
            letter = self.text[self.at]
            self.at += 1
            if letter == '"':
                break
            if letter == "\\" and self.text[self.at : self.at + 1] in ('"', "\\"):
                letter = self.text[self.at]
                self.at += 1
            letters.append(letter)
        return "".join(letters)

    def _quoted_model(self, begin: int) -> Value:
        model = self._model(self.quoted(), begin)
        if self.text[self.at : self.at + 1] != ".":
            return syntax.Score(model, self._known_metric(begin))
        begin = self.at + 1
        word = re.compile(r"\w+").match(self.text, begin)
        metric = self.schema.metric(word[0]) if word is not None else None
        if word is None or metric is None:
            raise QueryError(self._no_figure(model, word[0] if word else ""), begin)
        self.at = word.end()
        return syntax.Score(model, metric)

    def _model(self, text: str, begin: int) -> str:
        try:
            model = self.schema.model(text)
        except Unclear as unclear:
            raise QueryError(str(unclear), begin) from None
        if model is None:
            raise QueryError(f"There is no model {shown(text)}{meant(text, self.schema.models)}", begin)
        return model

    def named(self, end: int | None = None) -> Value:
        """The longest name here that stands for a value, up to ``end``. Raises QueryError."""
        begin = self.at
        if begin not in self._names or end is not None:
            try:
                self._names[begin] = self._longest(begin, end)
            except QueryError as error:
                self._names[begin] = error
        found = self._names[begin]
        if end is not None:
            del self._names[begin]
        if isinstance(found, QueryError):
            raise found
        value, self.at = found
        return value

    def _longest(self, begin: int, end: int | None) -> tuple[Value, int]:
        found = NAME.match(self.text, begin, min(begin + _MOST_NAME, len(self.text) if end is None else end))
        if found is None:
            raise QueryError("A number, a column or a model is missing here", begin)
        if found[0].casefold() in KEYWORDS:
            raise QueryError(f"A number, a column or a model is missing before “{found[0]}”", begin)
        names = [found[0], *(found[0][: sign.start()] for sign in reversed(list(re.finditer("-", found[0]))))]
        for name in names:
            value = self._resolve(name, begin)
            if value is not None:
                return value, begin + len(name)
        raise QueryError(self._unknown(next((name for name in reversed(names) if "." in name), names[0])), begin)

    def _resolve(self, name: str, begin: int) -> Value | None:
        folded = name.casefold()
        if folded == "disagreement":
            return syntax.Across("disagreement", self._known_metric(begin))
        if folded == "distance":
            return syntax.Call("distance", (syntax.Across("mean", self._known_metric(begin)),))
        if folded in COLUMNS:
            return syntax.Column(folded)
        if name not in self.schema.models:
            metric = self.schema.metric(name)
            if metric is not None:
                return syntax.Across("mean", metric)
        try:
            head, dot, tail = name.rpartition(".")
            if dot and (metric := self.schema.metric(tail)) is not None and (model := self.schema.model(head)):
                return syntax.Score(model, metric)
            whole = self.schema.model(name)
        except Unclear as unclear:
            raise QueryError(str(unclear), begin) from None
        return syntax.Score(whole, self._known_metric(begin)) if whole else None

    def _known_metric(self, begin: int) -> str:
        if self.metric not in self.schema.metrics and self.schema.metrics:
            raise QueryError(f"No model here has the figure {self.metric}", begin)
        return self.metric

    def is_figure(self, word: str) -> bool:
        """Whether ``word`` can hardly be meant as text: MODEL.METRIC."""
        head, dot, tail = word.rpartition(".")
        if not dot or not head or self.schema.metric(tail) is None:
            return False
        try:
            return self.schema.model(head) is not None
        except Unclear:
            return True

    def _unknown(self, name: str) -> str:
        head, dot, tail = name.rpartition(".")
        lacking = next((one for one in METRICS if one.casefold() == (tail or name).casefold()), None)
        if lacking is not None and lacking not in self.schema.metrics:
            return f"No model here has the figure {lacking}"
        if dot:
            try:
                model = self.schema.model(head)
            except Unclear as unclear:
                return str(unclear)
            if model is not None:
                return self._no_figure(model, tail)
            if self.schema.metric(tail) is not None:
                return f"There is no model {shown(head)}{meant(head, self.schema.models)}"
        return f"{shown(name)} is no column, figure or model{meant(name, [*self.schema.values(), *FUNCTIONS])}"

    def _no_figure(self, model: str, name: str) -> str:
        """Why ``name`` is no figure of ``model``."""
        names = [*self.schema.metrics, *FIGURES]
        return f"{model} has no figure {shown(name)}{meant(name, names) or '; there is ' + either(names)}"
