"""The methods that work through the prompt: worked examples in words, or virtual tokens that are learnt."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.spec.sections import Section, unit

ShotChoice = Literal["fixed", "random", "similar"]
PromptInit = Literal["vocabulary", "text", "random"]


class FewShotSpec(Section):
    """Worked examples before the dialogue (Brown et al. 2020); used by the few-shot method."""

    examples: Annotated[int, Field(ge=1, le=100), unit("examples")] = 1
    """Training examples that stand before the dialogue, each with its summary. Those that do not fit
    data.max_source_tokens are left out, which is reported; the dialogue itself goes last."""
    choice: ShotChoice = "fixed"
    """Which: fixed takes the first of the train split; random draws them by seed, the same for every dialogue; similar
    takes for each dialogue those with the most words in common (TF-IDF cosine), the likest last. Never the dialogue
    itself."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    """Seed of the random choice."""


class SoftPromptSpec(Section):
    """Virtual tokens before the prompt, learnt with the base frozen (Lester et al. 2021); used by soft-prompt."""

    tokens: Annotated[int, Field(ge=1, le=1000), unit("tokens")] = 20
    """Virtual tokens; usual: 20 to 100. Each is a vector as wide as the base: tokens x d_model parameters."""
    init: PromptInit = "vocabulary"
    """What they begin as: embeddings of common tokens of the vocabulary drawn by train.seed, those of init_text, or
    random numbers between -0.5 and 0.5."""
    init_text: Annotated[str, Field(min_length=1, max_length=10_000)] = "Summarize the following conversation."
    """Where init is text: its tokens, repeated or cut to the number of virtual tokens."""
