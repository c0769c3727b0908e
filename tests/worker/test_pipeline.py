"""Whole runs in real worker processes."""

from __future__ import annotations

import json
from statistics import fmean

import pytest

from engine import utilisation
from engine.runs import events
from tests.worker.conftest import Make, work


@pytest.mark.parametrize("method", ["zero-shot", "full", "lora"])
def test_a_run_ends_with_everything_on_disk(make: Make, method: str, request: pytest.FixtureRequest) -> None:
    if method == "lora":
        request.getfixturevalue("cold")
    run = make(method)
    status = work(run)

    predictions = run.predictions()
    assert len(predictions) == 6
    assert all(len(p.references) == 3 and p.dialogue.startswith("#Person") for p in predictions.values())
    assert all({"rouge1", "rougeL_best", "bleu", "length_ratio"} <= p.scores.keys() for p in predictions.values())
    scores = run.scores()
    assert (scores["examples"], scores["references"]) == (6, 18)
    assert scores["metrics"]["rouge1"] == pytest.approx(fmean(p.scores["rouge1"] for p in predictions.values()))
    assert status.ended >= status.started > 0

    manifest = run.manifest()
    assert manifest["data"]["splits"]["test"]["references"] == 18
    assert manifest["device"]["dtype"] in ("float32", "bfloat16") and manifest["device"]["dtype_reason"]
    assert manifest["peak_memory"]["process"] > 50e6
    seen = list(run.events())
    phases = [e.name for e in seen if isinstance(e, events.Phase)]
    kinds = {e.kind for e in seen}
    assert isinstance(seen[-1], events.Ended) and {"scored", "progress"} <= kinds
    assert [p for p in phases if p in ("decoding", "scoring")] == ["decoding", "scoring"]
    if method == "zero-shot":
        assert "training" not in phases and manifest["parameters"]["trainable"] == 0
        assert not run.model_path.exists()
    else:
        steps = [e for e in seen if isinstance(e, events.TrainStep)]
        assert [e.step for e in steps] == [1, 2, 3, 4]
        assert all(e.loss > 0 and e.samples_per_second > 0 and e.tokens_per_second > 0 for e in steps)
        assert all(e.grad_norm is not None and e.grad_norm > 0 for e in steps)
        assert {"evaluation", "sample"} <= kinds and status.best["loss"] > 0
        kept = run.sample_examples()
        assert {e.example for e in seen if isinstance(e, events.Sample)} == set(kept) and len(kept) == 2
        assert all(example.dialogue.startswith("#Person") and example.references for example in kept.values())
        assert utilisation.work(manifest) is not None, "auto times this CPU's matrix products"
        assert manifest["steps"] == 4 and manifest["saved_bytes"] > 0
        assert (run.model_path / "README.md").is_file()
        weights = {path.suffix for path in run.model_path.iterdir()}
        assert ".safetensors" in weights and not weights & {".bin", ".pt", ".pth", ".ckpt"}


def test_parameters_are_counted_as_the_course_prints_them(make: Make) -> None:
    full, lora = make("full", **{"data.test": 1}), make("lora", **{"data.test": 1, "lora.rank": 4})
    for run in (full, lora):
        work(run)
    whole = full.manifest()["parameters"]
    assert whole["trainable"] == whole["total"] and whole["percent"] == 100
    part = lora.manifest()["parameters"]
    # rank 4 on q and v (32 -> 32) of two encoder layers and both attentions of two decoder layers
    assert part["trainable"] == 6 * 2 * (32 * 4 + 4 * 32)
    assert part["total"] == whole["total"] + part["trainable"]
    assert part["percent"] == pytest.approx(100 * part["trainable"] / part["total"])
    assert lora.manifest()["saved_bytes"] < full.manifest()["saved_bytes"] / 10


def test_early_stopping_goes_by_the_chosen_metric_and_keeps_the_best(make: Make) -> None:
    run = make(
        "full",
        **{
            "train.metric": "rouge1", "train.patience": 2, "train.evaluate_every": 1, "train.max_steps": 40,
            "train.learning_rate": 1e-9, "data.validation": 4,
        },
    )  # fmt: skip
    work(run)
    evaluations = [e for e in run.events() if isinstance(e, events.Evaluation)]
    assert len(evaluations) == 3 and [e.best for e in evaluations] == [True, False, False]
    assert {"loss", "rouge1", "rougeLsum"} <= evaluations[0].metrics.keys()
    assert run.manifest()["steps"] == 3
    assert run.status().best["step"] == 1
    notices = [e.text for e in run.events() if isinstance(e, events.Notice)]
    assert any("step 1" in text and "rouge1" in text for text in notices)


def test_cut_inputs_are_counted_and_told_per_split(make: Make) -> None:
    run = make("lora", **{"data.max_source_tokens": 60, "data.max_target_tokens": 12})
    work(run)
    splits = run.manifest()["data"]["splits"]
    assert splits["train"]["truncated_sources"] > 0 and splits["train"]["truncated_targets"] > 0
    assert splits["test"]["truncated_sources"] == sum(p.truncated for p in run.predictions().values())
    told = [e.text for e in run.events() if isinstance(e, events.Notice) and e.code == "truncated"]
    assert any(f"{splits['train']['truncated_sources']} of 32 train dialogues" in text for text in told)


def test_a_spec_on_disk_is_enough_to_run_it_again(make: Make, workspace) -> None:  # type: ignore[no-untyped-def]
    first = make("full")
    work(first)
    again = workspace.create(first.spec().model_copy(update={"name": "again"}))
    work(again)
    losses = [[e.loss for e in run.events() if isinstance(e, events.TrainStep)] for run in (first, again)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert first.manifest()["data"]["fingerprint"] == again.manifest()["data"]["fingerprint"]
    assert [p.summary for p in first.predictions().values()] == [p.summary for p in again.predictions().values()]


def test_events_are_whole_lines_of_json(make: Make) -> None:
    run = make("zero-shot")
    work(run)
    for line in run.events_path.read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["kind"]


def test_a_training_that_learns_nothing_is_noticed(make: Make) -> None:
    run = make(
        "full", **{"train.max_steps": 60, "train.learning_rate": 1e-9, "data.test": 1, "train.evaluate_every": 60}
    )
    work(run)
    notices = [e for e in run.events() if isinstance(e, events.Notice) and e.code == "plateau"]
    assert len(notices) == 1 and "levelled out" in notices[0].text
