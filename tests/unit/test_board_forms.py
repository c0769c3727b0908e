"""The board as LaTeX, as a page, and what its plots are drawn from."""

from __future__ import annotations

import html.parser
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.results import board as boards
from engine.results import spread
from engine.results.standing import Standing, stand
from engine.results.table import Column, Table
from engine.runs.folder import Prediction, RunFolder
from tests.unit.run_factory import finished
from tests.unit.test_board import made
from tui import svg, webpage
from tui.canvas import Canvas
from tui.latex import escaped, latex

HOSTILE = '\x1b]52;c;ZXZpbA==\x07<script>alert(1)</script> \u202eevil & "quoted" \']]>'
BEST = "rouge1_best"


@pytest.fixture
def three(tmp_path: Path) -> list[RunFolder]:
    return [made(tmp_path, "base", 0.0, "zero-shot"), made(tmp_path, "full", 0.2, "full"), made(tmp_path, "twin", 0.2)]


# -- what plots are drawn from --------------------------------------------------------------------


def test_axes_end_at_round_places() -> None:
    assert spread.bounds(np.array([[3.2, 61.0], [math.nan, 40]])) == (0.0, 70.0)
    assert spread.bounds(np.array([[0.5]])) == pytest.approx((0.0, 1.0)), "one score only"
    assert spread.bounds(np.empty((0, 2))) == (0.0, 1.0)


def test_groups_of_like_length_hold_every_dialogue_once() -> None:
    words = np.array([5, 5, 5, 9, 20, 30, 31, 32, 80, 81], dtype=np.int64)
    values = np.arange(20.0).reshape(10, 2)
    values[4, 1] = math.nan
    found = spread.by_length(words, values, most=4)
    assert found.amounts.sum() == 10 and list(found.words) == sorted(found.words)
    assert found.means[0, 0] == pytest.approx(values[words <= found.words[0] + 5, 0][: found.amounts[0]].mean())
    assert found.correlations[0] == pytest.approx(0.99, abs=0.02)
    one = spread.by_length(np.array([7, 7]), np.array([[0.1], [0.3]]))
    assert list(one.amounts) == [2] and one.means[0, 0] == pytest.approx(0.2)


def test_dots_and_letters_stand_where_they_belong() -> None:
    canvas = Canvas(27, 12, (0, 10), (0, 10))
    canvas.dots([0, 10, 99, math.nan], [0, 10, 5, 5], "$train")
    canvas.letter(5, 5, "A", "bold")
    lines = [line.plain for line in canvas.lines("words")]
    assert len(lines) == 12 and max(map(len, lines)) <= 27
    assert lines[0].endswith("⠈") and lines[9].startswith("     0┤⡀"), "upper right, lower left"
    assert sum("A" in line for line in lines) == 1
    assert lines[-1].endswith("words")


# -- LaTeX and HTML -------------------------------------------------------------------------------


@given(st.text(max_size=40))
def test_latex_has_no_command_that_was_not_meant(text: str) -> None:
    table = Table((Column("a", "a"), Column("b", "b", "score")), ({"a": text, "b": 0.5}, {"a": "x", "b": 0.25}), text)
    drawn = latex(table)
    assert drawn.count(r"\begin{table}") == drawn.count(r"\end{table}") == 1
    rest = re.sub(r"\\[{}$&#_%]|\$\\(?:Delta|times)\$|\$-\$|\\text[a-z]+\{\}", "", escaped(text))
    assert not set(rest) & set('\\{}$&#_%^~<>|"')
    assert all(line.count("&") - line.count(r"\&") == 1 for line in drawn.splitlines() if line.endswith(r"\\"))


def test_latex_marks_the_best_and_sets_intervals_small(three: list[RunFolder]) -> None:
    drawn = latex(boards.board(three, standing=stand(three)))
    assert r"\toprule" in drawn and r"\bottomrule" in drawn
    bold = re.findall(r"^ *(\w+) &.*?\\textbf\{([\d.]+)\} \{\\scriptsize \[[\d.]+, [\d.]+\]\}", drawn, re.M)
    assert {name for name, _ in bold} == {"full", "twin"}, "equal ones are both best"


class Page(html.parser.HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.fixture
def standing(tmp_path: Path) -> Standing:
    """Two models of dialogues whose ids and topics are meant to break a page."""
    runs = []
    for name, shift in (("one", 0.0), ("two", 0.1)):
        rows = [
            Prediction(
                f"{HOSTILE}{at}",
                "s",
                "w " * (at + 2),
                HOSTILE,
                ("r",),
                {"rouge1": 0.1 * at + shift, "rouge1_best": 0.5},
            )
            for at in range(6)
        ]
        runs.append(finished(tmp_path, name, predictions=rows))
    return stand(runs)


def test_the_page_needs_nothing_and_runs_nothing(standing: Standing) -> None:
    tables_ = [
        ("Pairs", boards.pairs_table(standing, ["rouge1"])),
        (HOSTILE, Table((Column("a", HOSTILE),), ({"a": HOSTILE},))),
    ]
    page = webpage.report(standing, tables_, "rouge1", "one", now=0)
    found = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "foreignobject", "a"} & set(found.tags)
    assert found.tags.count("svg") == 4
    assert not any(name.startswith("on") or "://" in (value or "") for name, value in found.attributes)
    assert "://" not in page and "url(" not in page and "@import" not in page
    assert "\x1b" not in page and "\u202e" not in page
    assert "&lt;script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


@pytest.mark.parametrize("plot", ["intervals", "distributions", "lengths"])
@pytest.mark.parametrize("key", ["rouge1", "rouge1_best", "length_ratio"])
def test_plots_are_well_formed_and_inside_their_frame(standing: Standing, plot: str, key: str) -> None:
    text = getattr(svg, plot)(standing, key)
    root = ElementTree.fromstring(text)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        for name, most in (("x", width), ("cx", width), ("x1", width), ("x2", width), ("y", height), ("cy", height)):
            if name in element.attrib:
                assert -1 <= float(element.attrib[name]) <= most + 1
    assert "nan" not in text and "inf" not in text


def test_a_scatter_has_a_dot_a_dialogue(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    text = svg.scatter(standing, "rouge1", 1, 0)
    assert text.count("<circle") == 6
    assert ElementTree.fromstring(text) is not None
    monkeypatch.setattr(svg, "MOST_POINTS", 3)
    fewer = svg.scatter(standing, "rouge1", 1, 0)
    assert fewer.count("<circle") == 3 and "3 of 6 dialogues" in fewer


def test_many_models_are_plotted_against_the_baseline_only(tmp_path: Path) -> None:
    runs = [made(tmp_path, f"m{at}", at / 50) for at in range(5)]
    standing = stand(runs)
    assert len(svg.scattered(standing, "rouge1", 2)) == 4
    assert all(2 in pair for pair in svg.scattered(standing, "rouge1", 2))
    assert len(svg.scattered(stand(runs[:3]), "rouge1", None)) == 3
