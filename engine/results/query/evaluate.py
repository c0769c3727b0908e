"""A query over the rows: which hold, and in which order. Everything is a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.results.query import syntax
from engine.results.query.names import TIE as TIE_SET
from engine.results.query.parser import parse
from engine.results.query.syntax import Condition, Problem, QueryError, SortKey, Value
from engine.results.rows.store import Rows, tie
from engine.results.rows.texts import Array, Stop, fold

_RELATIONS: dict[str, Callable[[Array | float, Array | float], Array]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "=": np.equal, "!=": np.not_equal,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Result:
    """What a query gives."""

    places: Array
    """int64: the rows that hold, in the order asked for; empty where there is a problem."""
    problem: Problem | None = None
    """Why the query could not be read."""
    hint: str = ""
    """What may not have been meant; empty mostly."""
    sorts: tuple[SortKey, ...] = ()
    """What the rows are sorted by, the first key first; nothing: the order of the data."""


def run_query(
    rows: Rows, text: str, metric: str = "rouge1", sets: Mapping[str, Array] | None = None, stop: Stop | None = None
) -> Result:
    """The rows that ``text`` asks for. Never raises for anything in ``text``.

    ``metric``: the figure meant where none is named. ``sets``: bool[n] by name, such as bookmarks, for ``is:NAME``.
    A filter by figures takes milliseconds with 100,000 rows; one by words may take a tenth of a second, so it belongs
    in a thread. Raises Stopped soon after ``stop`` says True.
    """
    schema = rows.schema()
    if sets:
        schema = type(schema)(schema.models, schema.metrics, tuple(sets), schema.labelled)
    try:
        query = parse(schema, text, metric)
    except QueryError as error:
        return Result(np.zeros(0, np.int64), error.problem)
    work = Evaluation(rows, sets, stop)
    places = np.arange(len(rows)) if query.condition is None else np.flatnonzero(work.holds(query.condition))
    return Result(work.ordered(places, query.sorts), None, query.hint, query.sorts)


class Evaluation:
    """One query at work; values that occur twice are computed once."""

    def __init__(self, rows: Rows, sets: Mapping[str, Array] | None = None, stop: Stop | None = None) -> None:
        self._rows, self._sets, self._stop = rows, sets or {}, stop
        self._values: dict[Value, Array | float] = {}

    # -- conditions -------------------------------------------------------------------------------

    def holds(self, condition: Condition, within: Array | None = None) -> Array:
        """bool[n]; rows out of ``within`` need not be right."""
        match condition:
            case syntax.All(conditions):
                found = within
                for one in sorted(conditions, key=_cost):
                    here = self.holds(one, found)
                    found = here if found is None else found & here
                assert found is not None
                return found
            case syntax.Any(conditions):
                either = np.zeros(len(self._rows), bool)
                for one in sorted(conditions, key=_cost):
                    either |= self.holds(one, within)
                return either
            case syntax.Not(inner):
                return ~self.holds(inner, within)
            case syntax.Having(words, field, model):
                return self._rows.search.having(words, field, model, within, self._stop)
            case syntax.Called(field, text):
                return self._called(field, text)
            case syntax.Compare(relation, left, right):
                return self._compare(relation, self.value(left), self.value(right))
            case syntax.Among(what, name, metric):
                return self._among(what, name, metric)

    def _compare(self, relation: str, left: Array | float, right: Array | float) -> Array:
        found = _RELATIONS[relation](left, right)
        if relation == "!=":  # every comparison with an unknown value fails, this one too
            found = found & (np.equal(left, left) & np.equal(right, right))
        return np.broadcast_to(found, (len(self._rows),)).copy()

    def _called(self, field: str, text: str) -> Array:
        names, sought = (self._rows.ids if field == "id" else self._rows.topics), fold(text)
        found = self._rows.search.having(text, field, stop=self._stop).copy()
        for place in np.flatnonzero(found).tolist():
            found[place] = fold(names[place]) == sought
        return found

    def _among(self, what: str, name: str, metric: str) -> Array:
        rows = self._rows
        if what in ("has", "lacks"):
            has = rows.has(name)
            return has.copy() if what == "has" else ~has
        if what == "truncated":
            return np.asarray(rows.score(name, "truncated") == 1)
        if what == "is" and name in self._sets:
            return np.array(self._sets[name], bool)
        high, low = self._across("max", metric), self._across("min", metric)
        enough = self._count(metric) >= 2
        apart = enough & (high - low >= tie(metric))
        if what == "is":
            assert name == TIE_SET
            return enough & ~apart
        own = rows.score(name, metric)
        is_high = high - own < tie(metric)
        return apart & (is_high if what == "best" else (own - low < tie(metric)) & ~is_high)

    # -- values -----------------------------------------------------------------------------------

    def value(self, value: Value) -> Array | float:
        """float64[n], NaN where it is unknown; or one number for all rows."""
        if value not in self._values:
            with np.errstate(all="ignore"):
                found = self._value(value)
            if isinstance(value, syntax.Arithmetic):
                found = np.where(np.isfinite(found), found, np.nan)
            self._values[value] = found
        return self._values[value]

    def column(self, value: Value) -> Array:
        """float64[n]: the value of every row."""
        return np.broadcast_to(self.value(value), (len(self._rows),))

    def _value(self, value: Value) -> Array | float:
        rows = self._rows
        match value:
            case syntax.Number(number):
                return number
            case syntax.Column(name):
                column: Array = getattr(rows, name)
                return column.astype(np.float64)
            case syntax.Score(model, metric):
                return rows.score(model, metric)
            case syntax.Across(how, metric):
                return self._across(how, metric)
            case syntax.Rank(model, metric):
                return self._rank(model, metric)
            case syntax.Call(name, values):
                return self._call(name, [self.value(one) for one in values])
            case syntax.Arithmetic(operator, left, right):
                one, other = np.asarray(self.value(left)), np.asarray(self.value(right))
                found: Array = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[operator](one, other)
                return found

    def _across(self, how: str, metric: str) -> Array:
        scores = [self._rows.score(model, metric) for model in self._rows.models]
        if not scores:
            return np.full(len(self._rows), np.nan)
        if how in ("min", "max"):
            join = np.fmin if how == "min" else np.fmax
            found = scores[0].copy()
            for score in scores[1:]:
                join(found, score, out=found)
            return found
        if how == "disagreement":
            apart = self._across("max", metric) - self._across("min", metric)
            return np.where(self._count(metric) >= 2, apart, np.nan)
        total = np.zeros(len(self._rows))
        for score in scores:
            total += np.nan_to_num(score)
        count = self._count(metric)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def _count(self, metric: str) -> Array:
        """int64[n]: how many models have the figure."""
        count = np.zeros(len(self._rows), np.int64)
        for model in self._rows.models:
            count += ~np.isnan(self._rows.score(model, metric))
        return count

    def _rank(self, model: str, metric: str) -> Array:
        own = self._rows.score(model, metric)
        rank = np.where(np.isnan(own), np.nan, 1.0)
        for other in self._rows.models:
            rank += self._rows.score(other, metric) - own >= tie(metric)
        return rank

    def _call(self, name: str, values: list[Array | float]) -> Array | float:
        if name == "abs":
            return np.abs(values[0])
        if name == "distance":
            known = np.asarray(values[0])
            known = known[~np.isnan(known)]
            return np.abs(np.asarray(values[0]) - (known.mean() if len(known) else np.nan))
        table = np.stack(np.broadcast_arrays(*values, np.zeros(len(self._rows)))[:-1])
        join = {"min": np.min, "max": np.max, "mean": np.mean}[name]
        found: Array = join(table, axis=0)  # type: ignore[operator]  # unknown where one of them is
        return found

    # -- order ------------------------------------------------------------------------------------

    def ordered(self, places: Array, sorts: tuple[SortKey, ...]) -> Array:
        """``places`` sorted; equal ones stay in the order of the data, unknown ones come last."""
        for key in reversed(sorts):
            if isinstance(key.value, str):
                found = self._rows.ranks(key.value)[places].astype(np.float64)
                found[found < 0] = np.nan
            else:
                found = self.column(key.value)[places]
            places = places[np.argsort(-found if key.descending else found, kind="stable")]
        return places.astype(np.int64, copy=False)


def _cost(condition: Condition) -> int:
    """Figures first: they leave fewer texts to look through."""
    match condition:
        case syntax.All(conditions) | syntax.Any(conditions):
            return max(map(_cost, conditions))
        case syntax.Not(inner):
            return _cost(inner)
        case syntax.Having(_, field, _):
            return 1 if field in ("id", "topic") else 2 if field else 3
        case _:
            return 0
