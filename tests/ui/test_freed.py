"""A terminal stays open for weeks: whatever one visits is let go of when one leaves."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable

from textual.dom import DOMNode

from tests.ui.waiting import on
from tui.app import DialtuneApp

SCREENS = {
    "enter": "LiveScreen", "e": "ExploreScreen", "6": "BoardScreen", "3": "DataScreen", "2": "NewScreen",
    "4": "PlaygroundScreen", "V": "CheckScreen",
}  # fmt: skip


def left() -> list[weakref.ref[DOMNode]]:
    """Widgets and screens that are on no screen any more and still there."""
    gc.collect()
    return [weakref.ref(one) for one in gc.get_objects() if isinstance(one, DOMNode) and not one.is_attached]


async def test_nothing_stays_of_screens_that_were_left(make: Callable[..., DialtuneApp]) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:

        async def around() -> None:
            for key, name in SCREENS.items():
                await pilot.press(key)
                await on(pilot, name)
                await pilot.press("escape")
                if type(app.screen).__name__ != "RunsScreen":
                    await pilot.press("1")
                await on(pilot, "RunsScreen")

        await on(pilot, "RunsScreen")
        await around()  # what is made once may stay
        before = set(left())
        await around()
        visited = [one for one in left() if one not in before]
        await around()  # what was held until the next visit is let go of by then
        await around()
        kept: Counter[str] = Counter()
        for _ in range(50):  # threads at work on what was shown end a moment later
            gc.collect()
            kept = Counter(type(found).__name__ for one in visited if (found := one()) is not None)
            if not kept:
                break
            await pilot.pause(0.1)
        assert not kept
