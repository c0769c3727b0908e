"""How the terminal does: bytes a second, key-to-screen time, memory. One line, shown on request."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui import format as fmt
from tui.link import Figures

EVERY = 2.0
"""Seconds between two looks; the line should not be what keeps the line busy."""


class DebugLine(Static):
    """Above the footer of the screen that mounts it."""

    DEFAULT_CSS = "DebugLine { height: 1; padding: 0 1; text-wrap: nowrap; background: $panel; }"

    def __init__(self) -> None:
        import psutil  # only who asks for the line waits for it

        super().__init__(markup=False)
        self._process = psutil.Process()

    def on_mount(self) -> None:
        """Look at once, then in time."""
        self.set_interval(EVERY, self.look)
        self.look()

    def look(self) -> None:
        """Take the figures as they are."""
        driver = self.app._driver
        link = getattr(driver, "link", None)
        self.update(line(link.figures() if link else None, self._process.memory_info().rss, self.app))


def line(figures: Figures | None, memory: int, app: object) -> Content:
    """The line: what is sent, how long keys and answers take, memory, and how the terminal is treated."""
    parts: list[tuple[str, str]] = []
    if figures is None:
        parts.append(("", "no terminal"))
    else:
        worst = f" (worst {_milliseconds(figures.worst_key)})" if figures.worst_key is not None else ""
        parts.append(("key to screen ", _milliseconds(figures.key) + worst))
        parts += [("", f"{fmt.size(figures.rate)}/s"), ("of ", fmt.size(figures.sent))]
    parts.append(("memory ", fmt.size(memory)))
    parts.append(("", app.glyphs.level))  # type: ignore[attr-defined]
    if app.low_bandwidth:  # type: ignore[attr-defined]
        parts.append(("", "low bandwidth"))
    if figures is not None and figures.answer is not None:
        parts.append(("answer ", _milliseconds(figures.answer)))
    return Content("  ").join(Content.assemble((name, "$label"), value) for name, value in parts)


def _milliseconds(seconds: float | None) -> str:
    return fmt.MISSING if seconds is None else f"{seconds * 1000:.0f} ms"
