"""A dialogue as text, each speaker in a colour; long ones folded."""

from __future__ import annotations

from textual.content import Content

from tui.text import clean

SPEAKERS = 4
BEST = "▲"
WORST = "▼"
_LONGEST_LABEL = 40
FOLDED_FROM = 20
"""Turns from which a dialogue is folded ..."""
FIRST, LAST = 10, 6
"""... to so many of its first and last."""
LONG_TURN = 600
"""Characters of a turn that a folded dialogue shows."""
MOST_DRAWN = 20_000
"""Characters laid out of any text; more would keep the terminal waiting."""


def dialogue(text: str) -> list[Content]:
    """A line a turn; each speaker's label in a colour of its own, the first four told apart by it."""
    speakers: dict[str, int] = {}
    lines = []
    for turn in clean(text, lines=True).split("\n"):
        label, colon, words = turn.partition(":")
        if colon and label.strip() and len(label) <= _LONGEST_LABEL:
            number = speakers.setdefault(label.strip(), len(speakers)) % SPEAKERS + 1
            lines.append(Content.assemble((label + colon, f"bold $speaker-{number}"), words))
        elif turn.strip():
            lines.append(Content(turn))
    return lines


def folded(text: str, key: str) -> list[Content]:
    """:func:`dialogue` without the middle of a long one and without the ends of long turns; ``key`` unfolds it."""
    lines = [
        line if len(line) <= LONG_TURN
        else Content.assemble(line[:LONG_TURN], _left_out(f" … {len(line) - LONG_TURN:,} more characters: {key}"))
        for line in dialogue(text)
    ]  # fmt: skip
    if len(lines) <= FOLDED_FROM:
        return lines
    gap = _left_out(f"⋯ {len(lines) - FIRST - LAST:,} turns folded: {key} shows them")
    return [*lines[:FIRST], gap, *lines[-LAST:]]


def drawn(lines: list[Content]) -> list[Content]:
    """As much of ``lines`` as a terminal lays out in a moment, and a line that says what is missing."""
    room, kept = MOST_DRAWN, []
    for line in lines:
        if room <= 0:
            break
        kept.append(line if len(line) <= room else line[:room])
        room -= len(line) + 1
    missing = sum(map(len, lines)) - sum(map(len, kept))
    if missing > 0:
        kept.append(_left_out(f"… {missing:,} more characters: copy it to read them"))
    return kept


def _left_out(words: str) -> Content:
    return Content.styled(words, "$label")


def letters(amount: int) -> list[str]:
    """``A``, ``B``, ... ``Z``, ``AA``, ...: short names of the runs compared."""
    return [(chr(64 + i // 26) if i >= 26 else "") + chr(65 + i % 26) for i in range(amount)]
