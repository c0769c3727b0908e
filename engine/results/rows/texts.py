"""Many texts in one stretch of bytes, read and searched in pieces: they are never all in memory."""

from __future__ import annotations

import os
import unicodedata
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Stop = Callable[[], bool]

BLOCK = 1 << 18
"""Bytes searched at once: a tenth of a millisecond, during which no other thread of Python's gets on."""
SPARSE = 24
"""With fewer than one row in so many left to look at, each is read by itself."""


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The search was given up, as asked."""


def fold(text: str) -> str:
    """``text`` as it is searched: case folded, composed (NFC), every run of white space one space."""
    folded = text.casefold()
    return " ".join((folded if folded.isascii() else unicodedata.normalize("NFC", folded)).split())


class Texts:
    """``n`` texts; number ``i`` is ``data[offsets[i]:offsets[i + 1]]`` in UTF-8 and ends in a newline."""

    def __init__(self, offsets: Array, data: bytes | Callable[[int, int], bytes]) -> None:
        """``offsets``: int64[n + 1]; ``data``: all bytes, or what reads ``(from, to)``."""
        self.offsets = offsets
        self._read = (lambda begin, end: data[begin:end]) if isinstance(data, bytes) else data

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, place: int) -> str:
        begin, end = int(self.offsets[place]), int(self.offsets[place + 1])
        return self._read(begin, end)[:-1].decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        """All of them, read in large pieces."""
        first = 0
        while first < len(self):
            last = self._block(first)
            data = self._read(int(self.offsets[first]), int(self.offsets[last]))
            yield from data.decode("utf-8", "replace").split("\n")[:-1]
            first = last

    def _block(self, first: int) -> int:
        """The text before which a block ends that begins with text ``first``."""
        last = int(np.searchsorted(self.offsets, self.offsets[first] + BLOCK, side="right")) - 1
        return min(max(last, first + 1), len(self))

    @property
    def sizes(self) -> Array:
        """Bytes of each text, int64[n]."""
        sizes: Array = np.diff(self.offsets) - 1
        return sizes

    def having(self, needle: str, within: Array | None = None, stop: Stop | None = None) -> Array:
        """bool[n]: which texts contain ``needle``; only those ``within`` are looked at. Raises Stopped."""
        found = np.zeros(len(self), bool)
        sought = needle.encode("utf-8", "replace")
        if not sought:
            return ~found if within is None else within.copy()
        if within is not None and np.count_nonzero(within) * SPARSE < len(self):
            for number, place in enumerate(np.flatnonzero(within).tolist()):
                if stop is not None and number % 1024 == 0 and stop():
                    raise Stopped
                begin, end = int(self.offsets[place]), int(self.offsets[place + 1])
                found[place] = sought in self._read(begin, end)
            return found
        first = 0
        while first < len(self):
            if stop is not None and stop():
                raise Stopped
            last = self._block(first)
            if within is None or within[first:last].any():
                self._search(sought, first, last, found)
            first = last
        return found if within is None else found & within

    def _search(self, sought: bytes, first: int, last: int, found: Array) -> None:
        """Mark the texts from ``first`` to before ``last`` that contain ``sought``."""
        base = int(self.offsets[first])
        data = self._read(base, int(self.offsets[last]))
        hits = []
        at = data.find(sought)
        while at >= 0:
            hits.append(at)
            end = data.find(b"\n", at)  # one hit a text will do
            at = data.find(sought, end) if end >= 0 else -1
        if hits:
            places = np.searchsorted(self.offsets[first : last + 1], np.array(hits) + base, side="right") - 1
            found[first + places] = True


def packed(texts: Iterable[str]) -> Texts:
    """``texts`` in memory."""
    parts = [text.encode("utf-8", "replace") + b"\n" for text in texts]
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return Texts(offsets, b"".join(parts))


class Handle:
    """An open file that is closed when nobody can read it any more."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.close = weakref.finalize(self, os.close, descriptor)

    def part(self, start: int) -> Callable[[int, int], bytes]:
        """Reads bytes ``(from, to)`` of what begins at ``start``. Raises OSError."""
        return lambda begin, end: os.pread(self.descriptor, end - begin, start + begin)
