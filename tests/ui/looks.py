"""Sizes and themes in which screens are looked at: a screen's main state in all four, its other states in two."""

from __future__ import annotations

import pytest

_FOUR = [((width, height), theme) for width, height in ((80, 24), (160, 48)) for theme in ("dusk", "paper")]


def _named(looks: list[tuple[tuple[int, int], str]]) -> pytest.MarkDecorator:
    ids = [f"{width}x{height}-{theme}" for (width, height), theme in looks]
    return pytest.mark.parametrize(("size", "theme"), looks, ids=ids)


every_look = _named(_FOUR)
two_looks = _named([_FOUR[0], _FOUR[3]])
