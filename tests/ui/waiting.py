"""Waiting for what threads read, without guessing at times; and reading what is on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual._context import visible_screen_stack
from textual.app import App
from textual.pilot import Pilot


async def until(pilot: Pilot[Any], true: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until ``true()``; fails after ``seconds``."""
    delay = 0.02
    async with asyncio.timeout(seconds):
        while not true():  # which may draw the whole screen
            await asyncio.sleep(delay)
            delay = min(1.5 * delay, 0.2)
    await pilot.pause()


async def on(pilot: Pilot[Any], screen: str) -> Any:
    """Wait until the screen of that class is on top and has drawn what it read; that screen."""

    def ready() -> bool:
        top = pilot.app.screen
        read = getattr(top, "snapshot", None) or getattr(top, "shown", None)
        return type(top).__name__ == screen and bool(
            read or screen not in ("RunsScreen", "LiveScreen", "ExploreScreen")
        )

    await until(pilot, ready)
    await pilot.pause(0.1)  # the dialogue under the cursor is laid out a moment after the table
    return pilot.app.screen


def drawn(app: App[Any]) -> str:
    """What is on the screen, as text."""
    # A dialogue keeps what it drew first: without what lies under it, that would be nothing.
    visible_screen_stack.set(app._background_screens)
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def told(app: App[Any], words: str) -> bool:
    """Whether a notice says so."""
    return any(words in note.message for note in app._notifications)
