"""Prompts: the dialogue stands where the template says, whatever braces either has."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.examples import Example
from engine.data.prompts import choose, few_shot, fitting, render
from engine.errors import DataError
from engine.spec import PROMPT


def test_the_default_prompt() -> None:
    assert render(PROMPT, "A: hi") == "Summarize the following conversation.\n\nA: hi\n\nSummary: "


@given(st.text(), st.text(), st.text())
def test_braces_are_text(before: str, dialogue: str, after: str) -> None:
    before, after = before.replace("{dialogue}", ""), after.replace("{dialogue}", "")
    template = before + "{dialogue}" + after
    if template.count("{dialogue}") == 1:
        assert render(template, dialogue) == before + dialogue + after


def test_a_dialogue_may_speak_of_the_place() -> None:
    assert render("{x} {{y}} {dialogue} {0}", "say {dialogue} {") == "{x} {{y}} say {dialogue} { {0}"


# -- shots ----------------------------------------------------------------------------------------

EXAMPLES = tuple(Example(f"e{n}", f"A: {n}", (f"summary {n}", "another")) for n in range(10))


def test_a_few_shot_prompt_is_the_courses() -> None:
    template = "Dialogue:\n\n{dialogue}\n\nWhat was going on?\n"
    assert few_shot(template, EXAMPLES[:2], "B: now") == (
        "Dialogue:\n\nA: 0\n\nWhat was going on?\nsummary 0\n\n\n"
        "Dialogue:\n\nA: 1\n\nWhat was going on?\nsummary 1\n\n\n"
        "Dialogue:\n\nB: now\n\nWhat was going on?\n"
    )


def test_no_shots_are_zero_shots() -> None:
    assert few_shot(PROMPT, [], "A: hi") == render(PROMPT, "A: hi")


def test_a_shot_may_speak_of_the_place() -> None:
    shot = Example("x", "say {dialogue}", ("{dialogue}!",))
    assert few_shot("<{dialogue}>", [shot], "me") == "<say {dialogue}>{dialogue}!\n\n\n<me>"


def ids(examples: Sequence[Example]) -> list[str]:
    return [example.id for example in examples]


def test_shots_are_the_first_or_drawn_or_named() -> None:
    assert ids(choose(EXAMPLES, 3)) == ["e0", "e1", "e2"]
    drawn = choose(EXAMPLES, 3, seed=7)
    assert drawn == choose(EXAMPLES, 3, seed=7) and len(set(ids(drawn))) == 3
    assert drawn != choose(EXAMPLES, 3, seed=8)
    assert ids(choose(EXAMPLES, 1, seed=7, ids=("e9", "e4", "e9"))) == ["e9", "e4"]
    assert choose(EXAMPLES, 0) == ()


def test_a_dialogue_is_no_example_for_itself() -> None:
    assert ids(choose(EXAMPLES, 2, dialogue=" A: 0\n")) == ["e1", "e2"]
    assert ids(choose((Example("bare", "A: x", ()), *EXAMPLES), 1)) == ["e0"]


def test_shots_that_are_not_there_are_told() -> None:
    with pytest.raises(DataError, match=r"no example 'nine'.*'e0', 'e1', 'e2'"):
        choose(EXAMPLES, 0, ids=("e1", "nine"))
    with pytest.raises(DataError, match="only 10 examples"):
        choose(EXAMPLES, 11)


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(0, 100))
def test_what_is_kept_fits_and_nothing_else_would(lengths: list[int], limit: int) -> None:
    shots = [Example(str(place), "x" * length, ("s",)) for place, length in enumerate(lengths)]
    kept, dropped = fitting("{dialogue}", shots, "dialogue", len, limit)
    assert sorted(ids(kept) + ids(dropped)) == ids(shots)
    assert not kept or len(few_shot("{dialogue}", kept, "dialogue")) <= limit
    for shot in dropped:
        before = [one for one in kept if int(one.id) < int(shot.id)]
        assert len(few_shot("{dialogue}", [*before, shot], "dialogue")) > limit
