"""Tokens and batches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.examples import Example
from engine.spec import PROMPT
from engine.worker.batches import IGNORED, MULTIPLE, Collator, LikeLengths, Row, by_tokens, encode_prompts, tokenise

LENGTHS = st.lists(st.integers(1, 600), min_size=1, max_size=300)


@given(LENGTHS, st.integers(1, 32), st.integers(0, 5))
def test_an_epoch_takes_every_example_once(lengths: list[int], batch_size: int, epoch: int) -> None:
    sampler = LikeLengths(lengths, batch_size, seed=1)
    sampler.set_epoch(epoch)
    order = list(sampler)
    assert sorted(order) == list(range(len(lengths))) and len(sampler) == len(order)
    assert order == list(sampler), "an epoch's order is fixed"


def test_batches_have_like_lengths_and_epochs_differ() -> None:
    lengths = [10 + (i * 37) % 490 for i in range(64)]
    sampler = LikeLengths(lengths, 8, seed=3)
    orders = []
    for epoch in range(3):
        sampler.set_epoch(epoch)
        order = list(sampler)
        orders.append(order)
        batches = [[lengths[i] for i in order[at : at + 8]] for at in range(0, 64, 8)]
        padded = sum(max(batch) * 8 for batch in batches)
        assert padded < 1.2 * sum(lengths)
        assert max(batches[0]) == max(max(batch) for batch in batches), "the longest comes first"
    assert len({tuple(order) for order in orders}) == 3


@given(LENGTHS, st.integers(1, 2000), st.integers(1, 40))
def test_decoding_batches_cover_all_within_the_budget(lengths: list[int], budget: int, most: int) -> None:
    batches = by_tokens(lengths, budget, most)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= most
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= budget
    longest = [max(lengths[i] for i in batch) for batch in batches]
    assert longest == sorted(longest, reverse=True)


@settings(deadline=None, max_examples=25)
@given(st.integers(24, 200), st.integers(1, 60))
def test_a_long_prompt_loses_the_end_of_its_dialogue_and_keeps_its_instruction(limit: int, turns: int) -> None:
    from engine import builtin
    from engine.spec import BaseSpec
    from engine.worker.bases import load_tokenizer

    assert builtin.BASE.is_dir()
    tokenizer = load_tokenizer(BaseSpec())
    dialogue = "\n".join(f"#Person{1 + i % 2}#: Turn {i} is about the rent." for i in range(turns))
    (ids,), (cut,), longest = encode_prompts(tokenizer, PROMPT, [dialogue], limit)
    assert len(ids) <= limit and cut == (longest > limit)
    text = tokenizer.decode(ids, skip_special_tokens=True)
    assert text.startswith("Summarize the following conversation.") and text.rstrip().endswith("Summary:")
    if cut:
        assert len(ids) > limit - 12, "no more is cut than must be"


def test_labels_are_padded_with_what_the_loss_ignores() -> None:
    example = Example("a", "x", ("y",))
    batch = Collator(0)([Row(example, [5, 6, 1], [7, 1]), Row(example, [5] * 9, [7, 8, 9, 1])])
    assert batch["input_ids"].shape == (2, 2 * MULTIPLE) and batch["labels"].shape == (2, MULTIPLE)
    assert batch["attention_mask"].sum(dim=1).tolist() == [3, 9]
    assert batch["labels"][0].tolist() == [7, 1] + [IGNORED] * 6
    assert set(batch["input_ids"][0, 3:].tolist()) == {0}


def test_a_cut_target_still_ends(tokenizer: Any) -> None:
    rows, counts = tokenise(tokenizer, [Example("a", "hello", ("one two three four five six " * 5,))], PROMPT, 64, 8)
    assert len(rows[0].target) == 8 and rows[0].target[-1] == tokenizer.eos_token_id and counts.truncated_targets == 1


@pytest.mark.parametrize("dialogue", ["", "{", "}{", "{dialogue}", "\x00\x1b[31m", "😀" * 50])
def test_any_dialogue_can_be_tokenised(tokenizer: Any, dialogue: str) -> None:
    (ids,), _, _ = encode_prompts(tokenizer, PROMPT, [dialogue], 128)
    assert ids[-1] == tokenizer.eos_token_id
