"""A real run at a price: what it cost stands in its manifest, and its forecast can be held against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import forecast
from engine.results import foreseen
from engine.results.costs import price_of
from engine.runs.workspace import Workspace
from tests.worker.conftest import Make, work


def test_price_cost_and_forecast_of_a_real_run(
    make: Make, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "dialtune").mkdir()
    (tmp_path / "dialtune" / "config.toml").write_text('price_per_hour = 3.6\ncurrency = "EUR"\n')
    run = make("lora", **{"train.max_steps": 2})
    forecast.keep(run, forecast.current(run.spec(), workspace))
    work(run)
    manifest = run.manifest()
    assert manifest["price"] == {"per_hour": 3.6, "currency": "EUR"} and manifest["cost"]["currency"] == "EUR"
    assert manifest["cost"]["amount"] == pytest.approx(0.001 * sum(manifest["seconds"].values()), rel=0.5)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    price = price_of(run)
    assert price is not None and price.per_hour == 3.6, "where it is read does not matter"
    found = {one.name: one for one in foreseen.compare(run)}
    for name in ("parameters", "trainable parameters", "steps"):
        assert found[name].error == 0, name
    assert found["peak memory"].error is not None
    weights = manifest["parameters"]
    assert found["rule of thumb"].predicted == 16 * (weights["total"] - weights["trainable"])
