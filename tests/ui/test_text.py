"""Hostile text comes out harmless, and harmless text comes out as it was."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.fake_runs import HOSTILE
from tui.text import apart, clean, content, fit, plain

BAD = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "\u202e",
    "\u2066",
    "\u200b",
    "\r",
    "\x08",
    "\x1bP1;2q\x1b\\",
    "\ud800",
    "\u2028",
]
hostile = st.lists(st.one_of(st.text(), st.sampled_from(BAD), st.characters(categories=["Cc", "Cf", "Cs", "Mn"]))).map(
    "".join
)


@given(hostile)
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    result = clean(text)
    assert not [c for c in result if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    lines = clean(text, lines=True)
    assert not [c for c in lines if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert lines.replace("\n", " ") == result


@given(hostile)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean(clean(text, lines=True), lines=True) == clean(text, lines=True)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_ascii_stays(text: str) -> None:
    assert clean(text) == text


@given(hostile, st.integers(0, 40))
def test_fit_never_exceeds_its_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) <= width


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]52;c;ZXZpbA==\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;unterminated\nnext", " next"),
        ("\x9b2Jx\x9d0;t\x9cy", "xy"),
        ("a\u202egnp.exe\u202cb", "agnp.exeb"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tab\there", "tab here"),
        ("progress 1%\rprogress 2%", "progress 1% progress 2%"),
        ("学校 🚌 é", "学校 🚌 é"),
        ("lone \ud83d", "lone \ufffd"),
        ("z" + "\u0301" * 50, "z" + "\u0301" * 4),
        ("[bold]kept[/bold]", "[bold]kept[/bold]"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_brackets_are_never_markup() -> None:
    assert plain("[bold]x[/bold]").plain == "[bold]x[/bold]"
    assert content("[bold]x[/bold]", "$success").plain == "[bold]x[/bold]"
    assert not plain(HOSTILE).spans


def test_names_that_would_be_cut_alike_begin_where_they_differ() -> None:
    names = ["course-original", "course-instruct", "lora-r32-base", "full"]
    assert apart(names, 40) == dict(zip(names, names, strict=True))
    assert apart(names, 8) == dict(zip(names, ["…origin…", "…instru…", "lora-r3…", "full"], strict=True))
    assert apart(["course-a", "course-a-b"], 7) == {"course-a": "course…", "course-a-b": "…-b"}


@given(st.lists(st.text(max_size=30), unique=True, max_size=6), st.integers(0, 20))
def test_names_apart_fit_and_are_harmless(names: list[str], width: int) -> None:
    for name, text in apart(names, width).items():
        assert name in names
        assert cell_len(text) <= width
        assert clean(text) == text
