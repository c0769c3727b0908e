"""What really goes to terminals of few characters, few colours and slow lines, looked at byte by byte."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

Start = Callable[..., Terminal]
_SGR = re.compile(r"\x1b\[([0-9;]*)m")


def _colours(text: str) -> set[str]:
    """The kinds of colour in ``text``: ``basic``, ``256``, ``true``."""
    found = set()
    for parameters in _SGR.findall(text):
        numbers = [int(number or 0) for number in parameters.split(";")]
        while numbers:
            number = numbers.pop(0)
            if number in (38, 48):
                found.add("true" if numbers[0] == 2 else "256")
                del numbers[: 4 if numbers[0] == 2 else 2]
            elif number not in (39, 49) and (30 <= number <= 49 or 90 <= number <= 107):
                found.add("basic")
    return found


def _walk(terminal: Terminal) -> str:
    """See the runs, a run and the help; all that was sent."""
    terminal.until("full-too-big")
    terminal.type("j\r")
    terminal.until("What happened")
    terminal.type("?")
    terminal.until("Esc closes")
    terminal.child.kill(signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    return terminal.raw.decode()


@pytest.mark.parametrize(
    ("environ", "kinds"),
    [
        ({"COLORTERM": "truecolor"}, {"true"}),
        ({"COLORTERM": None}, {"256", "basic"}),
        ({"COLORTERM": None, "TERM": "xterm"}, {"basic"}),
        ({"COLORTERM": None, "TERM": "screen"}, {"basic"}),
        ({"NO_COLOR": "1"}, set()),
        ({"NO_COLOR": "1", "COLORTERM": None, "TERM": "xterm"}, set()),
    ],
)
def test_no_more_colours_than_there_are(
    start: Start, runs: Path, environ: dict[str, str | None], kinds: set[str]
) -> None:
    text = _walk(start(environ=environ))
    assert _colours(text) <= kinds
    assert bool(_colours(text)) == bool(kinds)
    if not kinds:  # the cursor's row must show all the same
        assert any("7" in parameters.split(";") for parameters in _SGR.findall(text))


@pytest.mark.parametrize("how", ["option", "variable", "vt100", "latin-1"])
def test_ascii_is_ascii(start: Start, runs: Path, how: str) -> None:
    environ: dict[str, str | None] = {
        "variable": {"DIALTUNE_GLYPHS": "ascii"}, "vt100": {"TERM": "vt100"}, "latin-1": {"LANG": "de_DE.ISO-8859-1"},
    }.get(how, {})  # fmt: skip
    terminal = start(*(["--ascii"] if how == "option" else []), environ=environ)
    assert set(_walk(terminal)) - set(map(chr, range(128))) == set()


def test_a_slow_line_is_noticed(start: Start, runs: Path) -> None:
    terminal = start(environ={"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, answer_after=0.7)
    terminal.until("5 runs")
    deadline = time.monotonic() + 60
    while "The line is slow" not in terminal.text and time.monotonic() < deadline:
        terminal.type("jk")  # what is idle is not measured
        time.sleep(0.1)
        terminal.read(0.2)
    assert "The line is slow" in terminal.text
    assert terminal.modes[1003] is False and terminal.modes[1000] is True
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.restored


def test_a_good_line_is_left_alone_and_measured(start: Start, runs: Path) -> None:
    terminal = start("--debug-line", environ={"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"})
    terminal.until("key to screen")
    terminal.type("j")
    terminal.until(lambda: re.search(r"key to screen \d+ ms", terminal.text))
    terminal.until(lambda: re.search(r"memory \d+", terminal.text))
    assert terminal.modes[1003] is True
    terminal.type("q")
    assert terminal.end() == 0
    assert "low bandwidth" not in terminal.text


def test_low_bandwidth_hears_no_mouse_movement(start: Start, runs: Path) -> None:
    terminal = start("--low-bandwidth", "--debug-line")
    terminal.until("low bandwidth")
    assert terminal.modes[1003] is False and terminal.modes[1000] is True
    terminal.type("Q")
    assert terminal.end() == 0
