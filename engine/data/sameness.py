"""When two dialogues are the same: case, punctuation and spaces aside, however their characters are encoded."""

from __future__ import annotations

import unicodedata

_SPACE = 32


class _Kept(dict[int, int | None]):
    """What each code point becomes, worked out once for each that is met, so that str.translate stays fast."""

    def __missing__(self, code: int) -> int | None:
        category = unicodedata.category(chr(code))
        kept: int | None = code if category[0] in "LNM" else _SPACE
        if category == "Cf":  # no width: soft hyphens, joiners; they part no words
            kept = None
        self[code] = kept
        return kept


_KEPT = _Kept()


def words(text: str) -> list[str]:
    """The words of ``text``: runs of letters, digits and their marks, in Unicode's NFKC_Casefold form."""
    if text.isascii():
        return text.lower().translate(_KEPT).split()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_KEPT).split()


def key(text: str) -> str:
    """Equal for two texts exactly when they are the same, case, punctuation and spaces aside.

    A text that is nothing but punctuation is itself, without its spaces.
    """
    return "".join(words(text)) or "".join(text.split())
