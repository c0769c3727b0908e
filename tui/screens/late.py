"""What comes late: the beginning, timers and threads of a screen that one may have left by then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.timer import Timer


class Late(Screen[Any]):
    """Of a screen: it does nothing more once it has been left, when its widgets are taken away one by one."""

    @property
    def left(self) -> bool:
        """Whether it is neither shown nor under another screen, for good; so is every screen once one quits."""
        return not self.is_attached or self not in self.app.screen_stack

    async def on_event(self, event: events.Event) -> None:
        """Textual's; of what was left, perhaps before it began (by two quick keys), only its end is heard.

        And callbacks, for somebody may wait for those.
        """
        if not self.left or isinstance(event, (events.Unmount, events.Callback)):
            await super().on_event(event)

    def from_thread(self, do: Callable[..., Any], *arguments: Any) -> None:
        """From a thread: have the terminal ``do`` it, if one is still on the screen (or one above it) by then."""
        if self.app.is_running and not self.left:  # nobody may be there to take it
            self.app.call_from_thread(self._unless_left(do, *arguments))

    def set_timer(self, delay: float, callback: Callable[..., Any] | None = None, **more: Any) -> Timer:
        """Textual's; ``callback`` is not called once the screen has been left."""
        return super().set_timer(delay, callback and self._unless_left(callback), **more)

    def set_interval(self, interval: float, callback: Callable[..., Any] | None = None, **more: Any) -> Timer:
        """Textual's; ``callback`` is not called once the screen has been left."""
        return super().set_interval(interval, callback and self._unless_left(callback), **more)

    def call_after_refresh(self, callback: Callable[..., Any], *arguments: Any, **more: Any) -> bool:
        """Textual's; ``callback`` is not called once the screen has been left."""
        return super().call_after_refresh(self._unless_left(callback, *arguments, **more))

    def _unless_left(self, do: Callable[..., Any], *arguments: Any, **more: Any) -> Callable[[], Any]:
        return lambda: None if self.left else do(*arguments, **more)
