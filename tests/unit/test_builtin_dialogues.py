"""The built-in dialogues: what ships is what the scripts make, and no summary tells what nobody said."""

from __future__ import annotations

import collections
import functools
import json
import random
import re

import pytest

from engine.builtin import generate
from engine.builtin.grammar import _FIRST_NAMES, _NUMBERS, _SURNAMES, MONTHS, SCENARIOS, WEEKDAYS, Draw, Scene, play

SPLITS = ("train", "validation", "test")
SCENARIO_NAMES = [scenario.name for scenario in generate.load_scenarios()]
DRAWS = 16
"""Scenes drawn from every scenario in each of two splits."""

NAMES = {name for names in (*_FIRST_NAMES.values(), _SURNAMES) for name in names.split()}
COMMON_WORDS = {"Will", "Price", "Young", "Grace", "Stone", "Wells", "Wood", "Lane", "Grant", "Rosa", "Frank", "Ford"}
"""Names that may also be ordinary words, or parts of a street's name, in a summary."""


@functools.cache
def built() -> dict[str, list[Scene]]:
    return generate.build_scenes()


@functools.cache
def drawn(name: str) -> tuple[Scene, ...]:
    return tuple(
        play(SCENARIOS[name], random.Random(f"{name}:{split}:{index}"), split, references=3)
        for split in ("train", "test")
        for index in range(DRAWS)
    )


def told(text: str) -> set[str]:
    """The numbers, weekdays, months and people a text mentions."""
    plain = re.sub(r"#Person[12]#", "", text)
    plain = re.sub(r"\b[Tt]he two\b|\btwo (ways|friends|people|options)\b", "", plain)
    words = re.findall(r"\d+:\d+|\d+|[A-Za-z]+", plain)
    exact = set(WEEKDAYS) | set(MONTHS) - {"May", "March"} | (NAMES - COMMON_WORDS)
    numbers = set(_NUMBERS) - {"one"}
    return {word for word in words if word in exact or word[0].isdigit()} | {
        word.lower() for word in words if word.lower() in numbers
    }


def test_shipped_files_are_what_the_scripts_make() -> None:
    stale = generate.stale_files()
    assert not stale, f"{stale} differ: run `python -m engine.builtin.generate`"


def test_shipped_rows_have_dialogsums_form_and_counts() -> None:
    ids = {
        "train": [f"train_{i}" for i in range(2000)],
        "validation": [f"dev_{i}" for i in range(200)],
        "test": [f"test_{i}_{n}" for i in range(150) for n in (1, 2, 3)],
    }
    for split in SPLITS:
        rows = [json.loads(line) for line in generate.file_of(split).read_text(encoding="utf-8").splitlines()]
        assert [row["id"] for row in rows] == ids[split]
        assert all(list(row) == ["id", "dialogue", "summary", "topic"] for row in rows)
        assert all(isinstance(value, str) and value for row in rows for value in row.values())


def test_building_again_in_a_new_process_gives_the_same(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test.jsonl", "train.jsonl", "validation.jsonl"]
    (tmp_path / "test.jsonl").write_text("{}\n")
    assert [path.name for path in generate.stale_files()] == ["test.jsonl"]


def test_check_says_what_to_run(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    generate.main(["--check"])
    assert "python -m engine.builtin.generate" in capsys.readouterr().err


def test_there_are_enough_scenarios_and_they_are_spread_evenly() -> None:
    assert len(SCENARIO_NAMES) >= 25
    for split, scenes in built().items():
        counts = collections.Counter(scene.scenario for scene in scenes)
        assert set(counts) == set(SCENARIO_NAMES), split
        assert max(counts.values()) - min(counts.values()) <= 1


def test_no_dialogue_occurs_twice() -> None:
    dialogues = [scene.dialogue for scenes in built().values() for scene in scenes]
    assert len(set(dialogues)) == len(dialogues) == 2350


def test_no_skeleton_occurs_in_two_splits() -> None:
    train, validation, test = ({scene.skeleton for scene in built()[split]} for split in SPLITS)
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_test_dialogues_have_phrasings_training_never_saw() -> None:
    trained = {phrasing for scene in built()["train"] for phrasing in scene.skeleton}
    for scene in built()["test"]:
        assert sum(phrasing not in trained for phrasing in scene.skeleton) >= 2


def test_test_dialogues_have_three_distinct_references_and_others_one() -> None:
    assert {len(set(scene.references)) for scene in built()["test"]} == {3}
    assert {len(scene.references) for split in ("train", "validation") for scene in built()[split]} == {1}


@pytest.mark.parametrize("name", SCENARIO_NAMES)
def test_every_turn_and_summary_is_well_formed(name: str) -> None:
    for scene in drawn(name):
        turns = scene.dialogue.split("\n")
        assert 5 <= len(turns) <= 20, scene.dialogue
        speakers = [turn[:9] for turn in turns]
        assert set(speakers) == {"#Person1#", "#Person2#"}
        for turn in turns:
            assert re.match(r"^#Person[12]#: \S", turn), turn
            assert turn[-1] in ".!?", turn
        for text in (scene.dialogue, scene.gist, scene.topic, *scene.references):
            assert not re.search(r"[{}\[\]|]|  | [.,!?;:]|[,;] *[.!?]|(?<!\.)\.\.(?!\.)| $", text), text
        for text in scene.references:
            assert text[-1] == "." and (text[0].isupper() or text.startswith("#Person")), text
            assert 8 <= len(text.split()) <= 45, text


@pytest.mark.parametrize("name", SCENARIO_NAMES)
def test_summaries_tell_only_what_was_said(name: str) -> None:
    for scene in drawn(name):
        said = told(scene.dialogue)
        for reference in scene.references:
            missing = told(reference) - said
            assert not missing, f"{missing} not said in:\n{scene.dialogue}\n=> {reference}"


@pytest.mark.parametrize("name", SCENARIO_NAMES)
def test_facts_a_summary_mentions_were_said(name: str) -> None:
    """Facts with a number or a name of their own, such as "45 dollars" or "half past ten", word for word."""
    for scene in drawn(name):
        dialogue = scene.dialogue.lower()
        for reference in scene.references:
            for fact, value in scene.facts.items():
                if told(value) and re.search(rf"\b{re.escape(value)}\b", reference, re.IGNORECASE):
                    assert value.lower() in dialogue, f"{fact}={value} not said in:\n{scene.dialogue}\n=> {reference}"


@pytest.mark.parametrize("name", SCENARIO_NAMES)
def test_a_summary_calls_a_speaker_by_name_only_when_it_was_said(name: str) -> None:
    for scene in drawn(name):
        for reference in scene.references:
            for title in re.findall(r"\bM[rs]s?\. [A-Z]\w+", reference):
                assert title in scene.dialogue


def test_scenes_are_lazy_endless_and_seeded() -> None:
    some = [scene.dialogue for scene in generate.scenes("train", 40, seed="a")]
    assert some == [scene.dialogue for scene in generate.scenes("train", 40, seed="a")]
    assert some != [scene.dialogue for scene in generate.scenes("train", 40, seed="b")]
    assert next(generate.scenes("train", 10**12, seed="a")).dialogue == some[0]


def test_scenes_spread_over_all_scenarios() -> None:
    lap = list(generate.scenes("train", len(SCENARIO_NAMES), seed="a"))
    assert sorted(scene.scenario for scene in lap) == SCENARIO_NAMES


@pytest.mark.parametrize("split", ["train", "validation"])
def test_the_last_of_three_phrasings_is_kept_from_training(split: str) -> None:
    draw = Draw(random.Random(1), split)
    for _ in range(200):
        draw.one("first", "second", "third")
        draw.two("first", "second")
    said = {(person, text) for person, text in draw.turns}
    assert said == {(1, "First"), (1, "Second"), (2, "First"), (2, "Second")}


def test_the_test_split_says_all_phrasings_and_prefers_the_last() -> None:
    draw = Draw(random.Random(1), "test")
    for _ in range(300):
        draw.one("first", "second", "third", "fourth")
    counts = collections.Counter(text for _, text in draw.turns)
    assert set(counts) == {"First", "Second", "Third", "Fourth"}
    assert counts["Fourth"] > 300 * 0.4


@pytest.mark.parametrize(
    ("item", "spoken"),
    [("umbrella", "I want an umbrella."), ("kettle", "I want a kettle."), ("Elephant", "I want an Elephant.")],
)
def test_a_item_takes_the_right_article(item: str, spoken: str) -> None:
    draw = Draw(random.Random(0), "train")
    draw.set(item=item)
    draw.one("I want {a item}.")
    assert draw.turns == [(1, spoken)]
    assert draw.skeleton == ["1: I want {a item}."]


def test_a_line_tidies_spaces_and_sentence_starts() -> None:
    draw = Draw(random.Random(0), "train")
    draw.set(time="half past ten")
    draw.two("[Fine|Fine] [|] . {time} it is, Mr. lee[|] !")
    assert draw.turns == [(2, "Fine. Half past ten it is, Mr. lee!")]


def test_a_spoken_name_replaces_the_tag_in_summaries() -> None:
    draw = Draw(random.Random(0), "train")
    draw.one("Hello, {title2}.")
    assert draw.facts["P2"] == draw.facts["title2"]
    assert draw.facts["P1"] == "#Person1#"
