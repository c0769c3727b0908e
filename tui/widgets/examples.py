"""The cells of the data screen's two long tables, and what stands beside them: one example, or two that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual.content import Content

from engine.data import sameness
from engine.data.leakage import Leakage, Pair
from tui import themes
from tui.dataset import EXACT, NEAR, SHORT, Dataset, Row, explained, mark
from tui.text import clean, fit, plain
from tui.widgets.dialogue import dialogue
from tui.widgets.longtable import GAP, Head

Variables = Mapping[str, str]
"""The theme's colours."""
DIFFERS = "≠"
"""Before a turn that the other dialogue does not have."""

_FIXED = (Head("split", 5), Head("turns", 5, True), Head("words", 5, True), Head("sum.", 4, True),
          Head("refs", 4, True), Head("twice", 7))  # fmt: skip


def row_heads(width: int) -> list[Head]:
    """Columns of examples in ``width`` cells: id and topic share what the figures leave."""
    room = width - sum(head.width + GAP for head in _FIXED) - 2 * GAP
    name = max(10, min(room * 2 // 5, 24))
    split, *figures = _FIXED
    return [Head("id", name), split, Head("topic", max(10, min(room - name, 48))), *figures]


def row_cells(row: Row, heads: Sequence[Head], leakage: Leakage | None, variables: Variables) -> list[Text]:
    """One example."""
    twin = leakage.twins.get(row.place) if leakage else None
    style = themes.style(variables, "warning", bold=True) if twin and twin.leak else themes.style(variables, "label")
    figures = (row.measure.turns, row.measure.words, row.summary_words, len(row.example.references))
    return [
        plain(fit(row.example.id, heads[0].width)),
        Text(SHORT[row.place.split], end=""),
        plain(fit(row.example.topic, heads[2].width)),
        *(Text(f"{figure:>{head.width}}", end="") for figure, head in zip(figures, heads[3:7], strict=True)),
        Text(mark(twin), style, end=""),
    ]


def pair_heads(width: int) -> list[Head]:
    """Columns of pairs in ``width`` cells."""
    room = width - 1 - 5 - 5 - 5 - 7 * GAP
    name = max(10, min(room // 3, 24))
    return [
        Head("", 1), Head("alike", 5, True), Head("in", 5), Head("id", name), Head("and", 5), Head("id", name),
        Head("topic", max(8, min(room - 2 * name, 48))),
    ]  # fmt: skip


def pair_cells(pair: Pair, heads: Sequence[Head], data: Dataset, variables: Variables) -> list[Text]:
    """Two examples that are alike."""
    left, right = data.row(pair.left), data.row(pair.right)
    leak = pair.left.split != pair.right.split
    style = themes.style(variables, "warning" if leak else "label", bold=leak)
    return [
        Text(EXACT if pair.exact else NEAR, style, end=""),
        Text(alike(pair).rjust(5), end=""),
        Text(SHORT[left.place.split], end=""),
        plain(fit(left.example.id, heads[3].width)),
        Text(SHORT[right.place.split], end=""),
        plain(fit(right.example.id, heads[5].width)),
        plain(fit(left.example.topic, heads[6].width)),
    ]


def alike(pair: Pair) -> str:
    """``100%`` of exact duplicates only."""
    return "100%" if pair.exact else f"{min(100 * pair.similarity, 99.9):.1f}%"


def heading(row: Row) -> Content:
    """Id, split and topic, over an example."""
    example = row.example
    return Content(f"{fit(example.id, 24)}  {row.place.split}  {fit(example.topic, 40)}".rstrip())


def beside(row: Row, leakage: Leakage | None) -> list[Content]:
    """An example's references, and what is to be said of its duplicates."""
    lines: list[Content] = []
    several = len(row.example.references) > 1
    for number, reference in enumerate(row.example.references, start=1):
        title = f"reference {number}: " if several else "reference: "
        lines.append(Content.assemble((title, "$reference"), clean(reference)))
    figures = row.measure
    counted = f"{figures.turns} turns, {figures.speakers} speakers, {figures.words:,} words"
    lines += [Content(""), Content.styled(f"{counted}; {_each(figures.summary_words)} in the summary", "$label")]
    if said := explained(row, leakage.twins.get(row.place) if leakage else None):
        lines.append(Content.assemble(("! ", "bold $warning"), said))
    return lines


def _each(words: Sequence[int]) -> str:
    return ", ".join(f"{count:,}" for count in words) if words else "none"


def side(row: Row, other: Row) -> list[Content]:
    """A dialogue and its references; turns that the ``other`` one does not have are marked."""
    known = {sameness.key(line) for line in other.example.dialogue.splitlines()}
    lines = []
    for line in dialogue(row.example.dialogue):
        new = sameness.key(line.plain) not in known
        lines.append(Content.assemble((f"{DIFFERS} ", "bold $warning"), line) if new else line)
    references = row.example.references
    return [*lines, *(Content.assemble(("reference: ", "$reference"), clean(reference)) for reference in references)]


Jobs = Mapping[str, tuple[int, int]]


def working(jobs: Jobs) -> str:
    """``duplicates 43%, tokens 7%``; empty when nothing is at work."""
    said: list[str] = []
    for name, (done, total) in jobs.items():
        said.append(f"{name} {100 * done // total}%" if total else f"{name} …")
    return ", ".join(said)
