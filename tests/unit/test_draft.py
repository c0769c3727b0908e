"""A new run's draft: what is typed, what is wrong, and the file and command line that say the same."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import presets, spec, tasks
from engine.errors import SpecError
from engine.spec import RunSpec
from tests.unit.test_spec import FIELDS as ANY
from tui import draft
from tui.commands.asking import asked
from tui.commands.training import train
from tui.draft import Draft, of_preset, of_spec

KEYS = [key for key in draft.FIELDS if key not in ("preset", "name")]
names = st.none() | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Any preset with any valid values over it."""
    made = of_preset(draw(st.sampled_from(sorted(presets.PRESETS))))
    chosen = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=len(KEYS)))
    values = {key: draw(ANY[key]) for key in chosen if key in ANY}
    if values.get("data.train") == 0 or values.get("data.validation") == 0:
        values["train.patience"] = 0
    if values.get("method", made.value("method")) == "full":
        values["base.quantise"] = "none"
    values["task"] = made.value("task")  # what holds between tasks and other fields is tested in test_tasks
    if values["task"] != tasks.USUAL:
        other = ("method", "train.metric", "base.from_run", "base.quantise")
        values = {key: value for key, value in values.items() if key not in other}
    for key, value in {**values, "name": draw(names)}.items():
        made = made.put(key, value)
    return made


def parsed(words: list[str]) -> RunSpec:
    """What the command line of ``dialtune train`` asks for."""
    given = train.make_context("train", list(words)).params  # parsed as the real command is; nothing is started
    return asked(given["spec"], given["preset"], given["settings"], given["name"])


@given(drafts())
@settings(max_examples=200, deadline=None)
def test_file_and_command_give_the_same_spec(made: Draft) -> None:
    whole = made.spec()
    assert spec.from_toml(made.toml()) == whole
    assert spec.from_toml(made.toml(whole=True)) == whole
    words = shlex.split(shlex.join(made.command()))
    assert parsed(words[1:]) == whole


@given(drafts())
@settings(max_examples=200, deadline=None)
@example(of_preset("article-lora").put("base.revision", " "))
def test_every_value_can_be_typed_as_it_is_shown(made: Draft) -> None:
    again = Draft(made.start, made.origin)
    for key in KEYS:
        again = again.typed(key, made.text(key))
    assert again.put("name", made.value("name")).spec() == made.spec()


@given(st.sampled_from(KEYS), st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_is_kept_and_judged(key: str, text: str) -> None:
    made = of_preset().typed(key, text)
    if not made.problems:
        assert made.spec() is not None
    else:
        with pytest.raises(SpecError):
            made.spec()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("train.epochs", "2", 2),
        ("train.epochs", " 2.5 ", 2.5),
        ("train.learning_rate", "1e-3", 1e-3),
        ("data.train", "all", "all"),
        ("data.train", "100", 100),
        ("lora.targets", "q, v,o", ["q", "v", "o"]),
        ("lora.targets", '["q", "a,b"]', ["q", "a,b"]),
        ("prompt.template", r"Say:\n\n{dialogue}\\n", "Say:\n\n{dialogue}\\n"),
        ("base.revision", "", None),
        ("base.revision", "12", "12"),
        ("base.allow_remote_code", "true", True),
    ],
)
def test_what_typing_means(key: str, text: str, value: Any) -> None:
    assert draft.read(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("train.epochs", "0", "above 0"),
        ("train.epochs", "many", "a number"),
        ("train.epochs", "", "a number"),
        ("train.schedule", "lineal", "linear, cosine"),
        ("prompt.template", "no place", "{dialogue} exactly once"),
        ("lora.targets", "", "at least one"),
        ("base.name", "", "not empty"),
        ("data.train", "some", "all"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(key: str, text: str, words: str) -> None:
    problems = of_preset().typed(key, text).problems
    assert list(problems) == [key]
    assert words in problems[key]


def test_what_concerns_several_fields_is_told_under_none() -> None:
    made = of_preset("article-lora").put("data.validation", 0)
    assert list(made.problems) == [""] and "patience" in made.problems[""]


def test_only_what_differs_from_the_start_is_a_change() -> None:
    made = of_preset("lora-r32").put("lora.rank", 8).put("train.epochs", 3.0)
    assert set(made.changes) == {"lora.rank"}
    assert made.undone("lora.rank").changes == {} == made.put("lora.rank", 32).changes


def test_choices_go_round() -> None:
    made = of_preset("lora-r32")
    assert [made := made.cycled("method", 1), made.value("method")][1] == "soft-prompt"
    assert made.cycled("method", -1).value("method") == "lora"
    assert made.cycled("method", 1).value("method") == "zero-shot"
    assert made.typed("method", "x").cycled("method", 1).value("method") == "zero-shot"
    assert made.cycled("train.keep_best", 1).value("train.keep_best") is False
    assert made.cycled("train.epochs", 1) is made


def test_a_run_without_a_preset_is_given_the_nearest_one() -> None:
    old = spec.overridden(spec.from_dict({"preset": "demo-full"}), {"train.epochs": 2, "name": "old"})
    made = of_spec(old.model_copy(update={"preset": None}), "run old")
    assert made.spec().preset == "demo-full" and made.spec().name is None
    assert made.command() == ["train", "--preset", "demo-full", "--set", "train.epochs=2.0"]
