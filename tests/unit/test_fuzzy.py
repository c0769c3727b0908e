"""Fuzzy search: what is found, what comes first, and what it may cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.fuzzy import Entry, fold, locate, search

NAMES = ["Run lora-r32-base", "Run lora-r8", "Run full-base", "Theme dusk", "test_3  学校の行事  客服: Grüße, İstanbul"]
ENTRIES = [Entry(name, f"help of number {number}", number) for number, name in enumerate(NAMES)]


def names(query: str) -> list[str]:
    return [found.entry.name for found in search(ENTRIES, query, 10)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("full", "Run full-base"),
        ("base full", "Run full-base"),
        ("lr32", "Run lora-r32-base"),
        ("r8", "Run lora-r8"),
        ("LORA R8", "Run lora-r8"),
        ("dusk", "Theme dusk"),
        ("行事", NAMES[4]),
        ("grüße", NAMES[4]),
        ("number 0", "Run lora-r32-base"),
        ("full number", "Run full-base"),
    ],
)
def test_what_comes_first(query: str, first: str) -> None:
    assert names(query)[0] == first


def test_what_is_not_found() -> None:
    assert names("zebra") == names("") == names("  ") == []
    assert names("lora zebra") == [], "every word counts"
    assert names("rn2s3 x") == []


def test_a_whole_word_comes_before_a_part_and_letters_apart() -> None:
    entries = [Entry(name, "", name) for name in ("s-t-o-p", "unstoppable", "stopwatch", "stop")]
    assert [found.entry.name for found in search(entries, "stop", 10)] == [
        "stop",
        "stopwatch",
        "unstoppable",
        "s-t-o-p",
    ]


def test_kinds_stand_in_their_order_and_equals_in_theirs() -> None:
    entries = [Entry("stop", "", 1), Entry("stop", "", 2), Entry("stop", "", 3, weight=1.0)]
    assert [found.entry.value for found in search(entries, "stop", 10)] == [3, 1, 2]
    assert len(search(entries, "stop", 2)) == 2


@given(st.text(min_size=1, max_size=20).filter(lambda text: not text.isspace()), st.text(max_size=80))
def test_places_are_places_in_the_name(query: str, text: str) -> None:
    assert len(fold(text)) == len(text)
    for found in search([Entry(text, "", None)], query, 1):
        wanted = set(fold("".join(query.split())))
        assert {fold(text)[place] for place in found.places} <= wanted
        assert list(found.places) == sorted(set(found.places))
    if query.strip() and not any(c.isspace() for c in query):
        assert search([Entry(f"{text}{query}{text}", "", None)], query, 1), "what is there is found"


def test_no_query_and_no_text_takes_long() -> None:
    """Counted in looks at the text, not in seconds: an endless search would never come back."""
    text = "ab" * 5_000
    assert locate("a" * 60 + "c", text) is None
    assert locate("aaaaaaaa", text) is not None
    assert search([Entry(text, "", None)] * 50, "b" * 40 + "!", 10) == []
