"""The application as its terminal sees it: what is drawn with, how much is sent, and what a slow line changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen

from tui.drawing import GlyphFilter
from tui.driver import LineFree, SlowLine, TerminalDriver
from tui.glyphs import Choice
from tui.manner import Manner
from tui.thrift import Shadow, ThriftyUpdate
from tui.widgets.debug_line import DebugLine
from tui.widgets.follower import Follower


class Surface(App[int]):
    """Textual's application with a manner. Knows nothing of runs."""

    CSS = """
    /* Without colours the focus and the cursor need another sign. */
    Screen .pane:nocolor:focus { border: double $primary; }
    Screen Table:nocolor > .datatable--cursor { text-style: reverse; }
    Screen Input:nocolor > .input--cursor { text-style: reverse; }
    """

    def __init__(self, manner: Manner) -> None:
        self.shadow = Shadow()
        self._glyph_filter = GlyphFilter(manner.glyphs)
        self._low_bandwidth, self._shows_figures = False, manner.debug_line
        super().__init__()
        if self.no_color:  # Textual would send greys; https://no-color.org asks for no colour at all
            self._filters = [one for one in self._filters if not isinstance(one, Monochrome | NoColor)] + [NoColor()]
        if manner.low_bandwidth:
            self._spare()

    # -- drawing -----------------------------------------------------------------------------------

    @property
    def glyphs(self) -> Choice:
        """What is drawn with."""
        return self._glyph_filter.choice

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and ours for terminals that cannot draw everything."""
        found = super().get_line_filters()
        return [*found, self._glyph_filter] if self._glyph_filter.enabled else found

    def get_driver_class(self) -> type[Driver]:
        """Ours on a terminal; Textual's own elsewhere (a browser, a test)."""
        usual = super().get_driver_class()
        return TerminalDriver if usual is LinuxDriver else usual

    def on_resize(self, event: Resize) -> None:
        """A terminal that has changed its size may have moved or dropped what it showed."""
        self.shadow.forget()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send an update: only what differs, and nothing while the last ones are still on their way."""
        driver = self._driver
        if not isinstance(driver, TerminalDriver) or renderable is None or self._batch_count or not self._running:
            super()._display(screen, renderable)
            return
        if driver.link.behind:
            driver.link.waiting = True
            if driver.link.behind:  # else it has become free meanwhile, and nobody would call us back
                return
            driver.link.waiting = False
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = ThriftyUpdate(renderable, self.shadow, self.console)
            if not renderable.sequence and self.cursor_position == self._previous_cursor_position:
                return
        super()._display(screen, renderable)
        driver.link.update()

    def on_line_free(self, _: LineFree) -> None:
        """Send what was held back: the screen as it is now, in one go."""
        if len(self.screen_stack):
            self._display(self.screen, self.screen._compositor.render_update(True, self._background_screens))

    def action_redraw(self) -> None:
        """Send the whole screen again, for when something else wrote on the terminal."""
        self.shadow.forget()
        self.screen.refresh()

    # -- a slow line -------------------------------------------------------------------------------

    @property
    def low_bandwidth(self) -> bool:
        """Whether little is to be sent."""
        return self._low_bandwidth

    def on_slow_line(self, _: SlowLine) -> None:
        """The line was measured."""
        if not self._low_bandwidth:
            self._spare()
            self.notify("The line is slow: fewer updates from here on. Low bandwidth in the palette (:) changes it.")

    def action_low_bandwidth(self) -> None:
        """Send little, or everything again."""
        if self._low_bandwidth:
            self._low_bandwidth = False
            self.animation_level = "full"
            self._pace()
        else:
            self._spare()
        self.notify("Fewer updates" if self._low_bandwidth else "All updates", timeout=2)

    def _spare(self) -> None:
        self._low_bandwidth = True
        self.animation_level = "none"
        if isinstance(self._driver, TerminalDriver):
            self._driver.quiet_mouse()
        self._pace()

    def _pace(self) -> None:
        for screen in self._screen_stacks.get(self._current_mode, ()):
            for follower in screen.query(Follower):
                follower.pace()

    # -- figures -----------------------------------------------------------------------------------

    def action_debug_line(self) -> None:
        """Show or hide the figures of the terminal."""
        self._shows_figures = not self._shows_figures
        self.show_figures(self.screen)

    def show_figures(self, screen: Screen[Any]) -> None:
        """Give ``screen`` the line of figures, or take it away, as was asked."""
        there = screen.query(DebugLine)
        if self._shows_figures and not there:
            screen.mount(DebugLine())
        elif not self._shows_figures and there:
            there.remove()
