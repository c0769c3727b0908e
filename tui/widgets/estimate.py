"""A forecast, drawn: two lines where there is little room, every figure where there is more."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from textual.content import Content

from engine.forecast import Forecast
from tui import format as fmt
from tui.forecasting import VERDICTS, figures, money, verdict
from tui.text import clean

_BAR = 24


def brief(made: Forecast | None, waiting: str) -> Content:
    """Memory, time, money and steps on two lines; ``waiting`` says why there is nothing, or what is going on."""
    if made is None:
        return Content.styled(waiting, "$label")
    mark = VERDICTS[made.fit.verdict]
    seconds = made.pace.total
    first: list[Any] = [("memory ", "$label"), (f"{mark.glyph} {verdict(made)}", f"bold ${mark.style}")]
    first += [("  time ", "$label"), (fmt.duration(seconds) if seconds is not None else "not known", "bold")]
    if made.config.price_per_hour is not None:
        first += [("  cost ", "$label"), (money(made), "bold")]
    second: list[Any] = []
    if made.steps is not None:
        second += [("steps ", "$label"), f"{made.steps.total:,}", "  "]
    if made.parameters is not None:
        second += [("parameters ", "$label"), f"{made.parameters.total:,}"]
        second += [("  trained ", "$label"), f"{made.parameters.percent:.2f}%"]
    told = [*map(str, made.problems), *made.fit.advice]
    if told or not second:
        second = [(clean((told or [waiting])[0]), "$warning")]
    elif waiting:
        second += [(f"  {waiting}", "$label")]
    return Content("\n").join([Content.assemble(*first), Content.assemble(*second)])


def whole(made: Forecast | None, waiting: str) -> list[Content]:
    """Every figure with its name, section by section; what is lacking and what to do about it."""
    if made is None:
        return [Content.styled(waiting, "$label")]
    mark = VERDICTS[made.fit.verdict]
    lines = [Content.styled(f"{mark.glyph} {verdict(made)}", f"bold ${mark.style}")]
    if made.peak is not None:
        share = made.peak / max(made.place.free, 1)
        full, empty = fmt.bar(share, _BAR)
        lines.append(
            Content.assemble((full, f"${mark.style}"), (empty, "$label"), f" {share * 100:.0f}% of what is free")
        )
    lines += [Content.styled(clean(advice) + ".", "$warning") for advice in made.fit.advice]
    lines += [Content.styled(f"! {clean(problem)}", "$warning") for problem in made.problems]
    for section, group in groupby(figures(made), key=lambda figure: figure.section):
        lines += [Content(""), Content.styled(section, "bold $primary")]
        for figure in group:
            if figure.name == "verdict":
                continue
            strong = "bold" if figure.name in ("peak", "total", "steps", "parameters") else ""
            line = [(f"{figure.name:<19}", "$label"), (f"{figure.text:>15}", strong)]
            lines.append(Content.assemble(*line, (f"  {clean(figure.note)}", "$label")))
    if made.config.price_per_hour is None:
        lines.append(Content.styled("m sets what an hour of this machine costs", "$label"))
    lines += [Content(""), *(Content.styled(clean(note), "$label") for note in made.notes)]
    if waiting:
        lines.append(Content.styled(waiting, "$label"))
    return lines
