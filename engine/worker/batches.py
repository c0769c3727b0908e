"""Examples as tokens: prompts cut so that the instruction stays, batches of like lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils.data import Dataset, Sampler

from engine.data.examples import Example
from engine.data.prompts import render

IGNORED = -100
"""Label of a padded position; the loss skips it."""
MULTIPLE = 8
"""Sequences are padded to a multiple of this: tensor cores want it, CPUs meet fewer new shapes."""
MEGABATCH = 100
"""Batches drawn at random together, then sorted by length among themselves."""
JITTER = 0.05
"""Lengths are sorted with this much relative noise, so that an epoch's batches are not the last one's."""


@dataclass(frozen=True)
class Row:
    """One example as token ids, end marks included."""

    example: Example
    source: list[int]
    target: list[int] = field(default_factory=list)
    truncated: bool = False
    """Whether the dialogue was cut to fit."""


@dataclass(frozen=True)
class Counts:
    """What tokenising a split cut, for the manifest."""

    examples: int
    references: int
    truncated_sources: int
    truncated_targets: int
    longest_source: int
    """Tokens of the longest prompt before cutting."""


class Rows(Dataset[Row]):
    """A tokenised split."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    @property
    def lengths(self) -> list[int]:
        """Source and target tokens of each row."""
        return [len(row.source) + len(row.target) for row in self.rows]


def encode_prompts(
    tokenizer: Any, template: str, dialogues: Sequence[str], limit: int
) -> tuple[list[list[int]], list[bool], int]:
    """Token ids of each prompt, whether its dialogue was cut, and the longest prompt before cutting.

    A prompt of more than ``limit`` tokens loses the end of its dialogue; what the template says after it stays.
    """
    ids = tokenizer([render(template, dialogue) for dialogue in dialogues])["input_ids"] if dialogues else []
    longest = max((len(row) for row in ids), default=0)
    cut = [len(row) > limit for row in ids]
    for index, too_long in enumerate(cut):
        if too_long:
            ids[index] = _cut(tokenizer, template, dialogues[index], limit)
    return ids, cut, longest


def tokenise(
    tokenizer: Any, examples: Sequence[Example], template: str, max_source: int, max_target: int, targets: bool = True
) -> tuple[Rows, Counts]:
    """``examples`` as rows, in order, with what was cut. ``targets`` takes each example's first reference."""
    sources, cut, longest = encode_prompts(tokenizer, template, [e.dialogue for e in examples], max_source)
    labels: list[list[int]] = [[] for _ in examples]
    long_targets = 0
    if targets and examples:
        full = tokenizer(text_target=[example.references[0] for example in examples])["input_ids"]
        long_targets = sum(len(row) > max_target for row in full)
        labels = [row if len(row) <= max_target else [*row[: max_target - 1], row[-1]] for row in full]
    rows = [Row(*parts) for parts in zip(examples, sources, labels, cut, strict=True)]
    references = sum(len(example.references) for example in examples)
    return Rows(rows), Counts(len(rows), references, sum(cut), long_targets, longest)


@dataclass(frozen=True)
class Collator:
    """Pads rows to the longest of their batch: labels with -100, sources with the pad token."""

    pad_token_id: int

    def __call__(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """``input_ids``, ``attention_mask`` (batch, source_length) and ``labels`` (batch, target_length)."""
        batch = {
            "input_ids": _padded([row.source for row in rows], self.pad_token_id),
            "attention_mask": _padded([[1] * len(row.source) for row in rows], 0),
        }
        if any(row.target for row in rows):
            batch["labels"] = _padded([row.target for row in rows], IGNORED)
        return batch


class LikeLengths(Sampler[int]):
    """Indices in an order whose consecutive ``batch_size`` have like lengths; the longest batch comes first.

    Random at two levels (which examples share a megabatch, the order of the batches) and by the epoch, so a
    resumed run sees the same order. transformers' own grouping sorts within 50 batches or a quarter of a small
    split, which for a few hundred examples groups hardly at all.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths = torch.tensor(lengths, dtype=torch.float32)
        self.batch_size, self.seed, self.epoch = batch_size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        count = len(self.lengths)
        noisy = self.lengths * (1 + JITTER * (2 * torch.rand(count, generator=generator) - 1))
        shuffled = torch.randperm(count, generator=generator)
        full: list[list[int]] = []
        partial: list[list[int]] = []
        for mega in shuffled.split(MEGABATCH * self.batch_size):
            ordered = mega[noisy[mega].argsort(descending=True)].tolist()
            batches = [ordered[at : at + self.batch_size] for at in range(0, len(ordered), self.batch_size)]
            for batch in batches:
                (full if len(batch) == self.batch_size else partial).append(batch)
        order = torch.randperm(len(full), generator=generator).tolist()
        if full:  # memory runs out at once or not at all
            longest = max(range(len(full)), key=lambda at: max(self.lengths[full[at]].tolist()))
            order.remove(longest)
            order.insert(0, longest)
        # Short batches go last: a sampler yields a flat order, and one short batch would shift all after it.
        for batch in [full[at] for at in order] + partial:
            yield from batch


def by_tokens(lengths: Sequence[int], budget: int, most: int) -> list[list[int]]:
    """Indices in batches, longest first, each of at most ``budget`` padded tokens and ``most`` rows (one at least)."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    batches: list[list[int]] = []
    for index in order:
        widest = lengths[batches[-1][0]] if batches else 0
        if batches and len(batches[-1]) < most and widest * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _padded(rows: Sequence[list[int]], value: int) -> torch.Tensor:
    width = max(map(len, rows))
    width += -width % MULTIPLE
    return torch.tensor([row + [value] * (width - len(row)) for row in rows])


def _cut(tokenizer: Any, template: str, dialogue: str, limit: int) -> list[int]:
    """The ids of the longest prompt within ``limit`` that keeps a beginning of ``dialogue``."""

    def ids(characters: int) -> list[int]:
        found: list[int] = tokenizer(render(template, dialogue[:characters].rstrip()))["input_ids"]
        return found

    low, high = 0, len(dialogue)  # tokens never shrink as the dialogue grows, near enough for a search
    while low < high:
        middle = (low + high + 1) // 2
        if len(ids(middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    found = ids(low)
    return found if len(found) <= limit else [*found[: limit - 1], found[-1]]
