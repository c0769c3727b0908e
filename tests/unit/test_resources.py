"""What a run needs against what there is, before it starts: refused where it cannot go well, said where it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine import resources
from engine.errors import ResourceError
from engine.forecast import forecast, place
from engine.hardware import disk_free
from engine.resources import concerns, disk_need, refuse
from tests.unit.test_forecast import GIB, asked, flan, machine
from tui.cli import main


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(place, "cpu_flags", frozenset)


def free(monkeypatch: pytest.MonkeyPatch, amount: int | None) -> None:
    monkeypatch.setattr(resources, "disk_free", lambda path: amount)


def of_disk(**fields: Any) -> dict[str, int]:
    return disk_need(forecast(asked(**fields), machine()))


def test_the_disk_a_run_needs_is_counted_by_its_files() -> None:
    weights = 4 * 247_577_856
    found = of_disk(method="full", **flan(), **{"train.keep_checkpoints": 2, "train.save_every": 100})
    assert found["model"] == weights
    assert found["checkpoints"] == 3 * 3 * weights, "weights and two moments each; the third before the first goes"
    assert found["best"] == 2 * weights
    adapters = of_disk(method="lora", **flan())
    assert sum(adapters.values()) < 0.4 * GIB < sum(found.values())
    assert set(of_disk(method="zero-shot", **flan())) == {"records"}
    few = of_disk(method="full", **{"train.max_steps": 4, "train.evaluate_every": 2, "train.keep_checkpoints": 9})
    one = 3 * 4 * 7_442_176
    assert few["checkpoints"] == one, "the step at the end is the model, so there is one checkpoint"
    assert "best" not in of_disk(method="full", **flan(), **{"train.keep_best": False})


def test_files_that_do_not_fit_are_refused_with_figures_and_those_that_hardly_do_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = forecast(asked(method="full", **flan()), machine(free=23 * GIB))
    need = sum(disk_need(made).values())
    free(monkeypatch, need - 1)
    (concern,) = [c for c in concerns(made, tmp_path, {}) if "files" in c.text]
    assert concern.level == "refuse" and "checkpoints" in concern.text and "are free" in concern.text
    with pytest.raises(ResourceError, match="not started") as found:
        refuse([concern], "--anyway does")
    assert found.value.exit_code == 10 and found.value.todo.endswith("--anyway does")
    free(monkeypatch, need + 1)
    assert [c.level for c in concerns(made, tmp_path, {}) if "files" in c.text] == ["warn"]
    for plenty in (2 * need, None):
        free(monkeypatch, plenty)
        assert not [c for c in concerns(made, tmp_path, {}) if "files" in c.text]


def test_memory_is_refused_only_where_no_batch_would_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, None)

    def found(gpu: int, **fields: Any) -> list[tuple[str, str]]:
        made = forecast(asked(**flan("xl"), **fields), machine(gpu=gpu))
        return [(c.level, c.text.partition(",")[0]) for c in concerns(made, tmp_path, {})]

    assert found(24 * GIB, method="full") == [("refuse", "Whatever the batch")]
    assert found(200 * GIB, method="full") == []
    tight = forecast(asked(method="full", **flan(), **{"train.batch_size": 64}), machine(gpu=16 * GIB))
    (concern,) = concerns(tight, tmp_path, {})
    assert concern.level == "warn" and "halved and the effective batch kept" in concern.text
    assert "train.batch_size=" in concern.todo
    busy = machine(free=1 << 28)
    assert {c.level for c in concerns(forecast(asked(method="full"), busy), tmp_path, {})} == {"warn"}


def test_a_gpu_that_is_asked_for_and_not_there_is_told(tmp_path: Path) -> None:
    made = forecast(asked(method="lora"), machine())
    assert [c.level for c in concerns(made, tmp_path, {"CUDA_VISIBLE_DEVICES": "3"})] == ["warn"]
    assert concerns(made, tmp_path, {"CUDA_VISIBLE_DEVICES": ""}) == []
    assert concerns(made, tmp_path, {"CUDA_VISIBLE_DEVICES": "-1"}) == []
    assert (
        concerns(forecast(asked(method="lora"), machine(gpu=80 * GIB)), tmp_path, {"CUDA_VISIBLE_DEVICES": "3"}) == []
    )


def test_free_space_is_that_of_the_folder_or_of_where_it_would_be(tmp_path: Path) -> None:
    found = disk_free(tmp_path / "not" / "there")
    assert found == pytest.approx(disk_free(tmp_path), rel=0.05)
    assert disk_free(tmp_path)


def test_the_command_refuses_and_starts_it_anyway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 500)
    args = ["train", "--preset", "demo-lora", "--name", "x", "--queue", "--workspace", str(tmp_path / "runs")]
    queued: list[str] = []
    from engine import queue

    monkeypatch.setattr(queue, "start", lambda path, names: queued.extend(names))
    refused = CliRunner().invoke(main, args)
    assert refused.exit_code == 10 and "--anyway" in refused.stderr and "500 B are free" in refused.stderr
    assert not (tmp_path / "runs" / "x").exists() and not queued
    done = CliRunner().invoke(main, [*args, "--anyway"])
    assert done.exit_code == 0 and queued == ["x"]
    assert "warning: Its files need" in done.stderr
