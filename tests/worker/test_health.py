"""What real workers find wrong with sick runs, and that they find nothing wrong with clean ones."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from engine import builtin
from engine.runs.events import Notice
from engine.runs.folder import RunFolder
from engine.runs.health import record
from engine.runs.health.finding import Finding
from tests.worker.conftest import TINY, Make, save_base, untied_t5, work

WORDS = "river lamp seven green bread window paper stone winter letter garden music silver horse market bridge".split()


def dialogues(folder: Path, **splits: list[tuple[str, str]]) -> Path:
    """A data set of (dialogue, summary) pairs by split."""
    folder.mkdir()
    for split, pairs in splits.items():
        lines = [json.dumps({"id": f"{split}_{n}", "dialogue": d, "summary": s}) for n, (d, s) in enumerate(pairs)]
        (folder / f"{split}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def chatter(seed: int, turns: int = 6) -> tuple[str, str]:
    """A dialogue of random words and a summary that has nothing to do with it: it can only be learnt by heart."""
    chance = random.Random(seed)
    said = [f"#Person{1 + n % 2}#: {' '.join(chance.choices(WORDS, k=7))}." for n in range(turns)]
    return "\n".join(said), " ".join(chance.choices(WORDS, k=6)) + "."


def codes(run: RunFolder) -> list[str]:
    return [finding.code for finding in record.read(run).findings]


def only(run: RunFolder, code: str) -> Finding:
    """The run's only concern, which a notice tells too."""
    (found,) = record.read(run).concerns
    assert found.code == code
    told = [event for event in run.events() if isinstance(event, Notice) and event.code == code]
    assert told and told[-1].level == found.level and told[-1].text == f"{found.text} {found.todo}"
    return found


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_clean_run_has_been_looked_at_and_nothing_was_found(make: Make, method: str) -> None:
    run = make(
        method, **{"data.train": 24, "base.name": "builtin", "data.test": 1, "forgetting.check": True,
        "data.max_source_tokens": 96}
    )  # fmt: skip
    work(run)
    health = record.read(run)
    assert health.findings == () and health.curves
    assert health.leaks is not None and health.leaks.near and not any(one.all for one in health.leaks.shared)
    assert len(health.leaks.shared) == 3 and health.leaks.examples == {"train": 24, "validation": 8, "test": 1}
    assert health.change is not None and health.change.prompts == 4 and health.change.moved > 0
    assert health.change.outputs > 1e-3
    measured = health.forgetting
    assert measured is not None and measured.overall is not None and measured.skipped == 0
    assert sum(row.prompts for row in measured.tasks) == 60 and len(measured.tasks) == 7
    judged = {row.task for row in measured.tasks if row.judged}
    assert "reported speech" in judged and "sentiment" not in judged, "the built-in base was never taught sentiment"
    assert measured.overall.low is not None and measured.overall.low < measured.overall.rise


def test_a_test_dialogue_that_was_trained_on_is_found(make: Make, tmp_path: Path) -> None:
    train = [chatter(n) for n in range(12)]
    exact = (train[3][0].upper(), "Somebody else's words.")
    near = (train[5][0] + "\n#Person1#: And so it ends.", "Another summary.")
    source = dialogues(
        tmp_path / "leaky",
        train=train,
        validation=[chatter(50), train[0]],
        test=[chatter(60), exact, near, chatter(61)],
    )
    run = make("lora", **{"data.source": str(source), "data.train": 12, "train.max_steps": 2})
    work(run)
    health = record.read(run)
    assert codes(run) == ["leak", "leak-validation"]
    leak = health.findings[0]
    assert leak.level == "warning" and leak.evidence == {"exact": 1, "near": 1, "of": 4}
    assert leak.text.startswith("2 of 4 test dialogues are in the train split too, 1 exactly and 1 nearly")
    assert health.leaks is not None and health.leaks.test == ("test_1", "test_2")
    # What the run does not use cannot leak into it.
    short = make("lora", **{"data.source": str(source), "data.train": 3, "train.max_steps": 2, "data.validation": 1})
    work(short)
    assert codes(short) == []
    cleaned = make("lora", **{"data.source": str(source), "data.exclude_leaked": "near", "train.max_steps": 2})
    work(cleaned)
    assert codes(cleaned) == []


def test_a_model_that_learns_by_heart_is_found(make: Make, tmp_path: Path) -> None:
    source = dialogues(
        tmp_path / "noise", train=[chatter(n, 2) for n in range(8)], validation=[chatter(n, 2) for n in range(50, 58)],
        test=[chatter(90, 2)],
    )  # fmt: skip
    run = make(
        "full", **{"data.source": str(source), "train.max_steps": 80, "train.evaluate_every": 8, "train.samples": 0,
        "train.learning_rate": 5e-3, "train.schedule": "constant"},
    )  # fmt: skip
    work(run)
    found = only(run, "overfitting")
    assert found.evidence["validation"] > found.evidence["best"] * 1.02
    assert found.evidence["train"] < found.evidence["train_at_best"]
    assert found.evidence["best_step"] < found.evidence["step"] and record.read(run).forgetting is None


def test_a_loss_that_is_no_number_is_found(make: Make, tokenizer: Any, tmp_path: Path) -> None:
    model = untied_t5(len(tokenizer), **TINY)
    model.lm_head.weight.data[5] = float("nan")
    run = make("full", **{"base.name": str(save_base(model, tmp_path / "nan"))})
    work(run, expect="failed")
    found = only(run, "not-finite")
    assert found.level == "error" and "training loss is no finite number at step 1" in found.text
    assert found.evidence["step"] == 1 and found.evidence["learning_rate"] == pytest.approx(1e-3, rel=0.3)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_training_that_changed_nothing_is_found(make: Make, method: str) -> None:
    run = make(method, **{"train.warmup": 1e15, "train.max_steps": 3, "data.test": 1})
    work(run)
    found = only(run, "unchanged")
    assert found.level == "error" and found.evidence["outputs"] == 0 and found.evidence["steps"] == 3
    assert "equal the base's on 4 prompts" in found.text and "train.learning_rate" in found.todo


def test_a_base_that_forgets_is_found_by_the_users_own_prompts(make: Make, tmp_path: Path) -> None:
    # Far too high a rate: what is left is not English.
    prompts = tmp_path / "mine.jsonl"
    rows = builtin.GENERAL.read_text(encoding="utf-8").splitlines()
    kept = [line for line in rows if '"reported speech"' in line or '"question answering"' in line]
    prompts.write_text("\n".join(kept), encoding="utf-8")
    run = make(
        "full", **{"base.name": "builtin", "forgetting.check": True, "forgetting.prompts": str(prompts),
        "train.max_steps": 6, "data.test": 1, "train.learning_rate": 0.05,
        "train.batch_size": 4, "data.max_source_tokens": 64},
    )  # fmt: skip
    work(run)
    measured = record.read(run).forgetting
    assert measured is not None and measured.source == str(prompts) and len(measured.tasks) == 2
    found = next(one for one in record.read(run).concerns if one.code == "forgetting")
    assert "reported speech" in found.text and "perplexity has more than doubled" in found.text
    assert found.evidence["reported speech: after"] > found.evidence["reported speech: before"] + 0.69
