"""T5's span corruption over token ids: hide spans behind sentinels, ask for what was hidden.

Pure Python; knows token ids only.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

MAX_SENTINELS = 100


def _partition(total: int, parts: int, rng: random.Random) -> list[int]:
    """Split ``total`` into ``parts`` positive lengths, uniformly among all ways to do so."""
    cuts = sorted(rng.sample(range(1, total), parts - 1))
    return [after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)]


def corrupt(
    ids: Sequence[int], sentinels: Sequence[int], rng: random.Random, density: float = 0.15, mean_span: float = 3.0
) -> tuple[list[int], list[int]]:
    """Hide about ``density`` of ``ids`` in spans of about ``mean_span`` tokens.

    Returns (input, target), both without an end token: the input holds sentinel *k* where span
    *k* was, the target lists each sentinel followed by its span and closes with one sentinel
    more, as T5 does. Texts of fewer than two tokens come back unhidden.
    """
    length = len(ids)
    if length < 2:
        return list(ids), [sentinels[0]]
    noise = min(max(round(length * density), 1), length - 1)
    spans = max(1, min(round(noise / mean_span), noise, length - noise, len(sentinels) - 1, MAX_SENTINELS - 1))
    hidden = _partition(noise, spans, rng)
    shown = _partition(length - noise, spans, rng)
    source: list[int] = []
    target: list[int] = []
    at = 0
    for number, (keep, hide) in enumerate(zip(shown, hidden, strict=True)):
        source += [*ids[at : at + keep], sentinels[number]]
        target += [sentinels[number], *ids[at + keep : at + keep + hide]]
        at += keep + hide
    return source, [*target, sentinels[spans]]


def merge(source: Sequence[int], target: Sequence[int], sentinels: Sequence[int]) -> list[int]:
    """Undo :func:`corrupt`: put each span of ``target`` where its sentinel stands in ``source``."""
    known = set(sentinels)
    spans: dict[int, list[int]] = {}
    current: list[int] = []
    for token in target:
        if token in known:
            current = spans.setdefault(token, [])
        else:
            current.append(token)
    merged: list[int] = []
    for token in source:
        merged += spans[token] if token in known else [token]
    return merged
