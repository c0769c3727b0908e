"""Prompts: the dialogue stands where the template says, whatever braces either has."""

from hypothesis import given
from hypothesis import strategies as st

from engine.data.prompts import render
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
