"""The fake workspace, and an application on it that looks the same in every run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import Compositor

from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tui.app import DialtuneApp

FRAME_SECONDS = 0.5


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, so that nobody's themes and colours show."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "TEXTUAL", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sees the frames of a test, and they are a third of its time: some are drawn, and all that is looked at."""
    drawing, last = Compositor.render_update, 0.0

    def update(self: Compositor, full: bool = False, screen_stack: Any = None, simplify: bool = False) -> Any:
        nonlocal last
        if full or simplify or time.monotonic() - last > FRAME_SECONDS:
            last = time.monotonic()
            return drawing(self, full, screen_stack, simplify)
        return None  # what has changed since is still noted, and comes with the next

    monkeypatch.setattr(Compositor, "render_update", update)


@pytest.fixture
def workspace(_at_home: None) -> Workspace:
    """Six runs in ``runs`` (relative, as screens show the path)."""
    return fake_runs.write(Path("runs"))


@pytest.fixture
def make(workspace: Workspace) -> Callable[..., DialtuneApp]:
    """An application on the fake workspace, at the frozen time."""
    return lambda start=None, **more: DialtuneApp(workspace, start, fake_runs.clock, **more)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What was copied, oldest first."""
    found: list[str] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr(DialtuneApp, "copy_to_clipboard", lambda app, text: found.append(text))
    return found
