"""What each method does with a base. Light: lists of runs ask it without reading a whole spec."""

from __future__ import annotations

UNTRAINED = frozenset({"zero-shot", "few-shot"})
"""Methods that leave the base as it is: their runs have no model of their own and no curve."""
ADAPTED = frozenset({"lora", "soft-prompt"})
"""Methods that add weights to a frozen base, and save only those."""
SECTIONS = {
    "zero-shot": (),
    "few-shot": ("few_shot",),
    "full": ("train",),
    "lora": ("train", "lora"),
    "soft-prompt": ("train", "soft_prompt"),
}
"""The sections of a spec that a method uses beside those of every method."""


def uses(method: str, section: str) -> bool:
    """Whether ``method`` reads the table ``section`` of a spec; true of what every method reads."""
    own = {name for sections in SECTIONS.values() for name in sections}
    return section not in own or section in SECTIONS.get(method, own)


def trains(method: str) -> bool:
    """Whether a run of ``method`` learns and leaves a model; False for a method that is not known."""
    return method in SECTIONS and method not in UNTRAINED
