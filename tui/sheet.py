"""The table of dialogues as text: its columns, what is pinned below the head, and the cells of a row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from engine.errors import DialtuneError
from engine.results.verdicts import Said
from tui import format as fmt
from tui import themes
from tui.explorer import Mean, Shown
from tui.metrics import extremes, metric
from tui.text import apart, fit, plain
from tui.widgets.dialogue import BEST, WORST, letters
from tui.widgets.longtable import GAP, Head

if TYPE_CHECKING:
    from engine.results.rows import Rows

NOTED = "¶"
ID, TOPIC, MODEL, TEXT = (9, 12, 20), (8, 24, 40), (7, 14, 22), (11, 40, 90)
"""Cells of a column: at least, to be read, and at most. A figure and its mark take seven."""
LABELLED = (14, 20, 26)
"""The same of a model that gives labels: a label, whether it is right, a share."""
RIGHT, WRONG = "✓", "✗"
FIGURE = 6
"""Cells of turns, words and differences."""


class Sheet:
    """The table of one :class:`Shown`, as wide as there is room."""

    def __init__(
        self, rows: Rows, shown: Shown, said: Said, blind: bool, width: int, colours: Mapping[str, str]
    ) -> None:
        """``blind``: without models and their figures."""
        self._rows, self._shown, self._said, self._blind = rows, shown, said, blind
        self._of = metric(shown.view.metric)
        self._models = () if blind else shown.view.columns
        self._best = themes.style(colours, "best", bold=True)
        self._worst = themes.style(colours, "warning")
        self._accent = themes.style(colours, "accent")
        self._quiet = themes.style(colours, "label")
        self._means = [shown.means[model] for model in self._models]
        self._letters = dict(zip(shown.view.columns, letters(len(shown.view.columns)), strict=True))
        self._read: dict[int, str] = {}
        self._columns = self._choose()
        self._widths = self._measure(width)

    # -- columns ----------------------------------------------------------------------------------

    def _choose(self) -> list[str]:
        """Names of columns; a model's with an equals sign before it."""
        pinned = [f"={model}" for model in self._models if model in self._shown.view.pinned]
        others = [f"={model}" for model in self._models if model not in self._shown.view.pinned]
        gap = [] if self._blind or self._shown.view.pair is None else ["gap"]
        return ["kept", "id", *pinned, *gap, *self._rows.task.explorer_columns, *others]

    def _measure(self, width: int) -> dict[str, int]:
        """Cells of each column: what each needs, then what makes names and topics readable, then all they can use."""
        sizes_of = LABELLED if self._rows.labelled else MODEL
        widths = {
            "kept": 3, "id": ID[0], "gap": FIGURE, "topic": TOPIC[0], "turns": 5, "words": 5, "text": TEXT[0],
        }  # fmt: skip
        widths = {name: widths.get(name, sizes_of[0]) for name in self._columns}
        models = [name for name in self._columns if name.startswith("=")]
        room = width - sum(widths.values()) - GAP * len(widths) - 1
        for step in (1, 2):
            for names, sizes in ((models, sizes_of), (["text"], TEXT), (["topic"], TOPIC), (["id"], ID)):
                if names and names[0] in widths and room >= len(names):
                    more = min(room // len(names), sizes[step] - widths[names[0]])
                    widths |= {name: widths[name] + more for name in names}
                    room -= more * len(names)
        return widths

    def heads(self) -> tuple[list[Head], int]:
        """The columns, and how many of them stay where they are."""
        heads = [
            Head(self._label(name), self._widths[name], name in ("gap", "turns", "words")) for name in self._columns
        ]
        return heads, 2 + sum(model in self._shown.view.pinned for model in self._models)

    def _label(self, name: str) -> str:
        if name.startswith("="):
            width = self._widths[name]
            return fit(f"{self._letters[name[1:]]} {apart(self._models, width - 2)[name[1:]]}", width)
        if name == "gap":
            first, second = self._shown.view.pair or ("", "")
            return f"{self._letters.get(first, '?')}−{self._letters.get(second, '?')}"
        return {"kept": "", "id": "id", "topic": "label" if self._rows.labelled else "topic"}.get(name, name)

    # -- what is pinned below the head ------------------------------------------------------------

    def pinned(self) -> list[list[Text]]:
        """Means of the rows shown; in how many a model is the best; of how many its mean is, where that differs."""
        lines = [self._line("mean")]
        if len(self._models) > 1 and self._of.good:
            lines.append(self._line("best in"))
        if not self.even:
            lines.append(self._line("n"))
        return lines

    @property
    def even(self) -> bool:
        """Whether the models' means are over the same dialogues."""
        return all(mean.amount == len(self._shown.places) for mean in self._means)

    def _line(self, what: str) -> list[Text]:
        fair = self.even and what == "mean"
        best, worst = extremes([mean.mean for mean in self._means], self._of) if fair else (frozenset(), frozenset())
        cells = []
        for name in self._columns:
            if name == "id":
                cells.append(Text(what, self._quiet, end=""))
            elif name.startswith("="):
                place = self._models.index(name[1:])
                cells.append(self._aggregate(what, self._means[place], place in best, place in worst))
            elif what != "mean" or name in ("kept", "topic", "text"):
                cells.append(Text("", end=""))
            elif name == "gap":
                gap = self._shown.difference
                cells.append(Text(f"{self._of.text(gap.mean if gap else None, sign=True):>{FIGURE}}", end=""))
            else:
                value = self._shown.turns if name == "turns" else self._shown.length
                cells.append(Text(f"{fmt.MISSING if math.isnan(value) else format(value, '.1f'):>5}", end=""))
        return cells

    def _aggregate(self, what: str, mean: Mean, best: bool, worst: bool) -> Text:
        if what == "mean":
            return self._figure(mean.mean, best, worst)
        return Text(f"{mean.best if what == 'best in' else mean.amount:>5,}", self._quiet, end="")

    # -- rows -------------------------------------------------------------------------------------

    def cells(self, place: int) -> Sequence[Text]:
        """The cells of the row at ``place`` of all rows."""
        place = int(place)
        figures = [float(self._shown.figures[model][place]) for model in self._models]
        best, worst = extremes(figures, self._of)
        cells = []
        for name in self._columns:
            if name.startswith("="):
                at = self._models.index(name[1:])
                if self._rows.labelled:
                    cells.append(self._labelled(name[1:], place, figures[at]))
                else:
                    cells.append(self._figure(figures[at], at in best, at in worst))
            else:
                cells.append(self._cell(name, place))
        return cells

    def _cell(self, name: str, place: int) -> Text:
        rows = self._rows
        if name == "kept":
            return Text(self._kept(place), self._accent, end="")
        if name in ("id", "topic"):
            return plain(fit((rows.ids if name == "id" else rows.topics)[place], self._widths[name]))
        if name == "text":
            return plain(fit(self._text(place), self._widths[name]))
        if name == "gap":
            return Text(f"{self._of.text(self._shown.gap(place), sign=True):>{FIGURE}}", end="")
        return Text(f"{int((rows.turns if name == 'turns' else rows.length)[place]):>5}", end="")

    def _text(self, place: int) -> str:
        """The text of a row, read from disk once for all the times it is drawn."""
        if place not in self._read:
            try:
                self._read[place] = " ".join(self._rows.detail(place).dialogue.split()) or "(empty)"
            except DialtuneError:  # written over meanwhile; opening the row says so
                self._read[place] = fmt.MISSING
        return self._read[place]

    def _labelled(self, model: str, place: int, figure: float) -> Text:
        """A label, whether it is right, and the figure that is looked at: for right or wrong, the label's share."""
        said = self._rows.said(model, place)
        if not said:
            return Text(fmt.MISSING, end="")
        right = float(self._rows.score(model, "correct")[place])
        of = metric("confidence") if self._of.key == "correct" else self._of
        value = float(self._rows.score(model, "confidence")[place]) if self._of.key == "correct" else figure
        width = self._widths[f"={model}"]
        mark = RIGHT if right == 1 else WRONG if right == 0 else " "
        style = self._best if right == 1 else self._worst if right == 0 else ""
        label = fit(self._rows.labels.get(said, said), width - 5)
        share = fmt.MISSING if math.isnan(value) else f"{of.scale * value:.0f}"
        return Text(f"{mark}{label:<{width - 5}} {share:>3}", style, end="")

    def _kept(self, place: int) -> str:
        """Whether it is marked, has a note, and what the verdict is: a letter, ``=``, or a tick while blind."""
        key, said = self._rows.key(place), self._said
        found = [fmt.MARKED if key in said.bookmarks else " ", NOTED if key in said.notes else " "]
        pair = self._shown.view.compared
        verdict = None
        if pair is not None:
            verdict = said.verdict(key, *pair, True) or (None if self._blind else said.verdict(key, *pair, False))
        if verdict is None:
            return "".join(found)
        return "".join(
            [*found, "✓" if self._blind else self._letters.get(verdict.winner, "?") if verdict.winner else "="]
        )

    def _figure(self, value: float, best: bool, worst: bool) -> Text:
        figure = f"{self._of.text(value):>5}"
        if best or worst:
            style: Style = self._best if best else self._worst
            return Text(f"{figure} {BEST if best else WORST}", style, end="")
        return Text(figure, end="")
