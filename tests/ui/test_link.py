"""The line to the terminal, measured."""

from __future__ import annotations

import os
import threading

import pytest

from tui import link
from tui.link import Link


class _Line:
    """A pipe with a link at one end."""

    def __init__(self, probing: bool = False) -> None:
        self.reading, self.writing = os.pipe()
        self.slow, self.idle = threading.Event(), threading.Event()
        self.link = Link(self.writing, self.slow.set, self.idle.set, probing)

    def send(self, text: str) -> None:
        self.link.handed += 1
        self.link.write(text)
        self.link.flush()


def test_what_is_sent_is_counted_and_encoded() -> None:
    line = _Line()
    line.send("é\ud800")
    assert os.read(line.reading, 100) == "é?".encode()
    figures = line.link.figures()
    assert figures.sent == 3 and figures.rate > 0 and figures.key is None and figures.answer is None


def test_a_key_is_timed_to_the_end_of_the_next_update() -> None:
    line = _Line()
    line.link.key()
    line.send("something else")
    assert line.link.figures().key is None
    line.link.handed += 1
    line.link.update()
    line.link.write("the update")
    assert line.link.figures().key is None
    line.link.flush()
    figures = line.link.figures()
    assert figures.key is not None and figures.key >= 0 and figures.worst_key == figures.key


def test_updates_wait_while_the_line_is_full_and_are_called_for() -> None:
    line = _Line()
    line.link.handed = link.BACKLOG + 1
    assert line.link.behind
    line.link.waiting = True
    for _ in range(link.BACKLOG + 1):
        line.link.write("x")
    assert not line.idle.is_set()
    line.link.flush()
    assert line.idle.is_set() and not line.link.behind and not line.link.waiting


def test_slow_answers_make_a_line_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    line = _Line(probing=True)
    now = [100.0]
    monkeypatch.setattr(link.time, "monotonic", lambda: now[0])
    for number, seconds in enumerate((0.1, 0.9, 0.1, 0.9, 0.9)):
        line.send("x")
        assert os.read(line.reading, 100) == b"x\x1b[6n"
        line.send("y")
        assert os.read(line.reading, 100) == b"y", "one question at a time"
        assert line.slow.is_set() is False, number
        now[0] += seconds
        assert line.link.answered()
        assert line.link.figures().answer == pytest.approx(seconds)
        now[0] += link.PROBE_SECONDS
    assert line.slow.is_set()
    assert not line.link.answered(), "F3 with a modifier looks like an answer"


def test_a_terminal_that_takes_nothing_for_long_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    line = _Line()
    monkeypatch.setattr(link, "SLOW_WRITE", 0.05)
    threading.Timer(0.3, lambda: os.read(line.reading, 1 << 20)).start()
    line.send("x" * ((1 << 16) + 10))
    assert line.slow.is_set()


def test_a_terminal_that_has_gone_swallows_all() -> None:
    line = _Line()
    os.close(line.reading)
    line.send("x")
    assert line.link.gone and not line.slow.is_set()
    line.link.waiting = True
    line.send("y")
    assert line.idle.is_set()
