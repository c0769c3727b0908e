"""Forgetting, outputs and leaks as findings, and the record of them."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import builtin
from engine.data import duplicates, general
from engine.data.examples import Example, Splits
from engine.data.leakage import Leakage, texts
from engine.errors import DataError
from engine.runs.events import Notice, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import RunFolder
from engine.runs.health import change, forgetting, leaks, record
from engine.runs.health.change import Change
from engine.runs.health.finding import CODES, Finding
from engine.runs.health.looks import looks, tasks

# -- forgetting -----------------------------------------------------------------------------------


def measured(rises: dict[str, tuple[float, float, float]], prompts: int = 9, seed: int = 1) -> forgetting.Forgetting:
    """``rises``: by task, its loss before, how much it rises, and by how much that differs from prompt to prompt."""
    chance = random.Random(seed)
    names, before, after = [], [], []
    for task, (level, rise, spread) in rises.items():
        for _ in range(prompts):
            names.append(task)
            before.append(level + chance.uniform(-1, 1) * min(level, 1))
            after.append(before[-1] + chance.gauss(rise, spread))
    return forgetting.compare("builtin", names, before, after)


def test_a_task_that_was_forgotten_is_found_with_its_interval() -> None:
    found = measured({"questions": (2.0, 3.0, 0.4), "speech": (1.0, 0.1, 0.1), "poems": (8.0, 5.0, 0.2)})
    (finding,) = forgetting.findings(found)
    assert (finding.level, finding.code) == ("warning", "forgetting")
    assert "questions" in finding.text and "speech" not in finding.text
    assert "poems" not in finding.text, "what nobody knew cannot be forgotten"
    assert finding.evidence["questions: low"] > math.log(2)
    rows = {row.task: row for row in found.tasks}
    assert rows["questions"].forgotten and not rows["speech"].forgotten and not rows["poems"].judged
    assert found.overall is not None and found.overall.prompts == 18


def test_noise_is_rarely_called_forgetting() -> None:
    """Tasks that rise by half of what is called forgetting: at most one in fifty such runs is called so."""
    mild = {"a": (2.0, 0.35, 0.5), "b": (3.0, 0.35, 0.7), "c": (1.0, 0.2, 0.5)}
    called = [seed for seed in range(200) if forgetting.findings(measured(mild, seed=seed))]
    assert len(called) <= 4


def test_intervals_are_students() -> None:
    found = forgetting.compare("x", ["t"] * 4, [1.0, 1.0, 1.0, 1.0], [1.5, 2.0, 2.5, 3.0])
    (row,) = found.tasks
    half = 3.182446 * math.sqrt(5 / 12) / 2  # Student's t with 3 degrees of freedom; variance 5/12 of four figures
    assert (row.rise, row.low, row.high) == pytest.approx((1.25, 1.25 - half, 1.25 + half), rel=1e-5)


def test_losses_that_are_no_numbers_are_left_out_and_counted() -> None:
    found = forgetting.compare("x", ["t", "t", "u"], [1.0, math.nan, 2.0], [1.0, 1.0, math.inf])
    assert [(row.task, row.prompts, row.low) for row in found.tasks] == [("t", 1, None)] and found.skipped == 2
    assert forgetting.findings(found) == []
    nothing = forgetting.compare("x", ["t"], [math.nan], [math.nan])
    assert nothing.tasks == () and nothing.overall is None and forgetting.findings(nothing) == []


# -- outputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Change(4, 0.0, 30.0, 0.0, 5000, 12, 0), "None of the 5,000 weights looked at, in 12 tensors, has changed."),
        (Change(4, 1e-5, 30.0, 1e-9, 5000, 12, 3), "Weights changed in 3 of 12 tensors, by at most 1.0e-09"),
        (Change(4, 3.0, 30.0, 0.0, 5000, 12, 0), "the model is as it was when it began. None of the 5,000 weights"),
        (Change(0, 0.0, 0.0, 0.0, 5000, 12, 0), "the model is as it was when it began. None of the 5,000 weights"),
        (Change(1, 0.0, 30.0, 0.0, 0, 0, 0), "on 1 prompt (the largest output is 30.0). No weight was set to train."),
    ],
)
def test_outputs_within_rounding_are_a_training_that_changed_nothing(seen: Change, words: str) -> None:
    (found,) = change.findings(seen, 125)
    assert (found.level, found.code) == ("error", "unchanged")
    assert words in found.text and "after 125 steps" in found.text and found.evidence["tensors"] == seen.tensors


def test_outputs_that_differ_are_left_alone() -> None:
    assert change.findings(Change(4, 0.01, 30.0, 1e-4, 5000, 12, 12), 4) == []
    assert change.findings(Change(0, 0.0, 0.0, 0.1, 5000, 12, 12), 4) == []


# -- leaks ----------------------------------------------------------------------------------------


def said(*lines: int) -> str:
    return "\n".join(f"#Person1#: line {n} of a talk about {n * n} things and {n + 7} more of them" for n in lines)


def split(name: str, *dialogues: str) -> tuple[Example, ...]:
    return tuple(Example(f"{name}_{n}", text, ("A summary.",)) for n, text in enumerate(dialogues))


def looked(splits: Splits) -> leaks.Leaks:
    return leaks.leaks(splits, Leakage(splits, duplicates.find(texts(splits))))


def test_leaks_are_counted_by_pair_of_splits() -> None:
    train = split("train", said(1, 2, 3, 4), said(5, 6, 7, 8), said(9, 10, 11, 12))
    test = split(
        "test", said(5, 6, 7, 8).upper(), said(20, 21), said(1, 2, 3, 4, 30), *(said(n) for n in range(40, 60))
    )
    found = looked(Splits(train, split("validation", said(20, 21), said(70)), test))
    assert found.between("test", "train") == leaks.Shared("test", "train", 1, 1)
    assert found.between("test", "validation") == leaks.Shared("test", "validation", 1, 0)
    assert found.test == ("test_0", "test_2")
    (finding,) = leaks.findings(found)
    assert finding.level == "warning" and finding.evidence == {"exact": 1, "near": 1, "of": 23}
    assert "contain 8.7 % of the test" in finding.text


def test_one_of_many_is_told_and_is_no_warning() -> None:
    train = split("train", said(1, 2, 3))
    found = looked(Splits(train, (), split("test", said(1, 2, 3), *(said(n) for n in range(100, 250)))))
    (finding,) = leaks.findings(found)
    assert finding.level == "info" and "1 of 151 test dialogue is in the train split too, 1 exactly" in finding.text


def test_clean_splits_and_lone_ones_have_nothing() -> None:
    found = looked(Splits(split("train", said(1)), split("validation", said(2)), split("test", said(3))))
    assert leaks.findings(found) == [] and len(found.shared) == 3 and found.test == ()
    alone = looked(Splits(split("train", said(1), said(1))))
    assert leaks.findings(alone) == [] and alone.shared == ()


def test_exact_copies_alone_are_the_same_as_those_found_with_near_ones() -> None:
    given = [said(1), said(2), said(1).lower(), said(3), said(2), said(1)]
    assert duplicates.copies(given) == duplicates.find(given).exact == ((0, 2, 5), (1, 4))


# -- the record -----------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A folder."""
    (tmp_path / "some").mkdir()
    return RunFolder(tmp_path / "some")


def test_what_is_recorded_is_read_back(run: RunFolder) -> None:
    record.begin(run, resume=False)
    finding = Finding("warning", "overfitting", "It rises.", "Stop.", {"step": 3.0}, time=5.0)
    record.add(run, finding)
    measure = measured({"a": (1.0, 0.2, 0.3)})
    seen = looked(Splits(split("train", said(1)), (), split("test", said(2))))
    record.note(run, forgetting=measure, leaks=seen, change=Change(4, 1.0, 30.0, 0.1, 10, 2, 2), curves=True)
    health = record.read(run)
    assert health == record.Health((finding,), seen, measure, Change(4, 1.0, 30.0, 0.1, 10, 2, 2), True)
    assert all(look.seen for look in looks(health, over=True)) and len(tasks(measure)) == 2
    assert json.loads(json.dumps(record.plain(health)))["findings"][0]["code"] == "overfitting"


def test_a_finding_takes_the_place_of_one_that_says_the_same(run: RunFolder) -> None:
    for text, step in (("first", 10), ("second", 10), ("later", 40)):
        record.add(run, Finding("warning", "overfitting", text, evidence={"step": step}))
    record.add(run, Finding("warning", "leak", "twelve"))
    record.add(run, Finding("info", "leak", "one"))
    assert [one.text for one in record.read(run).findings] == ["second", "later", "one"]
    assert [one.text for one in record.read(run).gravest] == ["later", "second", "one"]
    assert [one.text for one in record.read(run).concerns] == ["later"]
    record.note(run, leaks=looked(Splits(split("train", said(1)), (), split("test", said(2)))))
    assert [one.text for one in record.read(run).findings] == ["second", "later"], "the leak is gone"
    record.begin(run, resume=True)
    assert len(record.read(run).findings) == 2
    record.begin(run, resume=False)
    assert record.read(run) == record.Health()


def test_a_run_from_before_has_what_its_notices_say(run: RunFolder) -> None:
    notices = [Notice("info", "dtype", "float32", time=1.0), Notice("warning", "divergence", "It rises.", time=2.0)]
    append_lines(run.events_path, map(encode, notices))
    assert record.read(run) == record.Health()
    assert [(one.code, one.time) for one in record.recover(run).findings] == [("divergence", 2.0)]


PLACES = [
    "findings",
    "leaks",
    "forgetting",
    "change",
    "tasks",
    "shared",
    "overall",
    "evidence",
    "code",
    "level",
    "text",
]
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PLACES), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(PLACES), values, max_size=6))
def test_a_damaged_record_is_never_in_the_way(given: dict[str, object]) -> None:
    health = record.of(given)
    assert all(one.code in CODES for one in health.gravest)
    assert looks(health, over=True) and looks(health, over=False) and tasks(health.forgetting) is not None


def test_a_newer_versions_findings_are_passed_over(run: RunFolder) -> None:
    write_json(run.path / record.NAME, {"findings": [{"level": "warning", "code": "tired", "text": "Yawn."}], "new": 1})
    assert record.read(run).findings == ()


# -- general prompts ------------------------------------------------------------------------------


def test_the_built_in_prompts_are_sixty_of_seven_tasks() -> None:
    found, left = general.read(builtin.NAME)
    assert (len(found), left, len({one.task for one in found}), len({one.input for one in found})) == (60, 0, 7, 60)
    assert all(one.target.strip() == one.target for one in found)


def test_ones_own_prompts_are_read_and_many_are_thinned_evenly(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("input,target,extra\nWhat?,That.,x\n", encoding="utf-8")
    assert general.read(str(path)) == ([general.General("general", "What?", "That.")], 0)
    many = tmp_path / "many.jsonl"
    rows = [{"input": f"Q{n}", "target": "A", "task": f"t{n // 100}"} for n in range(600)]
    many.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found, left = general.read(str(many))
    assert len(found) + left == 600 and len(found) <= general.MOST and len({one.task for one in found}) == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"input": "Q"}', "has no column 'target'"),
        ('{"input": "Q", "target": "A"}\n{"input": "", "target": "A"}', "Row 2 of"),
        ('{"input": 3, "target": "A"}', "Row 1 of"),
    ],
)
def test_bad_prompts_are_answered_in_sentences(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        general.absolute(str(path))
    assert words in str(caught.value)


def test_prompts_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone"):
        general.absolute(str(tmp_path / "gone.jsonl"))
    assert general.absolute("builtin") == "builtin"
