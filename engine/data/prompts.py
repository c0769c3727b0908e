"""Prompts: a template with a dialogue in it; with shots, worked examples in front of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from engine.data.examples import Example
from engine.data.quoting import quoted
from engine.errors import DataError

PLACE = "{dialogue}"
"""Where a template takes the dialogue."""
SHOT_END = "\n\n\n"
"""What stands after the summary of a worked example, as in the "Generative AI with LLMs" course."""


def render(template: str, dialogue: str) -> str:
    """``template`` with ``dialogue`` in place of ``{dialogue}``; every other brace is text.

    Not ``str.format``: dialogues and templates may hold braces of their own. What a dialogue says is not
    looked at, so one that contains ``{dialogue}`` stands there as it is.
    """
    return template.replace(PLACE, dialogue)


def few_shot(template: str, shots: Sequence[Example], dialogue: str) -> str:
    """The prompt of each shot with its first reference after it, blank lines between, then ``dialogue``'s own.

    Without shots it is :func:`render`.
    """
    worked = [render(template, shot.dialogue) + shot.references[0] + SHOT_END for shot in shots]
    return "".join(worked) + render(template, dialogue)


def choose(
    examples: Sequence[Example], count: int, seed: int | None = None, ids: Sequence[str] = (), dialogue: str = ""
) -> tuple[Example, ...]:
    """The shots: those called ``ids`` in that order, else ``count`` of them, drawn by ``seed`` or (None) the first.

    Examples without a reference, and ``dialogue`` itself, whose summary would be given away, are never taken.
    Raises DataError when an id is unknown or there are too few examples.
    """
    usable = [example for example in examples if example.references and example.dialogue.strip() != dialogue.strip()]
    if ids:
        known = {example.id: example for example in usable}
        unknown = [id for id in ids if id not in known]
        if unknown:
            few = quoted(list(known)[:3])
            raise DataError(f"The training split has no example {quoted(unknown)}", "", f"Its ids are like {few}")
        return tuple(known[id] for id in dict.fromkeys(ids))
    if count > len(usable):
        raise DataError(f"{count} shots were asked for, but there are only {len(usable)} examples", "", "Ask for fewer")
    return tuple(usable[:count] if seed is None else random.Random(seed).sample(usable, count))


def fitting(
    template: str, shots: Sequence[Example], dialogue: str, measure: Callable[[str], int], limit: int
) -> tuple[list[Example], list[Example]]:
    """The shots that fit with ``dialogue`` into ``limit`` tokens (by ``measure``), first come first served; the others.

    A dialogue that is too long by itself keeps no shot.
    """
    kept: list[Example] = []
    dropped: list[Example] = []
    for shot in shots:
        fits = measure(few_shot(template, [*kept, shot], dialogue)) <= limit
        (kept if fits else dropped).append(shot)
    return kept, dropped
