"""Forecast against fact in words, for the screen and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from textual.content import Content

from engine.results.foreseen import Compared, table
from engine.results.table import Table
from tui import tables
from tui.money import amount

IN_A_LINE = {"peak memory": "memory", "time": "time", "steps": "steps", "cost": "cost"}
"""What stands on the screen, and how it is called there; the command line has the rest."""


def shown(compared: Compared, value: float | None) -> str:
    """One of its figures as people read it."""
    if value is None:
        return "?"
    return amount(value, compared.note) if compared.kind == "money" else tables.show(value, compared.kind)


def error(compared: Compared) -> str:
    """``+12%``: by how much of the fact the forecast was too high; empty where nothing can be compared."""
    found = compared.error
    return "" if found is None else f"{found:+.0f}%" if abs(found) >= 0.5 else "0%"


def foreseen_line(compared: Sequence[Compared]) -> Content | None:
    """``Forecast → fact`` of what matters most; None without a forecast that has come to anything."""
    parts: list[Content] = []
    for one in compared:
        if one.name in IN_A_LINE and one.predicted is not None and one.measured is not None:
            figures = f"{shown(replace(one, note=''), one.predicted).strip()} → {shown(one, one.measured)}"
            name = IN_A_LINE[one.name]
            parts.append(Content.assemble((f"{name} ", "$label"), (figures, "bold"), f" ({error(one)})"))
    if not parts:
        return None
    return Content.assemble(("Forecast → fact ", "bold"), Content("  ").join(parts))


def words(compared: Sequence[Compared]) -> Iterator[tuple[str, str]]:
    """A line a figure: its name; predicted, measured, error."""
    for one in compared:
        off = f" ({error(one)})" if one.error is not None else ""
        yield one.name, f"{shown(one, one.predicted)} forecast, {shown(one, one.measured)} measured{off}"


def read(compared: Sequence[Compared]) -> Table:
    """The table with figures as people read them."""
    exact = table(list(compared))
    rows = tuple(
        {**row, "predicted": shown(one, one.predicted), "measured": shown(one, one.measured), "error": error(one)}
        for row, one in zip(exact.rows, compared, strict=True)
    )
    return Table(tuple(replace(column, kind="text") for column in exact.columns), rows, exact.caption)
