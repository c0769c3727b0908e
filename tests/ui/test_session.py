"""The terminal opens where it was left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui import session
from tui.app import DialtuneApp
from tui.session import Session

Make = Callable[..., DialtuneApp]


@given(st.builds(Session, sort=st.text(), words=st.text(), runs=st.lists(st.text()).map(tuple), reverse=st.booleans()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_a_session_round_trips(tmp_path: Path, kept: Session) -> None:
    session.save(tmp_path, kept)
    text = "".join((kept.sort, kept.words, *kept.runs))
    if text.isprintable():  # lone surrogates are replaced
        assert session.load(tmp_path) == kept


@pytest.mark.parametrize("text", ["", "[]", '{"screen": 3, "sort": [], "reverse": 1}', "\\xff{"])
def test_a_damaged_file_is_a_fresh_session(tmp_path: Path, text: str) -> None:
    session.place_of(tmp_path).parent.mkdir(parents=True, exist_ok=True)
    session.place_of(tmp_path).write_text(text)
    assert session.load(tmp_path) == Session()


def test_workspaces_have_sessions_of_their_own(tmp_path: Path) -> None:
    session.save(tmp_path / "a", Session(words="x"))
    assert session.load(tmp_path / "b") == Session()
    assert session.load(tmp_path / "c" / ".." / "a") == Session(words="x")


async def test_the_list_comes_back_as_it_was(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("o", "o", "O", "slash", *"lora", "enter")
        await until(pilot, lambda: "with “lora”" in drawn(app))
        before = [row.name for row in app.screen._shown]  # type: ignore[attr-defined]
    session.save(workspace.path, app.session)
    again = make()
    async with again.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await until(pilot, lambda: [row.name for row in again.screen._shown] == before)  # type: ignore[attr-defined]
        assert "by name ↓" in drawn(again)
        await pilot.press("escape")
        await until(pilot, lambda: len(again.screen._shown) == 6)  # type: ignore[attr-defined]


async def test_the_screen_comes_back_where_its_runs_still_are(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "enter")
        await on(pilot, "LiveScreen")
    assert (app.session.screen, app.session.runs) == ("live", ("zero-shot-base",))
    session.save(workspace.path, app.session)
    again = make()
    async with again.run_test(size=(80, 24)) as pilot:
        await on(pilot, "LiveScreen")
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        assert again.session.screen == "runs"
        await pilot.press("e")
        await on(pilot, "ExploreScreen")
    session.save(workspace.path, again.session)
    third = make()
    async with third.run_test(size=(80, 24)) as pilot:
        await on(pilot, "ExploreScreen")
    session.save(workspace.path, replace(third.session, screen="live", runs=("gone",)))
    fourth = make()
    async with fourth.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")


async def test_a_workspace_that_was_emptied_still_opens(make: Make, workspace: Workspace) -> None:
    session.save(workspace.path, Session(screen="explore", runs=("full-base",), words="lora", sort="score"))
    shutil.rmtree(workspace.path)
    app = DialtuneApp(Workspace(workspace.path), clock=fake_runs.clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Press d to see it work" in drawn(app))
