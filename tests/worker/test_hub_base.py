"""A base and a data set given as hub ids, from a stand-in hub, through a whole worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import builtin
from tests.worker.conftest import Make, work
from tests.worker.standin_hub import StandinHub

See = Callable[[StandinHub], None]


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> See:
    """Workers started from here see ``hub`` as the hub, with an empty cache."""

    def see(hub: StandinHub) -> None:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        for name, value in hub.env(tmp_path / "home").items():
            if name.startswith(("HF_", "HUGGINGFACE", "TRANSFORMERS_")):
                monkeypatch.setenv(name, value)

    return see


def test_base_and_data_come_from_the_hub_and_then_from_the_cache(make: Make, tiny_base: Path, online: See) -> None:
    ids = {"base.name": "acme/tiny-t5", "data.source": "acme/dialogs"}
    with StandinHub(models={"acme/tiny-t5": tiny_base}, datasets={"acme/dialogs": builtin.DIALOGUES}) as hub:
        online(hub)
        first, local = make("lora", **ids), make("lora")
        work(first)
        work(local)
        assert first.manifest()["data"]["fingerprint"] == local.manifest()["data"]["fingerprint"]
        assert [p.summary for p in first.predictions().values()] == [p.summary for p in local.predictions().values()]
    second = make("zero-shot", **ids)  # the hub is gone
    work(second)
    assert len(second.predictions()) == 6


def test_no_hub_and_no_cache_is_one_sentence_and_exit_code_6(make: Make, online: See) -> None:
    with StandinHub() as hub:
        online(hub)
    run = make("zero-shot", **{"base.name": "acme/unheard-of"})  # the hub is gone before anything was cached
    status = work(run, expect="failed")
    assert status.exit_code == 6
    assert "acme/unheard-of" in status.reason and "--set base.name=DIR" in status.reason
    assert not run.predictions_path.exists() and not run.model_path.exists()


def test_an_id_the_hub_does_not_know_is_told(make: Make, online: See) -> None:
    with StandinHub() as hub:
        online(hub)
        status = work(make("zero-shot", **{"base.name": "acme/unheard-of"}), expect="failed")
    assert status.exit_code == 6 and "The hub has no base acme/unheard-of" in status.reason
