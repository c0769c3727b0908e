"""Keys of the user's own, and copying."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ui.waiting import drawn, on, until
from tui import clipboard, keymap, keys
from tui.app import DialtuneApp

Make = Callable[..., DialtuneApp]


def write(text: str) -> None:
    keymap.path().parent.mkdir(parents=True, exist_ok=True)
    keymap.path().write_text(text, encoding="utf-8")


def test_no_file_is_no_map() -> None:
    assert keymap.load() == ({}, [])
    assert keymap.table({}) == keys.KEYS


@pytest.mark.parametrize(
    ("text", "found", "notice"),
    [
        ('"runs.stop" = "X"', {"runs.stop": "X"}, None),
        ('runs.stop = "X"\n[live]\nback = "escape, ctrl+b"', {"runs.stop": "X", "live.back": "escape,ctrl+b"}, None),
        ('"runs.filter" = "?"\n"app.help" = "f1"', {"runs.filter": "question_mark", "app.help": "f1"}, None),
        ('"runs.stpo" = "x"', {}, "did you mean runs.stop?"),
        ('"runs.stop" = 3', {}, "is no key"),
        ('"runs.stop" = ""', {}, "is no key"),
        ('"runs.stop" = "cntrl+x"', {}, "there is no key 'cntrl+x'"),
        ('"runs.stop" = "x,"', {}, "there is no key ''"),
        ('"runs.stop" = "e"', {"runs.stop": "e"}, "e is both runs.explore and runs.stop"),
        ("runs = [", {}, "cannot be read, so the usual keys hold"),
    ],
)
def test_what_a_line_means(text: str, found: dict[str, str], notice: str | None) -> None:
    write(text)
    mapping, notices = keymap.load()
    assert mapping == found
    assert (notices == []) if notice is None else any(notice in one for one in notices)


@given(
    st.binary(max_size=200) | st.text(max_size=60).map(lambda text: f'"runs.stop" = "{text}"'.encode(errors="replace"))
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_no_file_at_all_raises(data: bytes) -> None:
    keymap.path().parent.mkdir(parents=True, exist_ok=True)
    keymap.path().write_bytes(data)
    mapping, _ = keymap.load()
    keymap.table(mapping)


async def test_the_users_keys_hold_and_show_everywhere(make: Make) -> None:
    write('"runs.stop" = "X"\n"stop.keep" = "K"\n"nonsense" = "z"')
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        assert "X Stop" in drawn(app).splitlines()[-1]
        await until(pilot, lambda: any("no action nonsense" in n.message for n in app._notifications))
        await pilot.press("j", "s")
        await pilot.pause(0.1)
        assert type(app.screen).__name__ == "RunsScreen", "the usual key is free"
        await pilot.press("X")
        await on(pilot, "StopScreen")
        assert " K Stop and keep" in drawn(app)
        await pilot.press("escape", "question_mark")
        await on(pilot, "HelpScreen")
        await until(pilot, lambda: "  X           Stop" in drawn(app))
        await pilot.press("i")
        await until(pilot, lambda: "runs.stop" in drawn(app) and "keys.toml" in drawn(app))


async def test_what_is_under_the_cursor_is_copied(make: Make, copied: list[str]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("j", "y", "Y")
        assert copied == ["lora-r8-live", "dialtune show lora-r8-live"]
        await until(pilot, lambda: clipboard.file().read_text() == "dialtune show lora-r8-live\n")
        await until(pilot, lambda: any("Copied 12 characters" in n.message for n in app._notifications))
        await pilot.press("enter")
        screen = await on(pilot, "LiveScreen")
        await pilot.press("w")
        await until(pilot, lambda: screen.query_one("#log").has_focus)
        await pilot.press("y", "Y")
        assert "step 20: all well" in copied[2] and "\x1b" not in copied[2]
        assert copied[3] == "dialtune logs lora-r8-live -f"
        await pilot.press("q", "q")
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        screen.go(3)
        await pilot.press("y")
        await until(pilot, lambda: len(copied) == 5)
        await pilot.press("Y")
        assert all(word in copied[4] for word in ("test_3", "reference 1:", "full-base", "总结"))
        assert not any(character in copied[4] for character in "\x1b\x07\u202e\x9b")
        assert copied[5] == "dialtune compare zero-shot-base full-base lora-r32-base"


def test_tmux_gets_it_in_its_buffer(monkeypatch: pytest.MonkeyPatch, copied: list[str]) -> None:
    given: list[bytes] = []
    monkeypatch.setenv("TMUX", "/tmp/tmux")
    monkeypatch.setattr(subprocess, "run", lambda command, input, **_: given.append(input))
    assert clipboard._elsewhere("two\nlines").startswith("Copied 9 characters. Also in ")
    assert given == [b"two\nlines"]


def test_a_home_that_cannot_be_written_still_copies(copied: list[str], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the folder's place")
    assert clipboard._elsewhere("x") == "Copied 1 character."
