"""Looking for words in the table's texts. What was found is remembered, and narrows what is looked for next."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from engine.results.rows.texts import Array, Stop, Texts, fold, packed

if TYPE_CHECKING:
    from engine.results.rows.store import Part, Rows

REMEMBERED = 48
"""Answers kept, a byte a row each."""
TEXT_FIELDS = ("id", "topic", "dialogue", "reference", "summary")
"""What can be searched by itself; ``summary`` is any model's."""


class Search:
    """Answers which rows have some words in some field. Any thread may ask; two at once only repeat work."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._found: OrderedDict[tuple[str, str, str], Array] = OrderedDict()
        self._own: dict[str, Texts] = {}

    def forget(self) -> None:
        """Forget what was found before."""
        self._found.clear()

    def having(
        self, words: str, field: str = "", model: str = "", within: Array | None = None, stop: Stop | None = None
    ) -> Array:
        """bool[n]: the rows with ``words`` in ``field`` (one of TEXT_FIELDS; "" for any of them).

        Letter case and white space do not count; ``model`` narrows the field ``summary`` to one model's. Rows out of
        ``within`` need not be right. Raises Stopped, and KeyError for an unknown model.
        """
        needle = fold(words)
        if not needle:
            return np.ones(len(self._rows), bool)
        key = (field, model, needle)
        known = self._found.get(key)
        if known is None:
            known = self._look(key, within, stop)
            if within is not None:  # right for these rows only
                return known
            known.setflags(write=False)
            self._found[key] = known
            while len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
        return known

    def _look(self, key: tuple[str, str, str], asked: Array | None, stop: Stop | None) -> Array:
        field, model, needle = key
        # Who has "parc" in them had "par" in them already.
        wider = [
            found for (where, whose, part), found in list(self._found.items())
            if (where, whose) == (field, model) and part in needle
        ]  # fmt: skip
        within = min(wider, key=np.count_nonzero, default=None)
        if asked is not None:
            within = asked if within is None else within & asked
        if field:
            return self._in(field, model, needle, within, stop)
        found = np.zeros(len(self._rows), bool)
        left = np.ones(len(self._rows), bool) if within is None else within.copy()
        for one in TEXT_FIELDS:
            hits = self._in(one, "", needle, left, stop)
            found |= hits
            left &= ~hits
        return found

    def _in(self, field: str, model: str, needle: str, within: Array | None, stop: Stop | None) -> Array:
        rows = self._rows
        if field in ("id", "topic"):
            return self._names(field).having(needle, within, stop)
        if field == "summary":
            parts = [rows.part(model)] if model else rows.parts
            name = "summary"
        else:
            parts = [part for part in rows.parts if part.words is not None]
            name = "dialogue" if field == "dialogue" else "references"
        found = np.zeros(len(rows), bool)
        left = within
        for part in parts:
            hits = self._of(part, name, needle, left, stop)
            found |= hits
            left = ~found if within is None else within & ~found
        return found

    def _of(self, part: Part, name: str, needle: str, within: Array | None, stop: Stop | None) -> Array:
        texts = (part.columns if name == "summary" or part.words is None else part.words).texts[name]
        places = part.places
        if name != "summary" and part.worded is not None:  # another run's words do for the other rows
            within = part.worded if within is None else part.worded & within
        if places is None:
            return texts.having(needle, within, stop)
        own = np.zeros(len(texts), bool)
        there = places >= 0 if within is None else (places >= 0) & within
        own[places[there]] = True
        hits = texts.having(needle, own, stop)
        found: Array = there & hits[places]
        return found

    def _names(self, field: str) -> Texts:
        """Ids or topics, folded; made when first looked for: a tenth of a second for 100,000."""
        if field not in self._own:
            texts = self._rows.ids if field == "id" else self._rows.topics
            self._own[field] = packed(map(fold, texts))
        return self._own[field]
