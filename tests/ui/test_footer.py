"""The line of keys at the foot: as many as fit, and a click presses one."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.waiting import drawn, on, until
from tui.app import DialtuneApp
from tui.widgets.footer import Footer, Offer, fitting

offers = st.lists(
    st.builds(Offer, st.text("ab", max_size=3), st.just("x"), st.text(max_size=8), st.none(), st.booleans()),
    unique=True,
)


@given(offers, st.integers(0, 120))
def test_only_whole_keys_are_shown_and_the_way_out_always_is(all_of_them: list[Offer], width: int) -> None:
    shown = fitting(all_of_them, width)
    assert [one for one in shown if one and one.stays] == [one for one in all_of_them if one.stays]
    assert [one for one in all_of_them if one in shown] == [one for one in shown if one]
    assert shown.count(None) == (len(all_of_them) > len([one for one in shown if one]))
    if any(one and not one.stays for one in shown):
        assert sum(one.width if one else 2 for one in shown) - 1 <= width


async def test_a_narrow_terminal_keeps_the_way_out_and_the_help(make: Callable[..., DialtuneApp]) -> None:
    app = make()
    async with app.run_test(size=(40, 24)) as pilot:
        await on(pilot, "RunsScreen")
        assert drawn(app).splitlines()[-1].rstrip() == "Enter Open … q Quit ? Help : Go"
        await pilot.resize_terminal(120, 24)
        await until(pilot, lambda: "s Stop q Quit" in drawn(app).splitlines()[-1])


async def test_a_click_presses_the_key_under_the_mouse(make: Callable[..., DialtuneApp]) -> None:
    app = make()
    async with app.run_test(size=(120, 24)) as pilot:
        await on(pilot, "RunsScreen")
        footer = app.screen.query_one(Footer)
        place = drawn(app).splitlines()[-1].index("Explore"), 0
        await pilot.hover(footer, place)
        assert footer.under == "e" and str(footer.tooltip).startswith("Compare the summaries")
        await pilot.click(footer, place)
        await on(pilot, "ExploreScreen")


async def test_keys_that_do_not_apply_are_not_offered(make: Callable[..., DialtuneApp]) -> None:
    app = make()
    async with app.run_test(size=(120, 24)) as pilot:
        await on(pilot, "RunsScreen")
        assert "Demo" not in drawn(app).splitlines()[-1]
        await pilot.press("enter")
        await on(pilot, "LiveScreen")
        await until(pilot, lambda: "Samples" in drawn(app).splitlines()[-1])
        assert "Resume" not in drawn(app).splitlines()[-1]
