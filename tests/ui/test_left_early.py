"""One leaves a screen whenever one likes: while it reads, while its timers run, while its threads are at work."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.ui.test_freed import SCREENS
from tests.ui.waiting import on
from tui.app import DialtuneApp

MOST_SECONDS = 0.4


@pytest.mark.parametrize("key", SCREENS)
async def test_a_screen_may_be_left_at_any_moment(make: Callable[..., DialtuneApp], key: str) -> None:
    app, moments = make(), random.Random(key)
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "RunsScreen")
        for _ in range(6):
            app.simulate_key(key)
            await asyncio.sleep(MOST_SECONDS * moments.random() ** 2)  # early more often than late
            app.simulate_key("1" if type(app.screen).__name__ != "CheckScreen" else "escape")
            await asyncio.sleep(0.05 * moments.random())
            app.refresh(layout=True)
        await pilot.pause(0.5)
        await pilot.press("1")  # the last key may have come before its screen
        await on(pilot, "RunsScreen")


@pytest.mark.parametrize("key", SCREENS)
async def test_one_may_quit_at_any_moment(make: Callable[..., DialtuneApp], key: str) -> None:
    moments = random.Random(key)
    for _ in range(3):
        app = make()
        async with app.run_test(size=(120, 40)) as pilot:
            await on(pilot, "RunsScreen")
            app.simulate_key(key)
            await asyncio.sleep(MOST_SECONDS * moments.random() ** 2)
            app.exit()
        assert app._exception is None
