"""The application behind a web server."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import ROOT

installed = pytest.mark.skipif(
    importlib.util.find_spec("textual_serve") is None, reason="textual-serve, the extra [serve], is not installed"
)


def _environ(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def address(runs: Path, tmp_path: Path) -> Iterator[str]:
    """Where ``dialtune serve`` says that it is."""
    command = [sys.executable, "-m", "tui", "--workspace", str(runs), "serve", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_environ(tmp_path))
    try:
        assert server.stderr is not None
        said = server.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?key=\S+", said)
        assert found, said
        second = server.stderr.readline()
        port = found[0].split(":")[2].split("/")[0]
        assert "this machine only" in second and f"ssh -N -L {port}:127.0.0.1:{port}" in second
        yield found[0]
    finally:
        server.terminate()
        server.wait(20)


def _get(address: str, opener: urllib.request.OpenerDirector, **headers: str) -> tuple[int, str]:
    for _ in range(100):  # it listens a moment after it said so
        try:
            with opener.open(urllib.request.Request(address, headers=headers), timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError:
            import time

            time.sleep(0.1)
    raise AssertionError("nobody listens")


@installed
def test_it_answers_to_those_who_have_the_key(address: str) -> None:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    root = address.partition("?")[0]
    assert _get(root, opener)[0] == 403
    assert _get(f"{root}?key=guess", opener)[0] == 403
    status, page = _get(address, opener)
    assert status == 200 and "<html" in page.lower() and "dialtune" in page
    assert _get(root, opener)[0] == 200
    assert _get(root, opener, Origin="http://evil.example")[0] == 403


@installed
def test_the_application_is_there(address: str) -> None:
    import aiohttp

    async def first_screen() -> bytes:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            for _ in range(100):
                try:
                    await session.get(address)
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
            seen = b""
            async with session.ws_connect(address.partition("?")[0] + "ws?width=80&height=24") as socket:
                async with asyncio.timeout(30):
                    while b"zero-shot-base" not in seen:
                        message = await socket.receive()
                        seen += message.data if isinstance(message.data, bytes) else str(message.data).encode()
            return seen

    assert b"zero-shot-base" in asyncio.run(first_screen())


@installed
def test_another_host_comes_with_a_warning(runs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui", "--workspace", str(runs), "serve", "--port", "0", "--host", "0.0.0.0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_environ(tmp_path))
    try:
        assert server.stderr is not None
        server.stderr.readline()
        assert "Warning: it listens on 0.0.0.0" in server.stderr.readline()
    finally:
        server.terminate()
        server.wait(20)


@installed
def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "tui", "serve", "--port", str(taken.getsockname()[1])]
        answer = subprocess.run(command, capture_output=True, text=True, env=_environ(tmp_path), cwd=tmp_path)
    assert answer.returncode == 2
    assert "cannot be listened on" in answer.stderr and "--port" in answer.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    hidden = (
        "import sys; sys.modules['textual_serve'] = None; sys.argv[1:] = ['serve']; from tui.cli import main; main()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, env=_environ(tmp_path), cwd=tmp_path
    )
    assert answer.returncode == 2
    assert "pip install 'dialtune[serve]'" in answer.stderr
    assert "Traceback" not in answer.stderr
