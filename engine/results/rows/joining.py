"""Which row of the table is which row of each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.results.rows.texts import Array


@dataclass(frozen=True)
class Joined:
    """``n`` rows of several runs."""

    keys: Array
    """uint64[n]: each row's dialogue."""
    places: tuple[Array | None, ...]
    """A run's row at each row, int32[n] with -1 where it has none; None where both are numbered alike."""
    first: Array
    """int16[n]: the first run that has the row."""

    @property
    def even(self) -> bool:
        """Whether every run has every row."""
        return all(places is None or bool((places >= 0).all()) for places in self.places)


def join(keys: Sequence[Array]) -> Joined:
    """Rows with equal keys (uint64, no two of one run equal) are one; in the order of the first run that has them."""
    if not keys:
        return Joined(np.zeros(0, np.uint64), (), np.zeros(0, np.int16))
    known, rows = keys[0], list[Array | None]([None])
    first = [np.zeros(len(known), np.int16)]
    for number, own in enumerate(keys[1:], start=1):
        if np.array_equal(own, known):
            rows.append(None)
            continue
        order = np.argsort(known, kind="stable")
        at = np.minimum(np.searchsorted(known, own, sorter=order), max(len(known) - 1, 0))
        there = known[order[at]] == own if len(known) else np.zeros(len(own), bool)
        row = np.empty(len(own), np.int64)
        row[there] = order[at[there]]
        new = own[~there]
        row[~there] = np.arange(len(known), len(known) + len(new))
        rows.append(row)
        known = np.concatenate([known, new])
        first.append(np.full(len(new), number, np.int16))
    places = tuple(_places(row, len(own), len(known)) for row, own in zip(rows, keys, strict=True))
    return Joined(known, places, np.concatenate(first))


def _places(row: Array | None, own: int, rows: int) -> Array | None:
    """The run's row at each row of the table, from the table's row of each of its own."""
    if row is None and own == rows:
        return None
    places = np.full(rows, -1, np.int32)
    places[np.arange(own) if row is None else row] = np.arange(own)
    return places


def spread(values: Array, places: Array | None, unknown: float) -> Array:
    """A run's ``values`` at the rows of the table; ``unknown`` where it has none."""
    if places is None:
        return values
    found: Array = np.where(places >= 0, values[places], unknown) if len(values) else np.full(len(places), unknown)
    return found
