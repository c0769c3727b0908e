"""An example: one dialogue with its reference summaries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One dialogue. Training and validation examples have one reference, DialogSum's test examples three."""

    id: str
    dialogue: str
    references: tuple[str, ...]
    topic: str = ""


@dataclass(frozen=True)
class Splits:
    """The examples of a run, in their source's order."""

    train: tuple[Example, ...] = ()
    validation: tuple[Example, ...] = ()
    test: tuple[Example, ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 of every example of every split, so that two runs can tell whether they saw the same data."""
        digest = hashlib.sha256()
        for name, split in (("train", self.train), ("validation", self.validation), ("test", self.test)):
            digest.update(f"{name} {len(split)}\n".encode())
            for text in _texts(split):  # each after its length, so that no two different splits read the same
                data = text.encode("utf-8", "surrogatepass")
                digest.update(b"%d:%b" % (len(data), data))
        return digest.hexdigest()


def _texts(split: Iterable[Example]) -> Iterable[str]:
    for example in split:
        yield from (str(len(example.references)), example.id, example.dialogue, *example.references)
