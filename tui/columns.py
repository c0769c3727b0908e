"""The columns of the runs' table: what each shows, sorts by, and how much room it wants. Knows no Textual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from tui import format as fmt
from tui.listing import RunRow
from tui.text import clean, fit, plain

GAP = 2
"""Cells between two columns."""
WIDE = 110
"""Cells from which the state of a running run has a bar, too."""
BAR = 16
"""Cells that takes."""

Order = Callable[[RunRow], tuple[bool, Any]]
"""Sorting key of a row; what has no figure compares greater than all that have one."""


@dataclass(frozen=True)
class Column:
    """One column; its cells are made by ``cell`` unless the table draws them with colours of its own."""

    key: str
    label: str
    width: int
    order: Order
    cell: Callable[[RunRow], Text] | None = None


def _last(value: Any) -> tuple[bool, Any]:
    return (value is None, 0 if value is None else value)


def _progress(row: RunRow) -> tuple[bool, Any]:
    states = list(fmt.STATES)
    state = row.status.state
    within = row.place or 0 if state == "queued" else -(row.share or 0.0)
    return (False, (states.index(state) if state in states else len(states), within))


def _words(get: Callable[[RunRow], str]) -> Order:
    return lambda row: (not get(row), get(row).casefold())


STATE = Column("state", "state", 24, _progress)
NAME = Column("name", "name", 21, _words(lambda row: row.name))
SCORE = Column("score", "ROUGE-1", 11, lambda row: _last(row.rouge1))

ALWAYS = (
    STATE,
    NAME,
    Column(
        "method",
        "method",
        9,
        _words(lambda row: row.outline.method),
        lambda row: plain(fit(row.outline.method or "?", 9)),
    ),
    SCORE,
    Column("time", "time", 7, lambda row: _last(row.elapsed), lambda row: plain(fmt.duration(row.elapsed))),
)
"""What fits 80 cells."""

WHERE_THERE_IS_ROOM = (
    Column(
        "loss", "train loss", 12, lambda row: _last(row.losses[-1] if row.losses else None),
        lambda row: plain(fmt.spark(row.losses, 12)),
    ),
    Column("memory", "memory", 8, lambda row: _last(row.peak_memory), lambda row: plain(fmt.size(row.peak_memory))),
    Column("size", "on disk", 8, lambda row: _last(row.size), lambda row: plain(fmt.size(row.size))),
    Column(
        "base", "base", 20, _words(lambda row: row.outline.base), lambda row: plain(fit(row.outline.base, 20))
    ),
    Column(
        "data", "data", 20, _words(lambda row: row.outline.data), lambda row: plain(fit(row.outline.data, 20))
    ),
    Column("note", "note", 24, _words(lambda row: row.remarks.note), lambda row: plain(fit(row.remarks.note, 24))),
)  # fmt: skip
"""The others, the most wanted first."""

CREATED = Column("created", "age", 0, lambda row: (False, -row.status.created))
ORDERS = (CREATED, *ALWAYS, *WHERE_THERE_IS_ROOM)
"""What the table can be sorted by, the order of the sort key."""


def fitting(width: int) -> tuple[tuple[Column, ...], int]:
    """The columns for a screen of ``width`` cells, and the cells a name may take."""
    chosen, left = list(ALWAYS), width - 80 - (BAR if width >= WIDE else 0)
    for column in WHERE_THERE_IS_ROOM:
        if left < column.width + GAP:
            break
        chosen.append(column)
        left -= column.width + GAP
    return tuple(chosen), NAME.width + min(max(left, 0), 13)


def matches(row: RunRow, words: Sequence[str]) -> bool:
    """Whether every one of ``words`` (case folded) stands somewhere in what the row says."""
    texts = (
        row.name, row.status.state, row.status.phase, row.outline.method, row.outline.base, row.outline.data,
        row.remarks.note, row.status.reason, "archived" if row.remarks.archived else "",
    )  # fmt: skip
    haystack = clean("\n".join(texts), lines=True).casefold()
    return all(word in haystack for word in words)
