"""A prompt as tokens, worked examples included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import builtin
from engine.data.examples import Example
from engine.data.prompts import few_shot, fitting, render
from engine.data.sources import is_hub_id, load
from engine.spec import DataSpec
from engine.worker.batches import Row, encode_prompts
from engine.worker.hub import load_hub

MOST_CHARACTERS = 64
"""No token stands for more characters of a dialogue than this, near enough: what cannot fit is not tokenised."""


@dataclass(frozen=True)
class Prompt:
    """What a model reads, and what became of the shots."""

    text: str
    """The prompt as it was cut; up to white space and unknown characters what the model reads."""
    row: Row
    limit: int
    shots: tuple[str, ...] = ()
    """Ids of the worked examples in it."""
    dropped: tuple[str, ...] = ()
    """Ids of those that did not fit."""


def build(
    tokenizer: Any, template: str, example: Example, shots: Sequence[Example], limit: int, nearest_last: bool = False
) -> Prompt:
    """The prompt for ``example`` within ``limit`` tokens: shots that do not fit are dropped, then its dialogue is cut.

    The first shots are kept first; ``nearest_last`` puts the first of them right before the dialogue.

    Without shots it is, token for token, what a run reads of the same dialogue.
    """

    def measure(text: str) -> int:
        return len(tokenizer(text)["input_ids"])

    dialogue = example.dialogue[: limit * MOST_CHARACTERS]
    kept, dropped = fitting(template, shots, dialogue, measure, limit)
    lost = tuple(shot.id for shot in dropped)
    if kept:
        kept = kept[::-1] if nearest_last else kept
        text = few_shot(template, kept, dialogue)
        row = Row(example, tokenizer(text)["input_ids"])
        return Prompt(text, row, limit, tuple(shot.id for shot in kept), lost)
    ids, cut, _ = encode_prompts(tokenizer, template, [dialogue], limit)
    text = tokenizer.decode(ids[0], skip_special_tokens=True) if cut[0] else render(template, dialogue)
    truncated = cut[0] or len(dialogue) < len(example.dialogue)
    return Prompt(text, Row(example, ids[0], truncated=truncated), limit, (), lost)


def context(tokenizer: Any, model: Any, at_least: int) -> int:
    """Tokens that a base can read at once, ``at_least`` where it does not say."""
    positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        return positions
    told = getattr(tokenizer, "model_max_length", 0)
    return max(at_least, told) if isinstance(told, int) and told < 1_000_000 else at_least  # else: not known


def training_examples(data: DataSpec) -> tuple[Example, ...]:
    """The train split that shots are taken from. Raises DataError or HubError."""
    changes = {"validation": 0, "test": 0, **({"train": "all"} if data.train == 0 else {})}
    wanted = data.model_copy(update=changes)
    if wanted.source != builtin.NAME and is_hub_id(wanted.source):
        return load_hub(wanted, need_train=True).splits.train
    return load(wanted, need_train=True).splits.train
