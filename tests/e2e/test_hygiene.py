"""The terminal is as it was, however the program ends; and the program goes on, whatever vanishes under it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from engine.runs import process
from tests.e2e.terminal import Terminal
from tests.ui import fake_runs

Start = Callable[..., Terminal]


def test_sigterm_restores_the_terminal(start: Start, runs: Path) -> None:
    terminal = start()
    terminal.until("5 runs")
    terminal.child.kill(signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    assert terminal.restored


def test_a_hang_up_ends_it(start: Start, runs: Path, tmp_path: Path) -> None:
    terminal = start()
    terminal.until("5 runs")
    terminal.type("G")
    terminal.settle()
    who = psutil.Process(terminal.child.pid)
    terminal.hang_up()  # the kernel sends SIGHUP, reading gives an error from now on
    assert who.wait(10) is not None or not who.is_running()
    assert list((tmp_path / "state" / "dialtune").glob("*.json")), "where one was is kept"
    assert not list((tmp_path / "state" / "dialtune" / "terminals").iterdir())


def test_a_terminal_that_goes_unheard_ends_it_too(start: Start, runs: Path) -> None:
    """Under nohup no signal comes; what is read is the end of the file, at once and for ever."""
    script = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.executable, sys.argv[1:])"
    )
    terminal = Terminal(["-c", script, sys.executable, "-m", "tui", "--workspace", str(runs)], runs.parent)
    terminal.until("5 runs")
    who = psutil.Process(terminal.child.pid)
    terminal.hang_up()
    who.wait(10)


def test_what_a_kill_left_behind_is_put_right(start: Start, runs: Path) -> None:
    shell = Terminal(["-c", "PS1='ready> '; export PS1; exec sh -i"], runs.parent, command="/bin/sh")
    with shell:
        shell.until("ready>")
        shell.type(f"{sys.executable} -m tui --workspace runs\r")
        shell.until("5 runs")
        (child,) = psutil.Process(shell.child.pid).children()
        child.kill()
        shell.until("ready>")
        assert shell.modes[1049] and shell.modes[1003] and not shell.modes[25]
        # The application had taken Return for itself; a shell without line editing does not take it back.
        shell.type(f"{sys.executable} -m tui --workspace runs runs --format csv\n")
        shell.until("left behind")
        shell.until("zero-shot-base")
        shell.settle()
        assert not any(shell.modes[mode] for mode in (1049, 1000, 1003, 1006, 2004, 1004))
        assert shell.modes[25]
        shell.since()
        shell.type(f"{sys.executable} -m tui --workspace runs runs --format csv\r")
        shell.until(lambda: b"zero-shot-base" in shell.raw[shell._seen :])
        assert b"left behind" not in shell.since()


def test_a_terminal_can_be_reset_by_hand(start: Start) -> None:
    terminal = start("doctor", "--reset-terminal")
    assert terminal.end() == 0
    assert terminal.modes[1049] is False and terminal.modes[25] is True and terminal.modes[1003] is False


def test_any_size_at_any_moment(start: Start, runs: Path) -> None:
    terminal = start()
    terminal.until("5 runs")
    for keys in ("", "G\r", "qe", "?"):
        terminal.type(keys)
        terminal.settle()
        for size in ((20, 5), (1, 1), (200, 60), (80, 24)):
            terminal.resize(*size)
            terminal.settle(0.15)
    terminal.type("q")
    terminal.until("Explore 12 dialogues")
    terminal.type("q")
    terminal.until("5 runs")
    terminal.type("q")
    assert terminal.end() == 0


def test_no_text_of_others_steers_the_terminal(start: Start, runs: Path) -> None:
    terminal = start()
    terminal.until("5 runs")
    terminal.type("e")
    terminal.until("Explore")
    for _ in range(11):
        terminal.type("j")
        terminal.settle(0.1)
    terminal.type("q")
    terminal.until("full-too-big")
    terminal.type("gj\r")
    terminal.until("The GPU ran out of memory")
    terminal.type("l")
    terminal.settle()
    terminal.type("qq")
    terminal.until("5 runs")
    terminal.type("q")
    assert terminal.end() == 0
    text = terminal.raw.decode()
    assert "\x9b" not in text and "\u202e" not in text and "\u200b" not in text
    assert "\x1b[2J" not in text and "\x1b[31mred" not in text
    # All that is left are places, styles and modes.
    rest = re.sub(r"\x1b\[(?:\d+;\d+H|\d+C|[0-9;]*m|\?[0-9;]+(?:\$p|[hl])|[<>][0-9;]*u|6n)", "", text)
    assert "\x1b" not in rest, repr(rest[rest.index("\x1b") : rest.index("\x1b") + 40])


def test_what_vanishes_is_told(start: Start, runs: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    folder = fake_runs.running_run(fake_runs.Workspace(runs))
    folder.write_status(
        replace(folder.status(), worker=process.identity(sleeper.pid), heartbeat=time.time(), started=time.time() - 9)
    )
    terminal = start()
    terminal.until("lora-r8-live")
    terminal.type("/r8-live\r")
    terminal.until("1 with")
    terminal.type("\r")
    terminal.until("240/600 steps")
    sleeper.kill()
    sleeper.wait()
    terminal.until("The worker ended without a word")
    shutil.rmtree(folder.path)
    terminal.until("Its folder is gone")
    terminal.type("q")
    terminal.until("No run has all these words")
    terminal.type("\x1b")
    terminal.until("5 runs")
    shutil.rmtree(runs)
    terminal.until("is gone")
    terminal.until("No runs here yet")
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.restored


def test_the_marker_of_a_living_program_is_left_alone(runs: Path) -> None:
    script = "from tui import repair\nwith repair.marked():\n  print('mended', repair.mend())"
    with Terminal(["-c", script], runs.parent) as terminal:
        assert terminal.end() == 0
        assert "mended False" in terminal.text
