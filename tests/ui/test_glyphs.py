"""What is drawn with, chosen and replaced."""

from __future__ import annotations

import ast
import io
import os
import pty
import re
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual._border import BORDER_CHARS

from tests.ui.waiting import drawn, on, until
from tui import glyphs, probe
from tui.app import DialtuneApp
from tui.glyphs import Choice, choose
from tui.manner import Manner
from tui.widgets.pane import Pane

ROOT = Path(__file__).parent.parent.parent
ASCII = Manner(Choice("ascii", letters=False))


def _ours() -> Iterator[tuple[str, str]]:
    """Every character beyond ASCII that our sources hold in a string, and where; doc strings aside."""
    for path in [*ROOT.glob("tui/**/*.py"), *ROOT.glob("engine/*.py"), *ROOT.glob("engine/runs/*.py")]:
        if path.name == "glyphs.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                yield from ((character, path.name) for character in node.value if not character.isascii())


def test_every_character_that_we_draw_has_one_for_every_terminal() -> None:
    found = dict(_ours()) | {c: "border" for sides in BORDER_CHARS.values() for row in sides for c in row if c > "\x7f"}
    lacking = {character: place for character, place in found.items() if glyphs.replacement(character, "ascii") is None}
    assert not lacking, f"give them a line in tui/glyphs.py: {lacking}"
    assert len(found) > 20


@pytest.mark.parametrize("level", ["blocks", "ascii"])
def test_what_replaces_is_as_wide_and_can_be_drawn(level: glyphs.Level) -> None:
    every = [*glyphs.GLYPHS, *map(chr, range(0x2500, 0x2580)), *map(chr, range(0x2800, 0x2900))]
    for character in every:
        drawn_as = glyphs.replacement(character, level)
        assert drawn_as is not None and cell_len(drawn_as) == cell_len(character), character
        if level == "ascii":
            assert drawn_as.isascii() and drawn_as.isprintable(), character
        else:
            drawn_as.encode("cp437") if drawn_as not in "▲►▼◄•♦○↑↓←→↕↔√■□¶§…∙" else None


@given(st.text(), st.sampled_from(["blocks", "ascii"]), st.booleans())
def test_text_keeps_its_width(text: str, level: glyphs.Level, letters: bool) -> None:
    result = glyphs.draw(text, Choice(level, letters))
    assert sum(map(cell_len, result)) == sum(map(cell_len, text))
    if level == "ascii" and not letters:
        assert result.isascii()


def test_a_curve_keeps_its_shape() -> None:
    assert glyphs.draw("⠉⣀⠤⢸⠊⠑⣿⠁⡀", Choice("ascii")) == "\"_-|/\\#'."
    assert glyphs.draw("⠉⣀⣿", Choice("blocks")) == "▀▄█"
    assert glyphs.draw("╭─╮│╰╯━", Choice("ascii")) == "+-+|++="
    assert glyphs.draw("Reading …", Choice("ascii")) == "Reading.."


@pytest.mark.parametrize(
    ("asked", "environ", "level", "letters"),
    [
        (False, {"LANG": "en_GB.UTF-8", "TERM": "xterm-256color"}, "braille", True),
        (False, {"TERM": "xterm"}, "braille", True),
        (True, {"LANG": "en_GB.UTF-8", "TERM": "xterm"}, "ascii", True),
        (True, {"LANG": "C"}, "ascii", False),
        (False, {"DIALTUNE_GLYPHS": "Blocks", "TERM": "xterm"}, "blocks", True),
        (False, {"DIALTUNE_GLYPHS": "nonsense", "TERM": "xterm"}, "braille", True),
        (False, {"LANG": "C", "TERM": "xterm"}, "ascii", False),
        (False, {"LANG": "en_GB.UTF-8", "LC_ALL": "POSIX"}, "ascii", False),
        (False, {"LANG": "de_DE@euro", "LC_CTYPE": "de_DE.utf8"}, "braille", True),
        (False, {"LANG": "C.UTF-8", "TERM": "linux"}, "blocks", True),
        (False, {"LANG": "C.UTF-8", "TERM": "vt220"}, "ascii", False),
        (False, {"LANG": "C.UTF-8", "TERM": "dumb"}, "ascii", False),
        (False, {"LANG": "C", "TERM": "linux", "DIALTUNE_GLYPHS": "braille"}, "braille", False),
    ],
)
def test_the_choice(asked: bool, environ: dict[str, str], level: str, letters: bool) -> None:
    chosen = choose(asked, environ)
    assert (chosen.level, chosen.letters) == (level, letters)
    assert chosen.why


def test_a_measurement_is_kept_for_its_kind_of_terminal() -> None:
    here, there = {"TERM": "xterm", "LANG": "C.UTF-8"}, {"TERM": "foot", "LANG": "C.UTF-8"}
    glyphs.remember(Choice("blocks", True), here)
    assert choose(False, here).level == "blocks"
    assert choose(False, there).level == "braille"
    glyphs.remember(Choice("braille", True), here)
    assert choose(False, here | {"LANG": "C"}).level == "braille"  # the terminal itself said so
    assert choose(False, here | {"TERM": "linux"}).level == "blocks"
    glyphs._record().write_text('{"xterm||": {"level": 3}, "foot||": []}')
    assert choose(False, here).level == choose(False, there).level == "braille"


# -- asking the terminal ---------------------------------------------------------------------------


class _Terminal(threading.Thread):
    """The other end of a pseudo-terminal, which gives every character ``width(character)`` cells."""

    def __init__(self, width: Callable[[str], int], deaf: bool = False) -> None:
        super().__init__(daemon=True)
        self.outside, self.inside = pty.openpty()
        self._width, self._deaf = width, deaf
        self.start()

    def run(self) -> None:
        column, waiting = 1, b""
        while True:
            try:
                waiting += os.read(self.outside, 1024)
            except OSError:
                return
            text = waiting.decode(errors="ignore")
            while (asked := re.search(r"\x1b\[6n", text)) is not None:
                line = text[: asked.start()].rpartition("\r")[2]
                column, text = 1 + sum(map(self._width, line)), text[asked.end() :]
                if not self._deaf:
                    os.write(self.outside, f"\x1b[1;{column}R".encode())
            waiting = text.encode()


@pytest.mark.parametrize(
    ("width", "choice"),
    [
        (cell_len, ("braille", True)),
        (lambda c: 2 if "\u2800" <= c <= "\u28ff" else cell_len(c), ("blocks", True)),
        (lambda c: len(c.encode()), ("ascii", False)),
        (lambda c: 1, ("braille", False)),
    ],
)
def test_the_terminal_is_asked(width: Callable[[str], int], choice: tuple[str, bool]) -> None:
    terminal = _Terminal(width)
    before = termios.tcgetattr(terminal.inside)
    widths = probe.widths(terminal.inside, terminal.inside)
    assert widths is not None
    found = probe.judge(widths)
    assert (found.level, found.letters) == choice
    assert termios.tcgetattr(terminal.inside) == before


def test_a_terminal_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.1)
    terminal = _Terminal(cell_len, deaf=True)
    before = termios.tcgetattr(terminal.inside)
    assert probe.widths(terminal.inside, terminal.inside) is None
    assert termios.tcgetattr(terminal.inside) == before
    reading, writing = os.pipe()
    assert probe.widths(reading, writing) is None


# -- screens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_whole_screens_are_ascii(make: Callable[..., DialtuneApp], size: tuple[int, int]) -> None:
    app = make(treated=ASCII)

    def plain() -> bool:
        strange = set(drawn(app)) - set(map(chr, range(128)))
        assert not strange, strange
        return True

    async with app.run_test(size=size) as pilot:
        await on(pilot, "RunsScreen")
        assert "> training" in drawn(app) and "x failed" in drawn(app) and plain()
        await pilot.press("j", "enter")
        await on(pilot, "LiveScreen")
        await until(pilot, lambda: "o validation" in drawn(app))
        assert "+-" in drawn(app) and plain()
        await pilot.press("question_mark")
        await on(pilot, "HelpScreen")
        assert "j Down" in app.screen.query_one(Pane).text and plain()
        await pilot.press("escape", "s")
        await on(pilot, "StopScreen")
        assert plain()
        await pilot.press("escape", "e")
        await on(pilot, "ExploreScreen")
        await pilot.press("j", "j", "j")
        await pilot.pause(0.2)
        assert plain() and "????" in drawn(app)  # a topic in Chinese
        await pilot.press("colon")
        await pilot.pause(0.3)
        assert plain()


async def test_what_people_wrote_stays_where_it_can_be_drawn(make: Callable[..., DialtuneApp]) -> None:
    app = make(treated=Manner(Choice("ascii", letters=True)))
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        await on(pilot, "ExploreScreen")
        await until(pilot, lambda: "学" in drawn(app))
        assert not set("╭│╮▲↑…") & set(drawn(app))


async def test_blocks_are_blocks(make: Callable[..., DialtuneApp]) -> None:
    app = make("lora-r8-live", treated=Manner(Choice("blocks")))
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "LiveScreen")
        await until(pilot, lambda: "♦ validation" in drawn(app))
        text = drawn(app)
        assert not any("\u2800" <= character <= "\u28ff" for character in text)
        assert set("▀▄┌┐") <= set(text)


def test_the_command_line_draws_so_too() -> None:
    stream = io.StringIO()
    writer = glyphs.Writer(stream, Choice("ascii"))
    writer.write("ROUGE-1 × 100 – naïve")
    assert stream.getvalue() == "ROUGE-1 x 100 - naïve"
    assert writer.isatty() is False
