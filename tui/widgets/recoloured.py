"""What is drawn in colours of its own is drawn again when the theme changes."""

from __future__ import annotations

from typing import Any


class Recoloured:
    """Of a screen or widget: calls ``recolour`` at each change of the theme, for as long as it is there.

    The application keeps whoever listens until the theme changes, which may be never: hence the end of listening.
    """

    def recolour(self) -> None:
        """Draw again in the colours of now."""
        raise NotImplementedError

    def on_mount(self: Any) -> None:
        """Listen."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.recolour())

    def on_unmount(self: Any) -> None:
        """Listen no more."""
        self.app.theme_changed_signal.unsubscribe(self)
