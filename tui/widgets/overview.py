"""A data set in figures: splits, duplicates, topics, notices; and how long its dialogues and summaries are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from textual.content import Content

from engine.data.audit import Spread, spread
from engine.data.columns import SplitName
from engine.data.leakage import Leakage
from engine.spec import RunSpec
from engine.study import Lengths
from tui import format as fmt
from tui import report
from tui.dataset import Dataset, chosen_lengths, over, share
from tui.text import clean, fit
from tui.widgets.histogram import histogram

TOPICS = 12
_BAR = 12
_LABEL = 15
_SPREAD = 15
"""Cells of a median with its extremes."""


def overview(
    data: Dataset, leakage: Leakage | None, looking: str, split: SplitName | None, width: int
) -> list[Content]:
    """All of it; ``looking`` stands in the place of the duplicates until they are known."""
    lines = _splits(data, width)
    lines += [Content(""), Content.styled("Duplicates", "bold")]
    if leakage is None:
        lines.append(Content.styled(clean(looking), "$label"))
    else:
        bad = any(overlap.leak and (overlap.exact or overlap.near) for overlap in leakage.overlaps)
        for at, line in enumerate(report.sentences(leakage, data)):
            lines.append(Content.assemble(("! " if bad and at == 0 else "  ", "$warning"), line))
        lines.append(Content.styled(f"  {report.RULE}", "$label"))
    if topics := _topics(data, split, width):
        lines += [Content(""), *topics]
    if data.loaded.notices:
        lines += [Content(""), Content.styled("How it was read", "bold")]
        lines += [Content.assemble(("· ", "$notice-info"), clean(notice)) for notice in data.loaded.notices]
    return lines


def _splits(data: Dataset, width: int) -> list[Content]:
    room = max(min((width - _LABEL) // max(len(data.facts), 1), 18), 10)
    lines = [Content.assemble(" " * _LABEL, *((f"{facts.split:>{room}}", "bold") for facts in data.facts))]
    lines.append(_figures("dialogues", [f"{facts.dialogues:,}" for facts in data.facts], room))
    lines.append(_figures("references", [f"{facts.references:,}" for facts in data.facts], room))
    if any(facts.topics for facts in data.facts):
        lines.append(_figures("topics", [f"{len(facts.topics):,}" for facts in data.facts], room))
    for name in ("turns", "speakers", "words", "summary_words"):
        spreads: list[Spread] = [getattr(facts, name) for facts in data.facts]
        label = name.replace("_", " ")
        lines.append(_figures(label, [_median(s, room) for s in spreads], room))
    lines.append(_figures("words : summary", [f"{facts.compression.median:.1f}" for facts in data.facts], room))
    lines.append(Content.styled("Medians" + (" (least–most)." if room >= _SPREAD else "."), "$label"))
    return lines


def _median(figures: Spread, room: int) -> str:
    whole = f"{figures.median:,.0f} ({figures.least:,.0f}–{figures.most:,.0f})"
    return whole if room >= _SPREAD else f"{figures.median:,.0f}"


def _figures(label: str, figures: Sequence[str], room: int, style: str = "") -> Content:
    return Content.assemble((f"{label:<{_LABEL}}", "$label"), *((f"{figure:>{room}}", style) for figure in figures))


def _topics(data: Dataset, split: SplitName | None, width: int) -> list[Content]:
    counted: Counter[str] = Counter()
    dialogues = 0
    for facts in data.facts:
        if split in (None, facts.split):
            counted.update(dict(facts.topics))
            dialogues += facts.dialogues
    if not counted:
        return []
    first = sorted(counted.items(), key=lambda topic: (-topic[1], topic[0]))[:TOPICS]
    name = f"Topics of {split}" if split else "Topics"
    rest = f": the most frequent of {len(counted):,}" if len(counted) > TOPICS else ""
    lines = [Content.assemble((name, "bold"), (rest, "$label"))]
    room = max(width - _BAR - 18, 12)
    for topic, amount in first:
        full, empty = fmt.bar(amount / first[0][1], _BAR)
        figures = f"{amount:>7,}", (f" {share(amount, dialogues):>6} ", "$label")
        lines.append(Content.assemble(*figures, (full, "$train"), (empty, "$label"), " ", fit(topic, room)))
    return lines


def lengths_of(
    data: Dataset, lengths: Lengths | None, spec: RunSpec, split: SplitName | None, log: bool, width: int, height: int
) -> list[Content]:
    """Two histograms, of dialogues and of references, in ``height`` lines: tokens, or words without ``lengths``."""
    source, target = chosen_lengths(data, lengths, split)
    of = f"the {split} split" if split else "all splits"
    unit = "tokens" if lengths is not None else "words"
    names = ("prompts" if lengths is not None else "dialogues", "references")
    limits: tuple[int | None, ...] = (None, None)
    if lengths is not None:
        limits = (spec.data.max_source_tokens, spec.data.max_target_tokens)
    fields = ("data.max_source_tokens", "data.max_target_tokens")
    rows = max((height - 2 * (4 if lengths is not None else 3)) // 2, 2)
    lines: list[Content] = []
    for name, figures, limit, setting in zip(names, (source, target), limits, fields, strict=True):
        drawn = histogram(figures, width, rows, limit, log)
        peak = f"  highest column {drawn.peak:,} {name}" if drawn.lines else ""
        scale = f" of {drawn.step} lengths" if drawn.step > 1 else ""
        head = f"{unit.capitalize()} of {name}, {of}{', log scale' if log else ''}"
        lines.append(Content.assemble((head, "bold"), (fit(peak + scale, max(width - len(head), 0)), "$label")))
        lines += drawn.lines
        lines.append(Content(report.spread_line(spread(figures))))
        if limit is not None:
            lines.append(_cut(figures, name, limit, setting))
    return lines


def _cut(figures: Sequence[int], name: str, limit: int, setting: str) -> Content:
    longer = over(figures, limit)
    if not longer:
        return Content.styled(f"None exceeds {setting} = {limit:,}.", "$label")
    said = f"{longer:,} ({share(longer, len(figures))}) exceed {setting} = {limit:,} and are cut."
    return Content.assemble(("! ", "bold $warning"), said)
