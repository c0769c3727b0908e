"""Several test processes share few cores, and their models are tiny: torch takes one thread, save in cold workers."""

import os
import subprocess
from collections.abc import Iterator

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is first imported, which is after this
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing here may wait for a network

from tests import warm


@pytest.fixture(scope="session", autouse=True)
def _warm_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Workers are forked from a process that has made their imports."""
    base = tmp_path_factory.getbasetemp()
    several = "PYTEST_XDIST_WORKER" in os.environ
    shared, parent = (base.parent, os.getppid()) if several else (base, os.getpid())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", warm.Starter(shared, parent))
        yield


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Real worker processes from their first import on, with as many threads as a user's."""
    monkeypatch.delenv("OMP_NUM_THREADS")
    with warm.cold():
        yield
