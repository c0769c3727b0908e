"""What a logout does to workers, by stand-ins for systemd's programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import detaching

Programs = Callable[..., None]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Programs]:
    """``programs(busctl="b true", ...)``: programs that print this; None is one that fails."""

    def put(**said: str | None) -> None:
        for name, text in said.items():
            path = tmp_path / name.replace("_", "-")
            path.write_text("#!/bin/sh\nexit 1\n" if text is None else f"#!/bin/sh\necho '{text}'\n")
            path.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    detaching.logout.cache_clear()
    yield put
    detaching.logout.cache_clear()


def _in_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detaching, "_cgroup", lambda: "0::/user.slice/user-1000.slice/session-3.scope\n")


def test_outside_of_a_login_nothing_is_asked(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detaching, "_cgroup", lambda: "0::/system.slice/docker.service\n")
    programs(busctl="b true", systemd_run="", loginctl="yes")
    assert detaching.logout().survives
    assert detaching.detached(["python", "-m", "x"]) == ["python", "-m", "x"]


@pytest.mark.parametrize("busctl", ["b false", None])
def test_a_login_that_spares_processes(programs: Programs, monkeypatch: pytest.MonkeyPatch, busctl: str | None) -> None:
    _in_a_login(monkeypatch)
    programs(busctl=busctl, systemd_run="", loginctl="no")
    assert detaching.logout() == detaching.Logout(ends=False)
    assert detaching.detached(["x"]) == ["x"]


@pytest.mark.parametrize(("linger", "survives"), [("yes", True), ("no", False)])
def test_a_login_that_ends_them(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, linger: str, survives: bool
) -> None:
    _in_a_login(monkeypatch)
    programs(busctl="b true", systemd_run="", loginctl=linger)
    assert detaching.logout().survives is survives
    command = detaching.detached(["python", "-m", "engine.worker"])
    assert command[:3] == ["systemd-run", "--user", "--scope"]
    assert command[-3:] == ["python", "-m", "engine.worker"]


def test_without_a_manager_of_ones_own_it_is_told_not_tried(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_a_login(monkeypatch)
    programs(busctl="b true", systemd_run=None, loginctl="yes")
    assert not detaching.logout().survives
    assert detaching.detached(["x"]) == ["x"]
