"""``data.exclude_leaked``: training examples that validation or test have too are left out, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import preflight, spec
from engine.data.sources import Loaded, load
from engine.errors import DataError
from engine.spec import DataSpec
from tests.ui import fake_data


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return fake_data.write(tmp_path / "data")


def read(source: Path, **asked: Any) -> Loaded:
    return load(DataSpec(source=str(source), **asked))


@pytest.mark.parametrize(("rule", "gone"), [("none", set()), ("exact", {"train_5"}), ("near", {"train_5", "train_7"})])
def test_who_is_left_out(source: Path, rule: str, gone: set[str]) -> None:
    everything, found = read(source), read(source, exclude_leaked=rule)
    assert {e.id for e in everything.splits.train} - {e.id for e in found.splits.train} == gone
    assert [e for e in everything.splits.train if e.id not in gone] == list(found.splits.train)
    assert (found.splits.validation, found.splits.test) == (everything.splits.validation, everything.splits.test)
    assert found.excluded == len(gone)
    assert (found.splits.fingerprint() == everything.splits.fingerprint()) == (not gone)
    told = [notice for notice in found.notices if "left out" in notice]
    assert len(told) == (rule != "none")
    if told:
        assert told[0].startswith(f"{len(gone)} training example") and f"data.exclude_leaked = {rule}" in told[0]


def test_before_the_limits(source: Path) -> None:
    found = read(source, exclude_leaked="near", train=10, validation=1, test=1)
    assert [e.id.split(" ")[0] for e in found.splits.train] == [f"train_{n}" for n in range(12) if n not in (5, 7)]
    assert (len(found.splits.validation), len(found.splits.test)) == (1, 1)


def test_a_split_that_is_not_read_is_not_compared_and_that_is_said(source: Path) -> None:
    found = read(source, exclude_leaked="near", validation=0)
    assert found.excluded == 1
    assert any("the validation split was not read, so not compared" in notice for notice in found.notices)


def test_nothing_left_to_train_on_is_a_sentence(tmp_path: Path) -> None:
    row = json.dumps({"dialogue": "A: one two three four five six", "summary": "x"}) + "\n"
    for name in ("train", "test"):
        (tmp_path / f"{name}.jsonl").write_text(row * 3)
    asked = DataSpec(source=str(tmp_path), exclude_leaked="exact")
    with pytest.raises(DataError, match=r"No training example of .* is left"):
        load(asked, need_train=True)
    assert load(asked).splits.train == (), "a zero-shot run needs none"
    with pytest.raises(DataError, match=r"Set data\.exclude_leaked=none"):
        preflight.prepared(spec.from_dict({"method": "lora", "data": asked.model_dump(exclude_none=True)}))


def test_a_file_that_is_divided(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    texts = [fake_data.dialogue(n) for n in range(30)]
    texts += [fake_data.changed(text) for text in texts]
    path.write_text("".join(json.dumps({"dialogue": text, "summary": "x"}) + "\n" for text in texts))
    exact, near = read(path, exclude_leaked="exact"), read(path, exclude_leaked="near")
    assert exact.excluded == 0, "divided so that no dialogue is in two splits"
    assert near.excluded > 0
    assert near.excluded + len(near.splits.train) == len(exact.splits.train)
