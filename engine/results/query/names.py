"""What a query can name: models, their figures, and the columns of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Schema:
    """The names of one table, for which a query is read."""

    models: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    """Sets of rows, such as bookmarks, that ``is:`` can name."""
