"""The loss curve: training loss as a line, validation loss as points."""

from __future__ import annotations

import math
import time
from typing import Any

from textual.app import RenderResult
from textual.color import Color
from textual.content import Content
from textual.timer import Timer
from textual_plotext import PlotextPlot

from tui import format as fmt
from tui.feed import RunSnapshot

REDRAW_SECONDS = 1.0
"""A plot is resent whole, which over SSH is several kilobytes; more often than this adds nothing."""
SLOW_REDRAW_SECONDS = 5.0
"""The same while little is to be sent."""
POINT = "◆"


class Curve(PlotextPlot):
    """Redrawn when its points have changed, and at most once a second."""

    def __init__(self, id: str = "curve") -> None:
        super().__init__(id=id, classes="pane")
        self._points: tuple[Any, Any] = ((), ())
        self._drawn_at = 0.0
        self._later: Timer | None = None
        self._nothing = "Waiting for the first step"
        self.border_title = "loss"

    def on_mount(self) -> None:
        """Take the terminal's own colours where the theme does."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._colour())
        self._colour()

    def _colour(self) -> None:
        self.theme = "clear" if self.app.current_theme.ansi else "auto"

    def show(self, snapshot: RunSnapshot) -> None:
        """Take the snapshot's curves."""
        if snapshot.outline.method == "zero-shot":
            self._nothing = "zero-shot asks the base as it is: nothing is trained, so there is no curve"
        elif snapshot.status.over:
            self._nothing = "It ended before its first step"
        points = (snapshot.train, snapshot.validation)
        if points == self._points and self._drawn_at:
            return
        self._points = points
        seconds = SLOW_REDRAW_SECONDS if getattr(self.app, "low_bandwidth", False) else REDRAW_SECONDS
        wait = seconds - (time.monotonic() - self._drawn_at)
        if wait <= 0:
            self._redraw()
        elif self._later is None:
            self._later = self.set_timer(wait, self._redraw)

    def _redraw(self) -> None:
        self._later = None
        self._drawn_at = time.monotonic()
        train, validation = self._points
        parts: list[Any] = ["loss"]
        if train:
            parts += [("  ⣀⡠ train ", "$train"), fmt.number(train[-1][1])]
        if validation:
            parts += [(f"  {POINT} validation ", "$validation"), fmt.number(validation[-1][1])]
        self.border_title = Content.assemble(*parts)
        self.border_subtitle = "step" if train or validation else ""
        self.refresh()

    def render(self) -> RenderResult:
        """The plot, or a word on why there is none."""
        train, validation = self._points
        if not (train or validation) or self.size.width < 12 or self.size.height < 3:
            return Content.styled(self._nothing, "$label")
        plot, variables = self.plt, self.app.theme_variables
        plot.clear_data()
        plot.xaxes(True, False)
        plot.yaxes(True, False)
        steps = [point[0] for points in (train, validation) for point in points]
        ticks = whole_ticks(min(steps), max(steps), max(self.size.width // 14, 2))
        plot.xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
        if train:
            plot.plot(*zip(*train, strict=True), marker="braille", color=_ink(variables["train"]))
        if validation:
            plot.scatter(*zip(*validation, strict=True), marker=POINT, color=_ink(variables["validation"]))
        return super().render()


def _ink(colour: str) -> int | tuple[int, int, int]:
    """A colour as plotext takes it: the number of one of the terminal's own, else red, green and blue."""
    found = Color.parse(colour)
    return found.ansi if found.ansi is not None and found.ansi >= 0 else found.rgb


def whole_ticks(first: float, last: float, most: int) -> list[float]:
    """Round whole numbers between ``first`` and ``last``, at most ``most`` of them (or one, when none is round)."""
    span = max(last - first, 1.0)
    size = 10.0 ** math.floor(math.log10(span / most)) if span > most else 1.0
    stride = next(size * factor for factor in (1, 2, 5, 10, 20) if span / (size * factor) < most or factor == 20)
    ticks = [stride * n for n in range(math.ceil(first / stride), math.floor(last / stride) + 1)]
    return ticks or [last]
