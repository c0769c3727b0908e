"""The joined table."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from engine.errors import WorkspaceError
from engine.results.rows import METRICS, TIE, Means, Row
from engine.results.rows.building import FIGURES, key_of, turns_of, written
from engine.results.rows.joining import join, spread
from engine.results.rows.keeping import Source
from engine.results.rows.packs import Pack
from engine.results.rows.search import Search
from engine.results.rows.texts import Array, fold
from engine.runs.folder import Prediction

if TYPE_CHECKING:
    from engine.results.query.names import Schema

MOST_SPREAD = 40
"""Columns of runs whose rows are numbered otherwise than the table's that are kept in memory, 8 bytes a row each."""


@dataclass
class Part:
    """One run in the table."""

    name: str
    source: Source
    columns: Pack
    words: Pack | None = None
    """Its dialogues and references to be searched, if no run before it has the same."""
    places: Array | None = None
    """See :class:`engine.results.rows.joining.Joined`."""
    worded: Array | None = None
    """bool[n]: the rows whose words are to be looked for here; None for all it has."""
    figures: dict[str, int] = field(default_factory=dict)
    """Place of each figure among those of the pack."""

    def __post_init__(self) -> None:
        self.figures = {name: place for place, name in enumerate(self.columns.facts["figures"])}


class Rows:
    """Dialogues by the models chosen; see :func:`engine.results.rows.open_rows`. Safe to read from any thread.

    Arrays have a value a row, in the order of the data, and must not be written to.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        self._joined = join([part.columns.arrays["keys"] for part in self.parts])
        for part, places in zip(self.parts, self._joined.places, strict=True):
            part.places = places
        self._lock = threading.Lock()
        self._ranks: dict[str, Array] = {}
        self._spread: dict[tuple[str, str], Array] = {}
        self._by_name = {part.name: part for part in self.parts}
        self.search = Search(self)
        self._decide_words()

    def __len__(self) -> int:
        return len(self._joined.keys)

    # -- what there is ----------------------------------------------------------------------------

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the runs, in the order given."""
        return tuple(self._by_name)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Figures that at least one model has of at least one row."""
        names = {name for part in self.parts for name in part.figures if self._known(part, name)}
        others = sorted(names - set(METRICS) - set(FIGURES))
        return tuple(name for name in (*METRICS, *others) if name in names)

    @cached_property
    def even(self) -> bool:
        """Whether all models summarised the same dialogues, so that their means can be compared."""
        return self._joined.even

    @property
    def current(self) -> bool:
        """Whether no run has changed its summaries since."""
        return all(part.source.current for part in self.parts)

    def schema(self) -> Schema:
        """What a query can name."""
        from engine.results.query.names import Schema

        return Schema(self.models, self.metrics)

    def part(self, model: str) -> Part:
        """The run called ``model``. Raises KeyError."""
        return self._by_name[model]

    # -- columns ----------------------------------------------------------------------------------

    def score(self, model: str, metric: str) -> Array:
        """float64[n]: a figure of each of the model's summaries, NaN where it is unknown.

        ``metric``: a name in METRICS, or ``words`` (of the summary) or ``truncated`` (1: the prompt was cut). ROUGE
        is 0 to 1 and the mean over references, with ``_best`` that of the best; bleu is 0 to 100. Raises KeyError
        for an unknown model; a metric that it lacks is unknown in every row.
        """
        part = self._by_name[model]
        place = part.figures.get(metric)
        if place is None:
            return np.full(len(self), np.nan)
        values: Array = part.columns.arrays["figures"][place]
        if part.places is None:
            return values
        known = self._spread.get((model, metric))
        if known is None:
            known = spread(values, part.places, np.nan)
            with self._lock:
                while len(self._spread) >= MOST_SPREAD:
                    del self._spread[next(iter(self._spread))]
                self._spread[model, metric] = known
        return known

    def has(self, model: str) -> Array:
        """bool[n]: whether the model summarised the dialogue. Raises KeyError."""
        places = self._by_name[model].places
        return np.ones(len(self), bool) if places is None else places >= 0

    @cached_property
    def turns(self) -> Array:
        """int32[n]: lines of the dialogue that have something on them."""
        return self._first("turns")

    @cached_property
    def length(self) -> Array:
        """int32[n]: words of the dialogue."""
        return self._first("length")

    @cached_property
    def references(self) -> Array:
        """int32[n]: how many reference summaries there are."""
        return self._first("references")

    @cached_property
    def reference_words(self) -> Array:
        """float64[n]: mean words of the references, NaN where there are none."""
        return self._first("reference_words")

    @cached_property
    def ids(self) -> Sequence[str]:
        """Each dialogue's id."""
        return Names(self.parts, "id", self._joined.first)

    @cached_property
    def topics(self) -> Sequence[str]:
        """Each dialogue's topic, of the first run that has one; else empty."""
        chosen = self._joined.first.copy()
        missing = np.ones(len(self), bool)
        for number, part in enumerate(self.parts):
            there = missing & (spread(part.columns.texts["topic"].sizes, part.places, 0) > 0)
            chosen[there] = number
            missing &= ~there
        return Names(self.parts, "topic", chosen)

    def ranks(self, field: str) -> Array:
        """int32[n]: each row's place by ``id`` or ``topic``, numbers in them by value; -1 where it is empty.

        Made when first asked for: a fifth of a second for 100,000 rows.
        """
        if field not in self._ranks:
            self._ranks[field] = _ranked(self.ids if field == "id" else self.topics)
        return self._ranks[field]

    def key(self, place: int) -> str:
        """Stable identity of the dialogue in a row: 16 hexadecimal digits of SHA-256 over its id and text."""
        return written(int(self._joined.keys[place]))

    def find(self, key: str) -> int | None:
        """The row of the dialogue with that key."""
        try:
            found = np.flatnonzero(self._joined.keys == np.uint64(int(key, 16)))
        except (ValueError, OverflowError):
            return None
        return int(found[0]) if len(found) else None

    # -- summaries of columns ---------------------------------------------------------------------

    def means(self, places: Array | None = None, metrics: Sequence[str] | None = None) -> Means:
        """Each model's mean of each of ``metrics`` (all, without any given) over the rows ``places`` (all)."""
        figures: dict[str, dict[str, float]] = {}
        counts = {}
        for model in self.models:
            figures[model] = {}
            for metric in self.metrics if metrics is None else metrics:
                values = self.score(model, metric)
                values = values if places is None else values[places]
                known = values[~np.isnan(values)]
                if len(known):
                    figures[model][metric] = float(known.mean())
            has = self.has(model)
            counts[model] = int(np.count_nonzero(has if places is None else has[places]))
        return Means(figures, counts)

    # -- one row ----------------------------------------------------------------------------------

    def detail(self, place: int) -> Row:
        """A row with all its texts, read from disk in about a millisecond.

        Raises WorkspaceError when a run's file was written over in place, IndexError.
        """
        key = int(self._joined.keys[place])
        found: dict[str, Prediction] = {}
        for part in self.parts:
            at = place if part.places is None else int(part.places[place])
            if at >= 0:
                found[part.name] = _read(part, at, key)
        first = next(iter(found.values()))
        return Row(
            key=written(key), id=first.id, dialogue=first.dialogue, turns=turns_of(first.dialogue),
            topic=next((p.topic for p in found.values() if p.topic), ""),
            references=next((p.references for p in found.values() if p.references), ()),
            summaries=found,
        )  # fmt: skip

    # -- the rest ---------------------------------------------------------------------------------

    def needs_words(self, part: Part) -> bool:
        """Whether its dialogues or references have to be searched, because no run before it has them."""
        return part.worded is None or bool(part.worded.any())

    def _decide_words(self) -> None:
        """Each dialogue is searched once, and again only where another run has other references for it."""
        known: Array | None = None
        for part in self.parts:
            abouts = part.columns.arrays["abouts"]
            here = spread(abouts, part.places, 0).astype(np.uint64)
            there = self.has(part.name)
            if known is None:
                known, covered = here.copy(), there.copy()
                part.worded = None if part.places is None else there
                continue
            part.worded = there & (~covered | ((here != known) & (here != 0)))
            known[~covered & there] = here[~covered & there]
            covered |= there

    def _known(self, part: Part, name: str) -> bool:
        values = part.columns.arrays["figures"][part.figures[name]]
        return not bool(np.isnan(values[:64]).all() and np.isnan(values).all())

    def _first(self, name: str) -> Array:
        """A column of the dialogues, each value from the first run that has the row."""
        found: Array | None = None
        for number, part in enumerate(self.parts):
            values = part.columns.arrays[name]
            if found is None:
                if part.places is None:
                    return values
                found = np.zeros(len(self), values.dtype)
            here = self._joined.first == number
            assert part.places is not None or number == 0
            if part.places is not None:
                found[here] = values[part.places[here]]
        return np.zeros(0, np.int32) if found is None else found


class Lazy(Sequence[str]):
    """A text of each row, read when asked for."""

    def __init__(self, size: int, read: Callable[[int], str]) -> None:
        self._size, self._read = size, read

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self._read(at) for at in range(*place.indices(self._size))]
        return self._read(range(self._size)[place])


class Names(Lazy):
    """Ids or topics of the rows."""

    def __init__(self, parts: Sequence[Part], name: str, chosen: Array) -> None:
        super().__init__(len(chosen), self._name)
        self._texts = [part.columns.texts[name] for part in parts]
        self._places = [part.places for part in parts]
        self._chosen = chosen

    def _name(self, place: int) -> str:
        number = int(self._chosen[place])
        places = self._places[number]
        return self._texts[number][place if places is None else int(places[place])]

    def __iter__(self) -> Iterator[str]:
        if len(self) and self._places[0] is None and not self._chosen.any():  # all of the first run, in its order
            return iter(self._texts[0])
        return super().__iter__()


def tie(metric: str) -> float:
    """The difference below which two figures look the same."""
    return {"bleu": 100 * TIE, "tokens": 0.5, "words": 0.5}.get(metric, TIE)


def _ranked(texts: Sequence[str]) -> Array:
    """See :meth:`Rows.ranks`. numpy sorts without keeping Python's other threads waiting."""
    keys = np.zeros(len(texts), "S80")
    number = re.compile(r"\d+")
    for place, text in enumerate(texts):
        keys[place] = number.sub(lambda digits: digits[0].zfill(12), fold(text)[:60]).encode("utf-8", "replace")
    order = np.argsort(keys, kind="stable")
    ranks = np.empty(len(texts), np.int32)
    ranks[order] = np.cumsum(np.concatenate([[False], keys[order[1:]] != keys[order[:-1]]])[: len(texts)])
    ranks[keys == b""] = -1
    return ranks


def _read(part: Part, at: int, key: int) -> Prediction:
    arrays = part.columns.arrays
    try:
        found = part.source.line(int(arrays["begins"][at]), int(arrays["sizes"][at]))
    except OSError as error:
        raise WorkspaceError(f"The summaries of {part.name} cannot be read", error.strerror or str(error)) from None
    if found is None or key_of(found.id, found.dialogue) != key:
        raise WorkspaceError(f"The summaries of {part.name} were written over meanwhile", "", "Open the table anew")
    return found
