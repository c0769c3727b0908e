"""The curve: a run's training loss, smoothed, with its validation points; or any other figure, of several runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rich.text import Text
from textual.app import RenderResult
from textual.color import Color
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual_plotext import PlotextPlot

from engine.methods import UNTRAINED
from tui import format as fmt
from tui import keys
from tui.feed import RunSnapshot
from tui.lines import LETTERS, MARKERS, Line, colours, joined, letters
from tui.plotting import (
    AXES,
    STRENGTHS,
    ZOOM,
    Span,
    View,
    height,
    log_ticks,
    nearest,
    scaled,
    thinned,
    ticks,
    time_ticks,
    window,
)
from tui.text import fit
from tui.tracks import EPOCH, LOSS_METRIC, STEP, TIME, Detail, History, Metric, Points, Row, metrics, place
from tui.widgets.recoloured import Recoloured

REDRAW_SECONDS = 1.0
"""A plot is resent whole, which over SSH is several kilobytes; new data more often than this adds nothing."""
SLOW_REDRAW_SECONDS = 5.0
"""The same while little is to be sent."""
MOST_RUNS = len(LETTERS)
CURSOR = "┃"
_COLOURS = ("train", "validation", "speaker-3", "speaker-4", "reference", "speaker-1")
_AXIS_WORDS = {"step": "step", "epoch": "epoch", "time": "time"}


@dataclass(frozen=True)
class Wanted:
    """Bytes of a run's events whose real points would show more than their averages do."""

    run: str
    track: str
    start: int
    end: int | None


class Curve(Recoloured, PlotextPlot, can_focus=True):
    """Redrawn at once for a key, and at most once a second for new points."""

    BINDINGS = keys.bindings("table")

    class Looked(Message):
        """What is seen has changed: its cursor, its window, its runs."""

    def __init__(self, id: str = "curve") -> None:
        super().__init__(id=id, classes="pane")
        self.view = View()
        self.metric = LOSS_METRIC
        self._runs: dict[str, History] = {}
        self._details: dict[str, Detail] = {}
        self._main = ""
        self._lines: list[Line] | None = None
        self._drawn_at = 0.0
        self._later: Timer | None = None
        self._nothing = "Waiting for the first step"
        self.border_title = "loss"

    def on_mount(self) -> None:
        """Take the terminal's own colours where the theme does."""
        self.recolour()

    def recolour(self) -> None:
        """The plot's theme for the application's."""
        self.theme = "clear" if self.app.current_theme.ansi else "auto"

    # -- what is shown ------------------------------------------------------------------------

    def show(self, snapshot: RunSnapshot) -> None:
        """Take the snapshot's curves."""
        if snapshot.outline.method in UNTRAINED:
            self._nothing = (
                f"{snapshot.outline.method} asks the base as it is: nothing is trained, so there is no curve"
            )
        elif snapshot.outline.method == "imported":
            self._nothing = "imported summaries: nothing was trained here, so there is no curve"
        elif snapshot.status.over:
            self._nothing = "It ended before its first step"
        self._main = snapshot.outline.name
        others = {name: history for name, history in self._runs.items() if name != self._main}
        self._take({self._main: snapshot.history, **others})

    def overlay(self, runs: Mapping[str, History]) -> None:
        """Lay the curves of ``runs`` over the main one's, in place of those laid before."""
        main = {name: history for name, history in self._runs.items() if name == self._main}
        self._take({**main, **{name: runs[name] for name in list(runs)[: MOST_RUNS - 1]}})

    def detailed(self, run: str, detail: Detail) -> None:
        """Real points of ``run`` have been read."""
        self._details[run] = detail
        self._look(self.view)

    def _take(self, runs: dict[str, History]) -> None:
        if runs.keys() == self._runs.keys() and all(runs[name] is self._runs[name] for name in runs) and self._drawn_at:
            return
        anew = runs.keys() != self._runs.keys()
        self._runs, self._lines = runs, None
        pace = SLOW_REDRAW_SECONDS if getattr(self.app, "low_bandwidth", False) else REDRAW_SECONDS
        wait = 0.0 if anew else pace - (time.monotonic() - self._drawn_at)
        if wait <= 0:
            self._redraw()
        elif self._later is None:
            self._later = self.set_timer(wait, self._redraw)

    @property
    def names(self) -> list[str]:
        """The runs that are drawn, the screen's own first."""
        return list(self._runs)

    @property
    def lines(self) -> list[Line]:
        """One a run, the screen's own first."""
        if self._lines is None:
            self._lines = [
                Line(name, history, self.metric, self.view.axis, self.view.weight, self._details.get(name))
                for name, history in self._runs.items()
            ]
        return self._lines

    @property
    def whole(self) -> Span:
        """From the first point of any run to the last."""
        return joined(self.lines)

    @property
    def wanted(self) -> list[Wanted]:
        """What could be read for a closer look."""
        found = ((line, line.wanted(self.view, self.whole, self.size.width)) for line in self.lines)
        return [Wanted(line.name, self.metric.track, *stretch) for line, stretch in found if stretch is not None]

    # -- keys ---------------------------------------------------------------------------------

    def do(self, what: str) -> None:
        """Change the view, as the key table's words say."""
        view, whole, xs = self.view, self.whole, self._xs
        step = max(len(xs) // 10, 1)
        if what in ("zoom_in", "zoom_out"):
            view = view.zoomed(whole, ZOOM if what == "zoom_in" else 1 / ZOOM)
        elif what in ("left", "right"):
            view = view.pointed(xs, whole, -1 if what == "left" else 1)
        elif what in ("far_left", "far_right"):
            sign = -1 if what == "far_left" else 1
            if view.window is None:
                view = view.pointed(xs, whole, sign * step)
            else:
                view = replace(view.panned(whole, sign * 0.5), cursor=None)
        elif what in ("first", "last") and xs:
            x = xs[0] if what == "first" else xs[-1]
            view = replace(view.showing(whole, x), cursor=x)
        elif what == "reset":
            view = view.reset()
        elif what == "log":
            view = replace(view, log=not view.log)
        elif what == "smoothing":
            view = replace(view, strength=(view.strength + 1) % len(STRENGTHS))
        elif what == "axis":
            view = self._along(AXES[(AXES.index(view.axis) + 1) % len(AXES)])
        elif what in ("next_metric", "previous_metric"):
            self._turn(1 if what == "next_metric" else -1)
        self._look(view)

    def point_at(self, step: float) -> None:
        """Put the cursor at a step."""
        line = self.lines[0] if self.lines else None
        if line is None or not line.xs:
            return
        rows = line.stops
        row = rows[nearest([row[STEP] or 0.0 for row in rows], step)]
        x = place(row, self.view.axis, line.history.origin)
        self._look(replace(self.view.showing(self.whole, x), cursor=x))

    @property
    def cursor_step(self) -> float | None:
        """The step under the cursor, None without one."""
        row = self._row
        return row[STEP] if row is not None else None

    @property
    def _row(self) -> Row | None:
        """The row under the cursor."""
        if self.view.cursor is None or not self.lines:
            return None
        return self.lines[0].row_at(self.view.cursor)

    @property
    def _xs(self) -> list[float]:
        return next((line.xs for line in self.lines if line.xs), [])

    def _along(self, axis: Any) -> View:
        line = next((line for line in self.lines if line.xs), None)
        if line is None:
            return replace(self.view, axis=axis)
        rows = line.stops
        places = [[place(row, one, line.history.origin) for row in rows] for one in (self.view.axis, axis)]
        return self.view.on(axis, *places)

    def _turn(self, by: int) -> None:
        """The next of the metrics that any of the runs has."""
        known: dict[str, Metric] = {}
        for history in self._runs.values():
            known |= {metric.key: metric for metric in metrics(history)}
        found = list(known.values()) or [LOSS_METRIC]
        at = next((n for n, metric in enumerate(found) if metric.key == self.metric.key), 0)
        self.metric = found[(at + by) % len(found)]

    def _look(self, view: View) -> None:
        self.view, self._lines = view, None
        self._redraw()

    def action_cursor_left(self) -> None:
        """The cursor one point back."""
        self.do("left")

    def action_cursor_right(self) -> None:
        """The cursor one point on."""
        self.do("right")

    def action_cursor_up(self) -> None:
        """Zoom in."""
        self.do("zoom_in")

    def action_cursor_down(self) -> None:
        """Zoom out."""
        self.do("zoom_out")

    def action_page_up(self) -> None:
        """Half of what is seen to the left."""
        self.do("far_left")

    def action_page_down(self) -> None:
        """Half of what is seen to the right."""
        self.do("far_right")

    def action_scroll_top(self) -> None:
        """The cursor to the first point."""
        self.do("first")

    def action_scroll_bottom(self) -> None:
        """The cursor to the last point."""
        self.do("last")

    # -- words --------------------------------------------------------------------------------

    def value(self, number: float | None) -> str:
        """A figure of the metric as people read it."""
        if self.metric.unit == "bytes":
            return fmt.size(number)
        if self.metric.unit == "percent":
            return fmt.MISSING if number is None else f"{number:.0f}%"
        return fmt.score(number) if self.metric.unit == "score" else fmt.number(number)

    def readout(self) -> Content:
        """Everything at the cursor; empty without one."""
        x, line = self.view.cursor, self.lines[0] if self.lines else None
        if x is None or line is None:
            return Content("")
        pairs: list[tuple[str, str]] = []
        if (row := self._row) is not None:
            since = fmt.duration((row[TIME] or 0.0) - line.history.origin)
            pairs += [("step", f"{row[STEP] or 0:,.0f}"), ("epoch", f"{row[EPOCH] or 0:.2f}"), ("at", since)]
        for name, found in (("", line.mean), ("smoothed", line.smoothed)):
            if found:
                words = name or ("raw" if line.smoothed else self.metric.label)
                pairs.append((words, self.value(found[nearest([p[0] for p in found], x)][1])))
        if line.validation:
            at, loss = line.validation[nearest([p[0] for p in line.validation], x)]
            pairs.append(("validation", f"{fmt.number(loss)}{'' if at == x else ' at ' + self._place(at)}"))
        for letter, other in list(zip(LETTERS, self.lines, strict=False))[1:]:
            found = other.smoothed or other.mean
            if found:
                pairs.append((letter, self.value(found[nearest([p[0] for p in found], x)][1])))
        parts = [Content.assemble((f"{name} ".replace(" ", "\xa0"), "$label"), (text.replace(" ", "\xa0"), "bold"))
                 for name, text in pairs]  # fmt: skip
        return Content.assemble((f"{CURSOR} ", "bold $accent"), Content("  ").join(parts))

    def _place(self, x: float) -> str:
        if self.view.axis == "time":
            return fmt.duration(x)
        return f"{x:,.0f}" if self.view.axis == "step" else f"{x:.2f}"

    def _redraw(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        self._drawn_at = time.monotonic()
        self.border_title = self._title()
        view = self.view
        words = [_AXIS_WORDS[view.axis]]
        words += [f"smoothed {view.weight:g}"] if any(line.smoothed for line in self.lines) else []
        words += ["log scale"] if view.log else []
        if view.window is not None:
            left, right = view.seen(self.whole)
            words.append(f"{self._place(left)} to {self._place(right)}")
        self.border_subtitle = ", ".join(words) if any(line.xs for line in self.lines) else ""
        self.refresh()
        self.post_message(self.Looked())

    def _title(self) -> Content:
        label = self.metric.label
        parts: list[Any] = [label]
        if len(self.lines) > 1:
            room = max((self.size.width - len(label) - 6) // len(self.lines) - 6, 4)
            for line, letter, marker, ink in zip(self.lines, LETTERS, MARKERS, self._inks(), strict=False):
                parts.append((f"  {letter}{marker} {fit(line.name, room)}", f"${ink}"))
            return Content.assemble(*parts)
        for line in self.lines:
            if line.mean:
                word = "train " if self.metric is LOSS_METRIC else ""
                parts += [(f"  ⣀⡠ {word}", "$train"), self.value(line.mean[-1][1])]
            if line.validation:
                parts += [(f"  {MARKERS[0]} validation ", "$validation"), fmt.number(line.validation[-1][1])]
        return Content.assemble(*parts)

    def _inks(self) -> list[str]:
        """The theme's colour of each run: its own by its name, where there are several."""
        if len(self._runs) < 2:
            return ["train"]
        return [_COLOURS[at] for at in colours(self.names, len(_COLOURS))]

    # -- drawing ------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The plot without colours."""
        drawn = self.render()
        return drawn.plain if isinstance(drawn, Text | Content) else ""

    def render(self) -> RenderResult:
        """The plot, or a word on why there is none."""
        lines = self.lines
        if not any(line.xs for line in lines) or self.size.width < 12 or self.size.height < 3:
            return Content.styled(self._nothing, "$label")
        view, columns = self.view, self.size.width
        span = view.seen(self.whole)
        plot = self.plt
        plot.clear_data()
        plot.xaxes(True, False)
        plot.yaxes(True, False)
        inks = self._inks()
        drawn: list[tuple[Points, str, str, bool]] = []  # points, marker, role of the colour, whether joined
        for at, (line, ink) in enumerate(zip(lines, inks, strict=True)):
            raw = thinned(window(line.raw, span), 2 * columns)
            if line.smoothed and not at:
                drawn.append((raw, "braille", "label" if len(lines) == 1 else ink, False))
            curve = thinned(window(line.smoothed, span), 2 * columns) or raw
            drawn.append((curve, "braille", ink, True))
            if len(lines) > 1:
                drawn.append((letters(curve, span, 3, (at + 1) / (len(lines) + 1)), LETTERS[at], ink, False))
            points = [point for point in line.validation if span[0] <= point[0] <= span[1]]
            drawn.append((points, MARKERS[at], ink if len(lines) > 1 else "validation", False))
        drawn = [(scaled(points, view.log), *rest) for points, *rest in drawn]  # type: ignore[misc]
        low, high = height([y for points, *_ in drawn for _, y in points])
        plot.xlim(*span)
        plot.ylim(low, high)
        self._ticks(plot, span, (low, high))
        if view.cursor is not None and span[0] <= view.cursor <= span[1]:
            plot.vertical_line(view.cursor, color=self._ink("label"))
        for points, marker, ink, joined_up in drawn:
            if points:
                draw = plot.plot if joined_up else plot.scatter
                draw(*zip(*points, strict=True), marker=marker, color=self._ink(ink))
        return super().render()

    def _ticks(self, plot: Any, span: Span, heights: Span) -> None:
        most = max(self.size.width // 14, 2)
        if self.view.axis == "time":
            xs = time_ticks(*span, most)
            plot.xticks(xs, [fmt.duration(x) for x in xs])
        else:
            xs = ticks(*span, most, whole=self.view.axis == "step")
            plot.xticks(xs, [f"{x:,.0f}" if self.view.axis == "step" else f"{x:g}" for x in xs])
        rows = max(self.size.height // 3, 2)
        if self.view.log:
            values = log_ticks(*heights, rows)
            places = [y for _, y in scaled([(value, value) for value in values], True)]
        else:
            places = values = ticks(*heights, rows)
        plot.yticks(list(places), [self.value(value) for value in values])

    def _ink(self, role: str) -> int | tuple[int, int, int]:
        """A colour as plotext takes it: the number of one of the terminal's own, else red, green and blue."""
        found = Color.parse(self.app.theme_variables[role])
        return found.ansi if found.ansi is not None and found.ansi >= 0 else found.rgb
