"""Classification in real workers: full and LoRA, checkpoints, other architectures, bases as they are, real tweets."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from engine import builtin, launch, spec
from engine.results import classes
from engine.runs.events import Evaluation, Notice, Sample
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.worker.conftest import SHARED, wait, work

SMALL = {
    "task": "classification", "data.train": 160, "data.validation": 40, "data.test": 60, "train.batch_size": 16,
    "train.learning_rate": 2e-3, "train.samples": 2, "train.metric": "macro_f1", "train.dtype": "float32",
}  # fmt: skip


def create(place: Path, method: str, **changes: Any) -> RunFolder:
    return Workspace(place / "runs").create(spec.from_dict(spec.nested({**SMALL, "method": method, **changes})))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = create(tmp_path_factory.mktemp("full"), "full", **{"train.epochs": 3})
    work(run)
    return run


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    changes = {"train.epochs": 3, "train.learning_rate": 8e-3, "lora.rank": 4}
    run = create(tmp_path_factory.mktemp("lora"), "lora", **changes)
    work(run)
    return run


def notices(run: RunFolder) -> str:
    return "\n".join(event.text for event in run.events() if isinstance(event, Notice))


@pytest.mark.parametrize("name", ["full", "lora"])
def test_it_beats_the_majority_class(name: str, request: pytest.FixtureRequest) -> None:
    run: RunFolder = request.getfixturevalue(name)
    scores = run.scores()
    assert scores["metrics"]["accuracy"] > scores["majority"]["accuracy"] + 0.15
    assert scores["metrics"]["macro_f1"] > scores["majority"]["macro_f1"] + 0.25
    table = classes.kept(scores)
    assert table is not None and table.total == 60
    found = list(run.predictions().values())
    assert [p.summary == p.references[0] for p in found] == [p.scores["correct"] == 1 for p in found]
    for p in found:
        assert sum(p.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert p.summary == max(p.probabilities, key=lambda label: p.probabilities[label])
    assert table.accuracy == pytest.approx(scores["metrics"]["accuracy"])


def test_validation_has_its_figures_and_samples(full: RunFolder) -> None:
    evaluations = [event for event in full.events() if isinstance(event, Evaluation)]
    assert [set(event.metrics) for event in evaluations] == [{"loss", "accuracy", "macro_f1"}] * 3
    assert max(event.metrics["macro_f1"] for event in evaluations) == full.status().best["macro_f1"]
    samples = [event for event in full.events() if isinstance(event, Sample)]
    assert len(samples) == 6 and samples[0].summary.endswith("%")
    assert "3 labels in training" in notices(full)


def test_models_are_safetensors_that_plain_libraries_load(full: RunFolder, lora: RunFolder) -> None:
    from peft import AutoPeftModelForSequenceClassification, PeftConfig
    from transformers import AutoModelForSequenceClassification

    from engine.worker.bases import load_run

    assert not [p for run in (full, lora) for p in run.path.rglob("*") if p.suffix in (".bin", ".pt", ".pkl")
                and "checkpoints" not in p.parts]  # fmt: skip
    plain = AutoModelForSequenceClassification.from_pretrained(str(full.model_path))
    assert plain.config.id2label == {0: "negative", 1: "neutral", 2: "positive"}
    assert plain.config.pad_token_id == 0
    adapter = PeftConfig.from_pretrained(str(lora.model_path))
    assert (adapter.task_type, set(adapter.target_modules), adapter.fan_in_fan_out) == ("SEQ_CLS", {"c_attn"}, True)
    assert "score" in adapter.modules_to_save
    model = AutoPeftModelForSequenceClassification.from_pretrained(str(lora.model_path), num_labels=3)
    assert model is not None
    for run in (full, lora):  # the model as it is loaded again says what the run said
        again, tokenizer = load_run(run)
        again.eval()
        for p in list(run.predictions().values())[:5]:
            logits = again(**tokenizer(p.dialogue, return_tensors="pt")).logits[0]
            assert again.config.id2label[int(logits.argmax())] == p.summary
            assert float(logits.softmax(-1).max()) == pytest.approx(p.scores["confidence"], abs=1e-3)


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    run = create(tmp_path, "lora", **{"train.epochs": 12, "train.keep_best": False, "data.test": 20})
    process = launch.start(run)
    wait(run, lambda status: status.step >= 3)
    launch.stop(run)
    process.wait(timeout=120)
    stopped = wait(run)
    assert stopped.state == "stopped" and 3 <= stopped.step < 120
    assert not run.scores()
    status = work(run, resume=True)
    assert status.step == 120 and len(run.predictions()) == 20 and run.scores()["examples"] == 20


def test_early_stopping_goes_by_a_figure_of_labels(tmp_path: Path) -> None:
    changes = {"train.learning_rate": 1e-9, "train.patience": 2, "train.epochs": 40, "train.metric": "accuracy"}
    run = create(tmp_path, "full", **changes, **{"data.train": 32, "data.test": 8})
    assert work(run).step == 6  # two steps an epoch: one evaluation that is best, and two without gain
    assert "Kept the weights of step 2" in notices(run)


def test_other_architectures_and_an_empty_text(tmp_path: Path) -> None:
    """DistilBERT has a head of two layers, both of which must be saved with an adapter."""
    from transformers import DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast

    base = tmp_path / "distilbert"
    words = PreTrainedTokenizerFast(
        tokenizer_file=str(builtin.TEXTS_BASE / "tokenizer.json"), unk_token="<|endoftext|>", pad_token="<|endoftext|>"
    )
    shape = {"dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 24}
    DistilBertModel(DistilBertConfig(vocab_size=len(words), pad_token_id=0, **shape)).save_pretrained(base)
    words.save_pretrained(base)
    rows = [{"text": "", "label": 2}, {"text": "word " * 60, "label": 10}]
    rows += [{"text": f"{'good' if n % 2 else 'bad'} thing {n}", "label": 2 if n % 2 else 10} for n in range(30)]
    for split, some in (("train", rows), ("test", [*rows[:6], {"text": "odd", "label": 7}])):
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    run = create(tmp_path, "lora", **{"base.name": str(base), "data.source": str(tmp_path), "train.max_steps": 3})
    work(run)
    adapter = json.loads((run.model_path / "adapter_config.json").read_text())
    assert set(adapter["modules_to_save"]) >= {"pre_classifier", "classifier"}
    assert set(adapter["target_modules"]) == {"q_lin", "v_lin"}
    told = notices(run)
    assert "train text is empty" in told and "has a label that no training example has: '7'" in told
    assert "exceed the base's context = 24 and are cut" in told
    found = run.predictions()
    assert run.manifest()["labels"] == ["2", "10"]  # numbers by value
    assert len(found) == 7 and all(sum(p.probabilities.values()) == pytest.approx(1, abs=1e-5) for p in found.values())
    empty = next(p for p in found.values() if not p.dialogue)
    assert empty.summary in ("2", "10")
    assert found["test_6"].references == ("7",) and found["test_6"].scores["correct"] == 0


def test_a_base_as_it_is_needs_a_head_that_was_trained(full: RunFolder, tmp_path: Path) -> None:
    run = create(tmp_path, "zero-shot")
    work(run, expect="failed")
    assert run.status().error["happened"].endswith("cannot classify as it is")
    assert "no trained classification head" in run.status().error["why"]
    trained = create(tmp_path, "zero-shot", **{"base.name": str(full.model_path), "name": "trained"})
    work(trained)
    want = {id: p.summary for id, p in full.predictions().items()}
    assert {id: p.summary for id, p in trained.predictions().items()} == want


@pytest.mark.skipif(not (SHARED / "tweet_sentiment").is_dir(), reason="needs shared/data/tweet_sentiment")
def test_real_tweets_on_a_gpt2_made_from_a_config(tmp_path: Path) -> None:
    import torch
    from transformers import GPT2Config, GPT2Model, GPT2Tokenizer

    torch.manual_seed(0)
    words = SHARED / "gpt2-tokenizer"
    base = tmp_path / "gpt2"
    GPT2Model(GPT2Config(n_embd=32, n_layer=1, n_head=2, n_positions=96)).save_pretrained(base)
    GPT2Tokenizer(str(words / "vocab.json"), str(words / "merges.txt")).save_pretrained(base)
    data = tmp_path / "tweets"
    data.mkdir()
    for split, most in (("train", 2400), ("test", 500)):
        lines = (SHARED / "tweet_sentiment" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        chosen = random.Random(1).sample(lines, most)
        if split == "train":
            chosen += [line for line in lines if not json.loads(line)["text"]]
        (data / f"{split}.jsonl").write_text("\n".join(chosen) + "\n", encoding="utf-8")
    changes = {"base.name": str(base), "data.source": str(data), "train.epochs": 3, "train.learning_rate": 5e-3}
    everything = {"data.train": "all", "data.validation": 100, "data.test": "all", "train.batch_size": 32}
    run = create(tmp_path, "full", **changes, **everything)
    work(run)
    scores, told = run.scores(), notices(run)
    assert scores["metrics"]["accuracy"] > scores["majority"]["accuracy"] + 0.06
    assert scores["metrics"]["macro_f1"] > scores["majority"]["macro_f1"] + 0.2
    assert scores["labels"] == ["negative", "neutral", "positive"]
    assert "label from 'label_text'" in told and "are held out" in told
    assert "empty: the model reads an end mark alone" in told
