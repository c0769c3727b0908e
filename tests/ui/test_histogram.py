"""Histograms: every length is somewhere, nothing is wider than asked, the limit is where it belongs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.widgets.histogram import MARK, histogram


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=60), st.integers(8, 120), st.integers(1, 12),
    st.none() | st.integers(1, 6000), st.booleans(),
)  # fmt: skip
def test_it_fits_and_shows_everything(
    lengths: list[int], width: int, height: int, limit: int | None, log: bool
) -> None:
    found = histogram(lengths, width, height, limit, log)
    lines = [line.plain for line in found.lines]
    assert len(lines) == height + 1
    assert all(cell_len(line) <= width for line in lines)
    bins = {length // found.step for length in lengths}
    wide = max(width // max(len(set(range(max(bins) + 1))), 1), 1)
    shown = sum(character not in f" {MARK}" for character in lines[-2])
    assert shown >= len(bins), "the lowest line has a block for every length"
    assert shown % wide == 0 or limit is not None
    assert found.peak == max(sum(length // found.step == one for length in lengths) for one in bins)


def test_the_limit_stands_where_texts_are_cut() -> None:
    found = histogram([10, 20, 30, 99], 50, 3, limit=60)
    scale = found.lines[-1].plain
    assert found.step == 2 and scale.index(MARK) == 60 // 2 and "┊60" in scale
    assert found.lines[0].plain[30] == MARK
    assert scale.startswith("0") and scale.rstrip().endswith("100")
    far = histogram([10, 20, 30], 50, 3, limit=400)
    assert MARK not in "".join(line.plain for line in far.lines)
    close = histogram([10, 20, 30], 50, 3, limit=40)
    assert "┊40" in close.lines[-1].plain


def test_heights_follow_the_counts_or_their_logarithm() -> None:
    lengths = [1] * 1000 + [40]
    plain, log = histogram(lengths, 50, 4), histogram(lengths, 50, 4, log=True)
    assert plain.lines[-2].plain[40] == "▁"
    assert log.lines[-2].plain[40] > "▁"
    assert plain.lines[0].plain[1] == log.lines[0].plain[1] == "█"


def test_nothing_to_draw() -> None:
    assert histogram([], 50, 4).lines == () and histogram([1], 5, 4).lines == ()
    assert histogram([0, 0], 50, 2).lines[-2].plain.startswith("█")
