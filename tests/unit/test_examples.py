"""The fingerprint of a run's data: equal for equal data, different for any other."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.data.examples import Example, Splits

words = st.text(st.sampled_from(["a", "1", ":", "\x1f", "\x1d", "\n", "\ud800"]), max_size=2)
examples = st.lists(
    st.builds(Example, id=words, dialogue=words, references=st.lists(words, max_size=3).map(tuple)), max_size=3
).map(tuple)
splits = st.builds(Splits, train=examples, validation=examples, test=examples)


@given(splits, splits)
def test_equal_only_for_equal_data(one: Splits, other: Splits) -> None:
    assert replace(one).fingerprint() == one.fingerprint()
    assert (one.fingerprint() == other.fingerprint()) == (one == other)


def test_what_must_not_look_the_same() -> None:
    def of(*examples: Example) -> str:
        return Splits(train=examples).fingerprint()

    different = {
        of(Example("1", "d", ("a", "2", "e"))),
        of(Example("1", "d", ("a",)), Example("2", "e", ())),
        of(Example("1", "d", ("a\x1f2", "e"))),
        of(Example("2", "e", ()), Example("1", "d", ("a",))),
        Splits(test=(Example("1", "d", ("a", "2", "e")),)).fingerprint(),
        Splits().fingerprint(),
    }
    assert len(different) == 6
