"""Programs on pseudo-terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.terminal import Terminal
from tests.ui import fake_runs


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts ``dialtune ARGUMENTS`` on the workspace ``runs``; all are ended at the end."""
    started: list[Terminal] = []

    def start(*arguments: str, **options: Any) -> Terminal:
        started.append(Terminal(["-m", "tui", "--workspace", "runs", *arguments], tmp_path, **options))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A workspace of finished, failed and queued runs, with hostile text in it."""
    fake_runs.write(tmp_path / "runs", running=False)
    return tmp_path / "runs"
