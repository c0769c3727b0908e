"""The board's table: a row a model with its figure, how sure that is, how it compares, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from engine.results.table import Kind
from tui import format as fmt
from tui import tables, themes
from tui.boarding import Known, Look
from tui.text import apart, plain
from tui.widgets import standings
from tui.widgets.dialogue import letters
from tui.widgets.longtable import GAP, Head, LongTable

WIDE = 110
BEST = "★"
MOST_ROWS = 12
"""More models than this are scrolled."""
_MORE: tuple[tuple[str, str, Kind, int], ...] = (
    ("macro_f1", "macro F1", "score", 8),
    ("bleu", "BLEU", "bleu", 6), ("length_ratio", "length", "ratio", 6), ("trainable", "trainable", "count", 13),
    ("percent", "share", "percent", 7), ("seconds", "time", "seconds", 8), ("energy_wh", "energy", "energy", 9),
    ("peak_memory", "memory", "bytes", 9), ("saved_bytes", "size", "bytes", 9), ("cost", "cost", "money", 9),
)  # fmt: skip
"""Columns to the right of the figure and its comparison: key, label, kind, width."""


class ModelTable(LongTable):
    """Rows are places of models on the board."""

    def __init__(self, id: str) -> None:
        super().__init__(lambda model: self._drawn[model], id)
        self._drawn: dict[int, list[Text]] = {}

    @property
    def model(self) -> int:
        """The one under the cursor."""
        found: int | None = self.current
        return found or 0

    def fill(self, known: Known, look: Look, baseline: int | None, ordered: bool, width: int) -> None:
        """Show every model; ``ordered``: the highest first; ``width``: the terminal's."""
        wide = width >= WIDE
        name = 26 if wide else 16
        models = range(len(known.standing.models))
        interval = max((len(look.interval(estimate)) for estimate in look.estimates), default=0)
        gap = f"Δ to {letters(baseline + 1)[-1]}" if baseline is not None else "Δ"
        heads = [Head("  model", name + 2), Head("figure", 8, True), Head("95%", interval), Head(gap, 8, True)]
        heads += [Head("Δ %", 7, True)] if wide else []
        wins = "wins·ties·losses" if wide else "w·t·l"
        heads += [Head("p Holm", 7, True), Head(wins, max(self._longest(look), len(wins)))]
        room = width - 1 - sum(head.width + GAP for head in heads)
        known_columns = [column for column in _MORE if any(row.get(column[0]) is not None for row in known.rows)]
        more = []
        for column in known_columns if wide else ():  # the sheet has them all
            if (room := room - column[3] - GAP) < 0:
                break
            more.append(column)
        heads += [Head(label, cells, True) for _, label, _, cells in more]
        self._drawn = {
            model: [
                *self._model(known, look, model, name), *self._compared(look, model, baseline, wide),
                *(_cost(known.rows[model], key, kind, cells) for key, _, kind, cells in more),
            ]
            for model in models
        }  # fmt: skip
        self.head(heads)
        self.show(look.order if ordered else list(models))
        self.styles.height = min(len(models), MOST_ROWS) + 1

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Labels and rows as they are shown, as text."""
        return [head.label.strip() for head in self.heads], [
            [cell.plain.strip() for cell in self._drawn[model]] for model in self.rows
        ]

    @property
    def _variables(self) -> dict[str, str]:
        return self.app.theme_variables

    @staticmethod
    def _longest(look: Look) -> int:
        return max((len(_wins(pair.wins, pair.ties, pair.losses)) for pair in look.pairs), default=0)

    def _model(self, known: Known, look: Look, model: int, name: int) -> list[Text]:
        """Name, figure with its mark, interval."""
        role = standings.INKS[model % len(standings.INKS)]
        found = "!" if known.rows[model].get("findings") else " "
        label = Text(end="").append(f"{letters(model + 1)[-1]}{found}", themes.style(self._variables, role, bold=True))
        label.append(apart(known.standing.models, name)[known.standing.models[model]])
        best = model == look.best
        mark = BEST if best else standings.ALIKE if _alike(look, model) else " "
        style = themes.style(self._variables, "best", bold=True) if best else ""
        figure = Text(f"{look.written(look.mean(model)):>6} {mark}", style, end="")
        return [label, figure, plain(look.interval(look.estimates[model]))]

    def _compared(self, look: Look, model: int, baseline: int | None, wide: bool) -> list[Text]:
        """Difference from the baseline, in points and where there is room in percent, p, wins."""
        rest = [Text("", end="") for _ in range(3 if wide else 2)]
        if baseline == model:
            return [Text("baseline", themes.style(self._variables, "label"), end=""), *rest]
        pair = look.pair(model, baseline) if baseline is not None else None
        if pair is None or baseline is None or not pair.n:
            return [Text(f"{fmt.MISSING:>8}", end=""), *rest]
        gap, there = look.metric.factor * pair.difference.mean, look.mean(baseline)
        share = f"{100 * gap / there:+.1f}%" if there else fmt.MISSING
        return [
            Text(f"{look.written(gap, sign=True):>6} {standings.against(pair)}", end=""),
            *([Text(f"{share:>7}", end="")] if wide else []),
            Text(f"{fmt.p_value(pair.holm):>7}", end=""), Text(_wins(pair.wins, pair.ties, pair.losses), end=""),
        ]  # fmt: skip


def _alike(look: Look, model: int) -> bool:
    """Whether the model is not shown to differ from the best."""
    best = look.best
    pair = look.pair(model, best) if best is not None and best != model else None
    return pair is not None and not math.isnan(pair.p) and not pair.real


def _wins(wins: int, ties: int, losses: int) -> str:
    return f"{wins:,}·{ties:,}·{losses:,}"


def _cost(row: Mapping[str, Any], key: str, kind: Kind, room: int) -> Text:
    return Text(f"{tables.show(row.get(key), kind):>{room}}", end="")
