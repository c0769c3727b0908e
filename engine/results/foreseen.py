"""Forecast against fact: what ``forecast.json`` expected of a run, what was measured, and how far off it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.results.costs import FORECAST, written
from engine.results.facts import at, figure
from engine.results.table import Column, Kind, Table
from engine.results.usage import hours, usage
from engine.runs.files import read_json
from engine.runs.folder import RunFolder

PHASES = {
    "loading": ("loading", "tokenising", "scoring", "saving"),
    "training": ("training",),
    "evaluating": ("evaluating",),
    "decoding": ("decoding",),
}
"""Phases of a forecast, and those of a run that it means by them."""


@dataclass(frozen=True)
class Compared:
    """One figure. ``predicted`` and ``measured`` in the unit of ``kind``; None where it is not known (yet)."""

    name: str
    predicted: float | None
    measured: float | None
    kind: Kind
    note: str = ""

    @property
    def error(self) -> float | None:
        """Percent by which the forecast was too high (above 0) or too low; None where nothing can be compared."""
        if self.predicted is None or self.measured is None or not self.measured:
            return None
        return 100 * (self.predicted - self.measured) / self.measured


def compare(run: RunFolder, worked: float | None = None) -> list[Compared]:
    """Every figure that was forecast or measured; nothing of a run without a forecast.

    ``worked``: hours that the run held its machine, else they are added up from its events. Measured figures are
    those of what has been done so far. Blocks.
    """
    foreseen = read_json(run.path / FORECAST)
    if not foreseen:
        return []
    manifest = run.manifest()
    if worked is None and manifest:
        worked = hours(run, usage(run))
    found = _figures(foreseen, manifest, worked)
    return [one for one in found if one.predicted is not None or one.measured is not None]


def _figures(foreseen: Any, manifest: Any, worked: float | None) -> Iterator[Compared]:
    peak = figure(manifest, "peak_memory", "device") or figure(manifest, "peak_memory", "process")
    probed = ", by a probe" if at(foreseen, "probe") else ""
    phase = at(foreseen, "memory", "peak_phase")
    yield Compared(
        "peak memory", figure(foreseen, "memory", "peak"), peak, "bytes",
        f"expected while {phase}{probed}" if isinstance(phase, str) else "",
    )  # fmt: skip
    thumb = figure(foreseen, "memory", "rule_of_thumb")
    if thumb is not None:
        yield Compared("rule of thumb", thumb, peak, "bytes", "4 x parameters x 4 bytes")
    for key, name in (("total", "parameters"), ("trainable", "trainable parameters")):
        yield Compared(name, figure(foreseen, "parameters", key), figure(manifest, "parameters", key), "count")
    most = "at most: it may stop early" if at(foreseen, "steps", "at_most") else ""
    yield Compared("steps", figure(foreseen, "steps", "total"), figure(manifest, "steps"), "count", most)
    seconds = at(manifest, "seconds")
    for phase, names in PHASES.items():
        parts = [value for name in names if (value := figure(seconds, name)) is not None]
        name = "loading and saving" if phase == "loading" else phase
        yield Compared(f"time: {name}", figure(foreseen, "seconds", phase), sum(parts) if parts else None, "seconds")
    total = None if worked is None else 3600 * worked
    origin = at(foreseen, "time_origin")
    by = f"by {origin}" if isinstance(origin, str) and origin else ""
    yield Compared("time", figure(foreseen, "total_seconds"), total, "seconds", by)
    price = figure(foreseen, "price_per_hour")
    paid = written(manifest)
    cost = paid[0] if paid else None if price is None or worked is None else price * worked
    currency = paid[1] if paid else at(foreseen, "currency")
    yield Compared("cost", figure(foreseen, "cost"), cost, "money", currency if isinstance(currency, str) else "")


def table(compared: list[Compared]) -> Table:
    """One row a figure: predicted, measured, error. The rows are exact; each has its own kind."""
    rows = tuple(
        {"figure": c.name, "predicted": c.predicted, "measured": c.measured, "error": c.error, "note": c.note}
        for c in compared
    )
    columns = (
        Column("figure", "figure"), Column("predicted", "predicted"), Column("measured", "measured"),
        Column("error", "error", "change"), Column("note", "note"),
    )  # fmt: skip
    return Table(columns, rows, "error: by how much of what was measured the forecast was too high (+) or too low (-).")
