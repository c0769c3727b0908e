"""What a terminal and a playground server say to each other survives the pipe, and what is broken is skipped."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.playground import protocol as say
from engine.playground.protocol import Decoding, Shots, problem

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "str": TEXT,
    "int": st.integers(),
    "float": NUMBER,
    "bool": st.booleans(),
    "int | None": st.none() | st.integers(),
    "tuple[str, ...]": st.lists(TEXT, max_size=3).map(tuple),
    "dict[str, float]": st.dictionaries(TEXT, NUMBER, max_size=3),
}


def made(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a dataclass of the protocol."""
    inner = {"Decoding": Decoding, "Shots": Shots}
    values = {}
    for field in fields(kind):
        if field.type in inner:
            values[field.name] = made(inner[str(field.type)])
        elif field.type == "tuple[Model, ...]":
            values[field.name] = st.lists(made(say.Model), max_size=3).map(tuple)
        else:
            values[field.name] = KNOWN[str(field.type)]
    return st.builds(kind, **values)


@given(st.sampled_from(sorted(say.KINDS)).flatmap(lambda kind: made(say.KINDS[kind])))
def test_every_message_comes_back_as_it_was(message: say.Message) -> None:
    line = say.encode(message)
    assert line.endswith("\n") and line.isascii() and line.count("\n") == 1
    assert say.decode(line) == message


@given(st.text() | st.binary().map(lambda data: data.decode("utf-8", "replace")))
def test_no_line_raises(line: str) -> None:
    assert say.decode(line) is None or isinstance(say.decode(line), say.Message)


@pytest.mark.parametrize(
    "line",
    [
        "", "[]", "3", '{"kind": "dance"}', '{"kind": ["done"]}', '{"kind": "cancel"}', '{"kind": "cancel", "id": "1"}',
        '{"kind": "done", "id": 1, "model": "x", "text": "y", "seconds": NaN, "tokens": 1, "prompt_tokens": 2}',
        '{"kind": "generate", "id": 1, "models": [{"run": "x"}], "dialogue": "A: x"}',
    ],
)  # fmt: skip
def test_what_is_damaged_or_unknown_is_skipped(line: str) -> None:
    assert say.decode(line) is None


def test_a_field_of_a_newer_version_is_skipped() -> None:
    newer = json.dumps({"kind": "cancel", "id": 3, "gently": True})
    assert say.decode(newer) == say.Cancel(3)


def test_a_lone_surrogate_ends_nobody() -> None:
    found = say.decode(say.encode(say.Failed(1, "x", "broken \ud800")))
    assert isinstance(found, say.Failed) and found.happened == "broken \ufffd"


def test_the_usual_settings_can_be_used() -> None:
    assert problem(Decoding()) == problem(Shots()) == ""


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Decoding(max_new_tokens=0), "new tokens must be 1 to 4096, not 0."),
        (Decoding(top_p=0.0), "top p must be 0.01 to 1, not 0."),
        (Decoding(temperature=math.nan), "temperature must be"),
        (Decoding(beams=4, temperature=0.7), "do not go together"),
        (Shots(count=21), "shots must be 0 to 20"),
        (Shots(seed=-1), "shots seed must be"),
    ],
)
def test_what_cannot_be_used_is_said(settings: Decoding | Shots, says: str) -> None:
    assert says in problem(settings)


def test_settings_in_a_few_words() -> None:
    assert Decoding().summary == "greedy, 128 tokens"
    assert Decoding(beams=4, length_penalty=2, no_repeat_ngram=3).summary == (
        "4 beams penalty 2 no 3-gram twice, 128 tokens"
    )
    assert Decoding(temperature=0.7, top_p=0.9, top_k=50).summary == "sampling T=0.7 p=0.9 k=50 seed 42, 128 tokens"
    assert Decoding().streams and not Decoding(beams=2).streams


def test_the_ranges_are_those_of_a_spec() -> None:
    from engine.spec import DecodeSpec

    for name in ("max_new_tokens", "beams", "length_penalty", "no_repeat_ngram"):
        (field,) = (one for one in fields(Decoding) if one.name == name)
        for end in ("low", "high"):
            DecodeSpec.model_validate({name: field.metadata[end]})
        assert getattr(DecodeSpec(), name) == field.default
