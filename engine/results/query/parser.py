"""Reads a query by recursive descent; the grammar is in :mod:`engine.results.query.syntax`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from engine.results.query import syntax
from engine.results.query.names import COLUMNS, MODEL_FIELDS, TEXT_FIELDS, TRUTHS, Schema, Unclear, meant, shown
from engine.results.query.syntax import Condition, Query, QueryError, Relation, SortKey
from engine.results.query.values import RELATION, Values

MOST_LETTERS = 2000
_FIELD = re.compile(r"(\w[\w.-]{0,99}):")
_KEYWORD = re.compile(r"(and|or|not)(?=[\s()\"]|$)", re.IGNORECASE)
_WORD = re.compile(r"[^\s()\"]+")
_CALLED = re.compile(r"(id|topic|label)\s*(==|=|!=|<>|≠)\s*", re.IGNORECASE)
_RELATIONS: dict[str, Relation] = {"==": "=", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!="}
_LABEL = {"label": "topic"}
"""Under which name the rows keep a gold label."""

Read = TypeVar("Read")


def parse(schema: Schema, text: str, metric: str = "rouge1") -> Query:
    """The query in ``text``; ``metric`` is the figure meant where none is named. Raises QueryError."""
    return _Parser(schema, text, metric).query()


def parse_value(schema: Schema, text: str, metric: str = "rouge1") -> syntax.Value:
    """The value that ``text`` is, such as ``full - lora`` or ``len(lora)``. Raises QueryError."""
    values = Values(schema, text[: MOST_LETTERS + 1], metric)
    found = values.sum()
    if not values.ended:
        raise QueryError(f"It cannot go on with {shown(text[values.at :])}", values.at)
    return found


class _AloneError(QueryError):
    """A value stands alone."""


class _Parser(Values):
    """One reading of one text, from left to right."""

    def __init__(self, schema: Schema, text: str, metric: str) -> None:
        super().__init__(schema, text, metric)
        self._sorts: list[SortKey] = []
        self._hint = ""

    def query(self) -> Query:
        """All of it."""
        if len(self.text) > MOST_LETTERS:
            raise QueryError(f"A query has at most {MOST_LETTERS:,} characters", MOST_LETTERS)
        condition = None
        if not self.ended:
            condition = self._disjunction(outermost=True)
        if not self.ended:  # only a bracket stops the outermost level early
            raise QueryError("This bracket closes nothing", self.at)
        return Query(condition, tuple(self._sorts), self._hint)

    # -- conditions -------------------------------------------------------------------------------

    def _disjunction(self, outermost: bool = False) -> Condition | None:
        begin = self.at
        parts = [self._conjunction(outermost)]
        while self._keyword("or"):
            begin = self.at
            parts.append(self._conjunction(outermost))
            if parts[-1] is None or parts[0] is None:
                raise QueryError("There is nothing to choose from beside “or”", begin)
        found = [part for part in parts if part is not None]
        if not found:
            return None
        return found[0] if len(found) == 1 else syntax.Any(tuple(found))

    def _conjunction(self, outermost: bool) -> Condition | None:
        found = []
        while True:
            part = self._negation(outermost)
            if part is not None:
                found.append(part)
            if not self._keyword("and") and (self.ended or self.text[self.at] == ")" or self._is_keyword("or")):
                break
        if not found:
            return None
        return found[0] if len(found) == 1 else syntax.All(tuple(found))

    def _negation(self, outermost: bool) -> Condition | None:
        begin = self.skip()
        if not self._keyword("not"):
            return self._clause(outermost)
        with self.deeper(begin):
            return syntax.Not(self._must(self._negation, begin))

    def _must(self, read: Callable[[bool], Condition | None], begin: int) -> Condition:
        found = read(False)
        if found is None:
            raise QueryError("Something to look for is missing here", begin)
        return found

    def _clause(self, outermost: bool) -> Condition | None:
        begin = self.skip()
        if self.ended:
            raise QueryError("Something to look for is missing at the end", len(self.text))
        letter = self.text[begin]
        if letter == ")":
            raise QueryError("Something to look for is missing before this bracket", begin)
        if (word := _KEYWORD.match(self.text, begin)) is not None:
            raise QueryError(f"Something to look for is missing before “{word[1]}”; quote it to find the word", begin)
        called = _CALLED.match(self.text, begin)
        if called is not None and (self.schema.labelled or called[1].casefold() != "label"):
            return self._called(called)
        if (field := _FIELD.match(self.text, begin)) is not None and (
            found := self._field(field, outermost)
        ) is not _NO:
            return found  # type: ignore[return-value]
        compared, problem = self._try(self._comparison)
        if compared is not None:
            return compared
        if letter == "(":
            return self._group()
        if letter == '"':
            return self._phrase(problem)
        if letter == "-" and begin + 1 < len(self.text) and re.match(r'[\w("]', self.text[begin + 1]):
            self.at += 1
            with self.deeper(begin):
                return syntax.Not(self._must(self._clause, begin))
        return self._plain_word(problem)

    def _group(self) -> Condition:
        begin = self.at
        self.at += 1
        with self.deeper(begin):
            found = self._disjunction()
        if self.ended:
            raise QueryError("This bracket is never closed", begin)
        self.at += 1
        if found is None:
            raise QueryError("There is nothing in these brackets", begin)
        return found

    def _phrase(self, problem: QueryError | None) -> Condition:
        """What is quoted, to look for; or the name of a model, in whose summaries to look."""
        begin = self.at
        words = self.quoted()
        if problem is not None and re.compile(rf"\.\w|\s*(?:{RELATION.pattern})").match(self.text, self.at):
            raise problem  # it was to be a model
        if self.at < len(self.text) and self.text[self.at] == ":":
            try:
                model = self.schema.model(words)
            except Unclear as unclear:
                raise QueryError(str(unclear), begin) from None
            if model is not None:
                self.at += 1
                return syntax.Having(self._words(shown(words)), "summary", model)
        return syntax.Having(words)

    def _plain_word(self, problem: QueryError | None) -> Condition:
        """A word to look for, unless it is a comparison with a mistake: then ``problem`` says which."""
        begin = self.at
        found = _WORD.match(self.text, begin)
        assert found is not None  # brackets, marks and spaces were seen to before
        word = found[0]
        if (sign := RELATION.search(word)) is not None and sign.start() == 0:
            raise QueryError(f"What is to be compared is missing before {sign[0]}; quote it to look for it", begin)
        after = re.compile(r"\s*").match(self.text, found.end())
        assert after is not None
        if problem is not None and (sign is not None or RELATION.match(self.text, after.end())):
            raise problem
        if self.is_call(begin) and problem is not None and not isinstance(problem, _AloneError):
            raise problem
        if self.is_call(begin) or self.is_figure(word):
            word = self.text[begin : problem.problem.position].rstrip() if problem is not None else word
            raise QueryError(f"{shown(word)} is compared with nothing, as in “… > 0.3”; quote it to look for it", begin)
        self.at = found.end()
        return syntax.Having(word)

    def _called(self, found: re.Match[str]) -> Condition:
        self.at = found.end()
        same = syntax.Called(_LABEL.get(found[1].casefold(), found[1].casefold()), self._words(found[1]))
        return same if found[2] in ("=", "==") else syntax.Not(same)

    def _words(self, where: str) -> str:
        """A phrase or a word. Raises QueryError when there is none."""
        if self.at < len(self.text) and self.text[self.at] == '"':
            return self.quoted()
        found = _WORD.match(self.text, self.at)
        if found is None:
            raise QueryError(f"What is looked for in {where} is missing", self.at)
        self.at = found.end()
        return found[0]

    # -- fields -----------------------------------------------------------------------------------

    def _field(self, found: re.Match[str], outermost: bool) -> Condition | _Nothing | None:
        """What ``name:`` begins; _NO when it is only a word with a colon in it."""
        begin, name, after = self.at, found[1], found.end()
        folded = name.casefold()
        if folded == "sort":
            if not outermost:
                raise QueryError("sort: stands by itself: not in brackets, nor after “not”", begin)
            self.at = after
            self._sort()
            return None
        if (text_field := self.schema.text_field(folded)) is not None:
            self.at = after
            return syntax.Having(self._words(name), text_field)
        if folded in MODEL_FIELDS:
            self.at = after
            return syntax.Among(folded, self._field_model(name), self.metric)
        if folded == "is":
            self.at = after
            begin = self.at
            try:
                return syntax.Among("is", self.schema.set(self._words(name)), self.metric)
            except Unclear as unclear:
                raise QueryError(str(unclear), begin) from None
        if self.is_figure(name) or ((self.schema.metric(name) or folded in COLUMNS) and name not in self.schema.models):
            value = self.named(end=after - 1)
            self.at = after
            if (truth := self._truth(value)) is not None:
                return syntax.Compare("=" if truth else "<", value, syntax.Number(1.0))
            return syntax.Compare(self._relation() or "=", value, self.sum())
        try:  # a part of a name will not do: “Ana:” is a speaker, not the model banana
            model = None if name.isdecimal() else self.schema.model(name, parts=False)
        except Unclear as unclear:
            raise QueryError(str(unclear), begin) from None
        if model is not None:
            self.at = after
            return syntax.Having(self._words(name), "summary", model)
        close = meant(name, [*TEXT_FIELDS, *MODEL_FIELDS, "sort", "is", *self.schema.models], cutoff=0.8)
        if close:
            raise QueryError(f"There is no field {shown(name)}{close} Quote it to look for it", begin)
        return _NO

    def _truth(self, value: syntax.Value) -> bool | None:
        """Whether yes or no stands here, as ``correct:no`` has it; None where something else does."""
        if not isinstance(value, syntax.Score | syntax.Across) or value.metric != "correct":
            return None
        found = _WORD.match(self.text, self.at)
        truth = TRUTHS.get(found[0].casefold()) if found is not None else None
        if truth is not None and found is not None:
            self.at = found.end()
        return truth

    def _field_model(self, field: str) -> str:
        begin = self.at
        words = self._words(f"{field}:")
        try:
            model = self.schema.model(words)
        except Unclear as unclear:
            raise QueryError(str(unclear), begin) from None
        if model is None:
            raise QueryError(f"There is no model {shown(words)}{meant(words, self.schema.models)}", begin)
        return model

    # -- comparisons ------------------------------------------------------------------------------

    def _comparison(self) -> Condition:
        """Raises QueryError; _AloneError when a value is compared with nothing."""
        left = self.sum()
        parts: list[Condition] = []
        while (sign := self._relation()) is not None:
            right = self.committed(self.sum)
            self._consider(left, right)
            parts.append(syntax.Compare(sign, left, right))
            left = right
        if not parts:
            raise _AloneError("A relation is missing here", self.at)
        return parts[0] if len(parts) == 1 else syntax.All(tuple(parts))

    def _relation(self) -> Relation | None:
        self.skip()
        found = RELATION.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return _RELATIONS.get(found[0]) or found[0]  # type: ignore[return-value]

    def _consider(self, left: syntax.Value, right: syntax.Value) -> None:
        """Most who ask for rouge1 > 40 think of the table, which shows ROUGE × 100."""
        for one, other in ((left, right), (right, left)):
            share = isinstance(one, syntax.Score | syntax.Across) and one.metric.startswith(("rouge", "novelty"))
            if share and isinstance(other, syntax.Number) and 1 < other.value <= 100:
                self._hint = f"ROUGE is 0 to 1 in a query: write {other.value / 100:g} or {other.value:g}%"

    def _try(self, read: Callable[[], Read]) -> tuple[Read | None, QueryError | None]:
        """What ``read`` finds; or None, back where it began, and why. A mistake after a relation is raised."""
        begin = self.at
        try:
            return read(), None
        except QueryError as error:
            if self.is_committed:
                raise
            self.at = begin
            return None, error

    # -- sorting ----------------------------------------------------------------------------------

    def _sort(self) -> None:
        while True:
            self._sorts.append(self._key())
            if self.at >= len(self.text) or self.text[self.at] != ",":
                break
            self.at += 1
        if self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] != ")":
            raise QueryError("This cannot be sorted by; put spaces only in brackets", self.at)

    def _key(self) -> SortKey:
        begin = self.at
        if begin >= len(self.text) or self.text[begin].isspace():
            raise QueryError("What to sort by is missing", begin)
        names = r"(id|topic|label)" if self.schema.labelled else r"(id|topic)"
        found = re.compile(names + r"(?=[-+,\s)]|$)", re.IGNORECASE).match(self.text, begin)
        value: syntax.Value | str
        if found is not None:
            self.at, value = found.end(), _LABEL.get(found[1].casefold(), found[1].casefold())
        else:
            self.spaced = False
            try:
                value = self.sum()
            finally:
                self.spaced = True
        text, end = self.text[begin : self.at], self.at
        apart = isinstance(value, syntax.Across) and value.how == "disagreement"
        apart = apart or (isinstance(value, syntax.Call) and value.name == "distance")
        descending = apart  # those with nothing to see last
        if end < len(self.text) and self.text[end] in "+-":
            descending = self.text[end] == "-"
            self.at += 1
        return SortKey(value, descending, text)  # type: ignore[arg-type]

    # -- keywords ---------------------------------------------------------------------------------

    def _is_keyword(self, word: str) -> bool:
        found = _KEYWORD.match(self.text, self.skip())
        return found is not None and found[1].casefold() == word

    def _keyword(self, word: str) -> bool:
        """Pass over ``word`` if it comes next."""
        there = self._is_keyword(word)
        if there:
            self.at += len(word)
        return there


class _Nothing:
    pass


_NO = _Nothing()
