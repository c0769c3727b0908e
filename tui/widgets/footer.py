"""The keys of the screen, at its foot."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

MORE = "…"
WAYS_OUT = ("back", "app.quit")


class Offer(NamedTuple):
    """A key as the foot offers it."""

    key: str
    written: str
    label: str
    help: str | None
    stays: bool
    """Whether it is there however narrow the line is."""

    @property
    def width(self) -> int:
        """Terminal cells, with the blank behind it."""
        return cell_len(f"{self.written} {self.label} ")


def fitting(offers: list[Offer], width: int) -> list[Offer | None]:
    """Those of ``offers`` for which ``width`` cells are enough, whole ones only; None stands where some are left out.

    The way out and what holds everywhere (the help, which has all keys) go last of all.
    """
    if sum(offer.width for offer in offers) <= width + 1:
        return [*offers]
    left = width + 1 - cell_len(f"{MORE} ") - sum(offer.width for offer in offers if offer.stays)
    shown: list[Offer | None] = []
    for offer in offers:
        if offer.stays or offer.width <= left:
            shown.append(offer)
            left -= 0 if offer.stays else offer.width
        elif None not in shown:
            shown.append(None)
            left = 0  # the ones behind are left out too: no gaps
    return shown


class Footer(Widget, can_focus=False):
    """One line, drawn by one widget: Textual's makes a widget of each key, anew whenever one of them comes or goes.

    A click on a key presses it; under the mouse it says what it does.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"footer--key", "footer--label", "footer--under"}  # noqa: RUF012 - Textual's own declaration
    DEFAULT_CSS = """
    Footer {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;
        .footer--key { color: $footer-key-foreground; background: $footer-key-background; text-style: bold; }
        .footer--label { color: $footer-description-foreground; background: $footer-description-background; }
        .footer--under { background: $block-hover-background; }
    }
    """

    offers: reactive[list[Offer]] = reactive(list)
    under = reactive("")
    """The key under the mouse."""

    def on_mount(self) -> None:
        """Follow which keys there are."""
        self.screen.bindings_updated_signal.subscribe(self, self.changed)
        self.changed(self.screen)

    def on_unmount(self) -> None:
        """No longer."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def changed(self, screen: Screen[object]) -> None:
        """Keys came or went."""
        if not self.app.app_focus:
            return
        found: dict[str, Offer] = {}
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            if binding.show and enabled and binding.action not in found:
                written = self.app.get_key_display(binding)
                stays = node is self.app or binding.action in WAYS_OUT
                found[binding.action] = Offer(binding.key, written, binding.description, tooltip, stays)
        self.offers = list(found.values())

    def render(self) -> Content:
        """The line."""
        key, label = self.get_visual_style("footer--key"), self.get_visual_style("footer--label")
        under = self.get_visual_style("footer--under", partial=True)
        parts: list[Content | tuple[str, Style]] = []
        for offer in fitting(self.offers, self.size.width):
            if offer is None:
                parts.append((f"{MORE} ", label))
                continue
            more = Style.from_meta({"key": offer.key}) + (under if offer.key == self.under else Style.null())
            parts += [(offer.written, key + more), (f" {offer.label}", label + more), (" ", label)]
        return Content.assemble(*parts)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the key under the mouse, and say what it does."""
        self.under = event.style.meta.get("key", "")
        self.tooltip = next((offer.help for offer in self.offers if offer.key == self.under), None)

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self.under = ""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)
