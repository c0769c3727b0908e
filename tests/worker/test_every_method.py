"""Every method on the built-in base, on one board: what was trained differs from the base and beats it.

A few dozen examples and steps are enough for that on the base that dialtune brings.
"""

from __future__ import annotations

from typing import Any

import pytest

from engine import preflight, spec
from engine.results.board import board
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.worker.conftest import work

SMALL = {
    "data": {"train": 60, "validation": 0, "test": 12, "max_target_tokens": 48},
    "train": {"max_steps": 15, "batch_size": 4, "warmup": 2, "samples": 0, "dtype": "float32"},
    "forgetting": {"check": False},
    "decode": {"max_new_tokens": 32, "no_repeat_ngram": 4},
}
METHODS: dict[str, dict[str, Any]] = {
    "zero-shot": {"method": "zero-shot"},
    "few-shot": {
        "method": "few-shot", "few_shot": {"examples": 1, "choice": "similar"}, "data": {"max_source_tokens": 768}
    },
    "soft-prompt": {  # moves from further away: 15 steps are too few
        "method": "soft-prompt", "soft_prompt": {"tokens": 20}, "data": {"train": 96}, "train": {"max_steps": 24}
    },
    "lora-r8": {"method": "lora", "train": {"learning_rate": 5e-3}, "lora": {"rank": 8, "alpha": 16}},
    "lora-r32": {"method": "lora", "train": {"learning_rate": 5e-3}},
    "lora-decoder": {
        "method": "lora", "train": {"learning_rate": 5e-3}, "lora": {"pattern": "decoder.*[.](q|v)"}
    },
    "full": {"method": "full", "train": {"learning_rate": 1e-3}},
    "full-then-lora": {"method": "lora", "train": {"learning_rate": 2e-3}, "base": {"from_run": "full"}},
}  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    """One run of each, in the order above."""
    place = Workspace(tmp_path_factory.mktemp("methods") / "runs")
    made = {}
    for name, values in METHODS.items():
        wanted = spec.from_dict({"name": name, **spec.merge(SMALL, values)})
        made[name] = place.create(preflight.prepared(wanted, place.path))
        work(made[name])
    return made


def test_all_stand_on_one_board_and_what_was_trained_beats_the_base(runs: dict[str, RunFolder]) -> None:
    table = board(list(runs.values()), runs["zero-shot"])
    rows = {row["run"]: row for row in table.rows}
    assert set(rows) == set(METHODS)
    base = rows["zero-shot"]["rouge1"]
    trained = [name for name, run in runs.items() if run.spec().trains]
    assert len(trained) == 6
    assert {name: rows[name]["rouge1"] for name in trained if rows[name]["rouge1"] <= base} == {}


def test_every_method_says_something_of_its_own(runs: dict[str, RunFolder]) -> None:
    said = {name: {id: p.summary for id, p in run.predictions().items()} for name, run in runs.items()}
    for name in METHODS:
        if name != "zero-shot":
            assert said[name].keys() == said["zero-shot"].keys() and said[name] != said["zero-shot"], name
    assert len({tuple(sorted(one.items())) for one in said.values()}) == len(METHODS)


def test_what_each_method_trains_is_on_record(runs: dict[str, RunFolder]) -> None:
    trained = {name: run.manifest()["parameters"]["trainable"] for name, run in runs.items()}
    width = 256
    assert trained["zero-shot"] == trained["few-shot"] == 0 and trained["soft-prompt"] == 20 * width
    assert 0 < trained["lora-decoder"] < trained["lora-r32"] == 4 * trained["lora-r8"] < trained["full"]
    assert trained["full-then-lora"] == trained["lora-r32"]
    assert runs["full-then-lora"].manifest()["lineage"] == ["full"]
    assert not runs["few-shot"].model_path.exists()
