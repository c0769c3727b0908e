"""Prompts: a template with a dialogue in it."""

from __future__ import annotations

PLACE = "{dialogue}"
"""Where a template takes the dialogue."""


def render(template: str, dialogue: str) -> str:
    """``template`` with ``dialogue`` in place of ``{dialogue}``; every other brace is text.

    Not ``str.format``: dialogues and templates may hold braces of their own. What a dialogue says is not
    looked at, so one that contains ``{dialogue}`` stands there as it is.
    """
    return template.replace(PLACE, dialogue)
