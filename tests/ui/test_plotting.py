"""Smoothing, zoom, pan, cursor and ticks: arithmetic without a screen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.plotting import (
    NARROWEST,
    STRENGTHS,
    View,
    height,
    log_ticks,
    nearest,
    scaled,
    smooth,
    thinned,
    ticks,
    time_ticks,
    window,
)

WHOLE = (0.0, 100.0)
XS = [float(n) for n in range(101)]
floats = st.floats(-1e6, 1e6)


def test_smoothing_begins_at_the_first_value_and_weighs_the_past() -> None:
    assert smooth([3.0, 1.0], 0.5) == [3.0, pytest.approx((3 * 0.25 + 1 * 0.5) / 0.75)]
    assert smooth([], 0.9) == []
    assert smooth([2.0] * 50, 0.97) == pytest.approx([2.0] * 50)


@given(st.lists(floats, min_size=1, max_size=60), st.sampled_from(STRENGTHS))
def test_smoothing_is_the_weighted_mean_that_it_says(values: list[float], weight: float) -> None:
    got = smooth(values, weight)
    weights = [weight**n for n in range(len(values))]
    expected = math.fsum(w * v for w, v in zip(weights, reversed(values), strict=True)) / math.fsum(weights)
    assert got[-1] == pytest.approx(expected, rel=1e-6, abs=1e-6)
    if weight == 0:
        assert got == pytest.approx(values)


def test_zooming_keeps_the_cursor_in_its_place() -> None:
    view = View(cursor=20.0).zoomed(WHOLE, 0.5)
    assert view.window == (10.0, 60.0)
    assert view.zoomed(WHOLE, 0.5).window == (15.0, 40.0)
    assert view.zoomed(WHOLE, 2.0) == View(cursor=20.0)


def test_zooming_without_a_cursor_stays_at_the_end_while_the_end_is_seen() -> None:
    view = View().zoomed(WHOLE, 0.5)
    assert (view.window, view.follows) == ((50.0, 100.0), True)
    assert view.seen((0.0, 110.0)) == (60.0, 110.0), "it moves along as the curve grows"
    middle = View(window=(20.0, 60.0)).zoomed(WHOLE, 0.5)
    assert (middle.window, middle.follows) == ((30.0, 50.0), False)
    assert middle.seen((0.0, 110.0)) == (30.0, 50.0)


def test_panning_stops_at_the_ends() -> None:
    view = View(window=(20.0, 40.0))
    assert view.panned(WHOLE, 0.5).window == (30.0, 50.0)
    assert view.panned(WHOLE, -5).window == (0.0, 20.0)
    right = view.panned(WHOLE, 50)
    assert (right.window, right.follows) == ((80.0, 100.0), True)
    assert View().panned(WHOLE, 1) == View()


def test_the_cursor_moves_by_points_and_takes_the_window_along() -> None:
    view = View().pointed(XS, WHOLE, -1)
    assert view.cursor == 100.0, "it starts at the last point"
    assert view.pointed(XS, WHOLE, -3).cursor == 97.0
    assert view.pointed(XS, WHOLE, 5).cursor == 100.0
    zoomed = View(window=(20.0, 40.0), cursor=40.0).pointed(XS, WHOLE, 1)
    assert (zoomed.cursor, zoomed.window) == (41.0, (21.0, 41.0))
    assert View(window=(20.0, 40.0)).pointed(XS, WHOLE, 1).cursor == 40.0
    assert View().pointed([], WHOLE, 1) == View()


def test_another_axis_shows_the_same_stretch() -> None:
    view = View(window=(20.0, 40.0), cursor=30.0)
    there = view.on("epoch", XS, [x / 10 for x in XS])
    assert (there.axis, there.window, there.cursor) == ("epoch", (2.0, 4.0), 3.0)
    assert view.on("time", [], []).window is None
    assert view.on("epoch", XS, [1.0] * len(XS)).window is None, "all in one place"


@given(
    st.lists(st.tuples(st.sampled_from(["in", "out", "pan", "point", "grow"]), st.floats(-3, 3)), max_size=30),
)
def test_no_way_leads_out_of_the_curve(moves: list[tuple[str, float]]) -> None:
    view, whole = View(), WHOLE
    for name, by in moves:
        if name == "grow":
            whole = (whole[0], whole[1] + abs(by))
        elif name == "pan":
            view = view.panned(whole, by)
        elif name == "point":
            view = view.pointed(XS, whole, round(by))
        else:
            view = view.zoomed(whole, 0.5 if name == "in" else 2.0)
        left, right = view.seen(whole)
        slack = 1e-6 * (whole[1] - whole[0])
        assert whole[0] - slack <= left < right <= whole[1] + slack
        assert right - left >= (whole[1] - whole[0]) * NARROWEST * 0.5
        if view.cursor is not None:
            assert view.cursor in XS


def test_a_curve_of_one_point_can_be_looked_at() -> None:
    assert View().seen((5.0, 5.0)) == (4.5, 5.5)
    assert View().zoomed((5.0, 5.0), 0.5) == View()
    assert View().pointed([5.0], (5.0, 5.0), -1).cursor == 5.0
    assert ticks(4.5, 5.5, 4, whole=True) == [5.0]


def test_the_window_is_cut_along_the_line() -> None:
    points = [(0.0, 0.0), (10.0, 10.0), (20.0, 0.0)]
    assert window(points, (5.0, 12.0)) == [(5.0, 5.0), (10.0, 10.0), (12.0, 8.0)]
    assert window(points, (2.0, 4.0)) == [(2.0, 2.0), (4.0, 4.0)]
    assert window(points, (0.0, 20.0)) == points
    assert window(points, (30.0, 40.0)) == []
    assert window([], (0.0, 1.0)) == []


@given(st.lists(st.tuples(st.integers(0, 500), floats), max_size=400), st.integers(1, 20))
def test_thinning_keeps_the_extremes(pairs: list[tuple[int, float]], columns: int) -> None:
    points = sorted((float(x), y) for x, y in dict(pairs).items())
    found = thinned(points, columns)
    assert len(found) <= 4 * (columns + 1)
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    if points:
        assert {min(y for _, y in points), max(y for _, y in points)} <= {y for _, y in found}
        assert (found[0], found[-1]) == (points[0], points[-1])


@given(floats, st.floats(1e-6, 1e6), st.integers(1, 12))
def test_ticks_are_few_round_and_inside(first: float, span: float, most: int) -> None:
    last = first + span
    if last == first:
        return
    found = ticks(first, last, most)
    assert 1 <= len(found) <= most + 1
    assert all(first - span * 0.01 <= tick <= last + span * 0.01 for tick in found)


def test_whole_ticks_have_no_fractions() -> None:
    assert ticks(1, 4, 9, whole=True) == [1, 2, 3, 4]
    assert ticks(10, 600, 5, whole=True) == [200, 400, 600]


def test_time_ticks_are_what_a_clock_shows() -> None:
    assert time_ticks(0, 3600, 5) == [0, 900, 1800, 2700, 3600]
    assert time_ticks(0, 90, 4) == [0, 30, 60, 90]
    assert time_ticks(0, 3 * 86400, 4) == [0, 86400, 172800, 259200]
    assert time_ticks(0, 1.0, 4)[-1] == pytest.approx(1.0)
    assert time_ticks(0, 1e12, 4)


def test_log_ticks_are_decades_with_what_fits_between() -> None:
    assert log_ticks(-4, -1, 5) == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])
    assert log_ticks(0, 1, 5) == pytest.approx([1, 2, 5, 10])
    assert all(1.55 <= tick <= 2.3 for tick in log_ticks(math.log10(1.6), math.log10(2.2), 4))
    assert len(log_ticks(-300, 300, 5)) <= 5


def test_what_has_no_logarithm_is_left_out() -> None:
    assert scaled([(1.0, 10.0), (2.0, 0.0), (3.0, -1.0)], log=True) == [(1.0, 1.0)]
    assert scaled([(1.0, -1.0)], log=False) == [(1.0, -1.0)]
    low, high = height([3.0])
    assert low < 3.0 < high
    assert height([]) == (0.0, 1.0)
    low, high = height([0.0])
    assert low < 0.0 < high


@given(st.lists(floats, min_size=1, unique=True), floats)
def test_the_nearest_is_the_nearest(xs: list[float], x: float) -> None:
    xs.sort()
    assert abs(xs[nearest(xs, x)] - x) == min(abs(other - x) for other in xs)
