"""From rows to examples: references of one dialogue brought together, and one heap divided into splits."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from engine.data import sameness
from engine.data.columns import Row, SplitName
from engine.data.examples import Example, Splits
from engine.data.quoting import count

_NUMBERED = re.compile(r"(.+)_(\d{1,9})", re.DOTALL)

SHARE = 10
"""Of a heap that is divided, one example in this many goes to validation and as many to test."""


def group(rows: Sequence[Row], split: SplitName) -> tuple[list[Example], tuple[str, ...]]:
    """The examples of ``rows`` in order of first appearance, and what a person should know.

    DialogSum gives a dialogue's references as rows ``test_7_1``, ``test_7_2``, ``test_7_3``. All rows of such
    a prefix become the one example ``test_7`` when they share the very same dialogue, and stay apart when any
    of them differs (``train_1``, ``train_2``, ...). Rows with the same id and dialogue are one example too;
    the same id with another dialogue gets a suffix. Rows without an id are called ``test_12`` after their
    place in the split, from 0. No reference is lost or repeated; rows without any make no example.
    """
    prefixes = _prefixes(rows)
    groups: dict[tuple[str, ...], list[tuple[int, Row]]] = {}
    names: dict[tuple[str, ...], str] = {}
    for row in rows:
        if not row.references:
            continue
        number = 0
        if not row.id:
            name = f"{split}_{row.place}"
            key: tuple[str, ...] = ("made", name)
        elif (numbered := _numbered(row.id)) and numbered[0] in prefixes:
            name, number = numbered
            key = ("prefix", name)
        else:
            name = row.id
            key = ("id", name, row.dialogue)
        groups.setdefault(key, []).append((number, row))
        names[key] = name
    wanted = Counter(names.values())
    taken: set[str] = set()
    examples = []
    for key, members in groups.items():
        name = _free(names[key], taken, wanted)
        taken.add(name)
        members.sort(key=lambda member: member[0])
        references = tuple(reference for _, row in members for reference in row.references)
        topic = next((row.topic for _, row in members if row.topic), "")
        examples.append(Example(name, members[0][1].dialogue, references, topic))
    return examples, tuple(_notices(examples, wanted, split))


def apart(rows: Sequence[Row], split: SplitName) -> tuple[list[Example], tuple[str, ...]]:
    """The examples of ``rows``, one a row, for labels: a text that occurs twice is two examples. The rest as
    :func:`group`; a label stands under ``topic`` too, and a text that is empty is told of.
    """
    kept = [row for row in rows if row.references]
    wanted = Counter(row.id or f"{split}_{row.place}" for row in kept)
    taken: set[str] = set()
    examples = []
    for row in kept:
        name = _free(row.id or f"{split}_{row.place}", taken, wanted)
        taken.add(name)
        examples.append(Example(name, row.dialogue, row.references[:1], row.references[0]))
    notices = []
    if again := sum(times - 1 for times in wanted.values()):
        notices.append(f"{count(again, f'{split} text')} had the id of another one and got a suffix such as -2.")
    if empty := sum(not example.dialogue.strip() for example in examples):
        have = "is" if empty == 1 else "are"
        notices.append(f"{count(empty, f'{split} text')} {have} empty: the model reads an end mark alone there.")
    return examples, tuple(notices)


def _numbered(name: str) -> tuple[str, int] | None:
    found = _NUMBERED.fullmatch(name)
    return (found[1], int(found[2])) if found else None


def _prefixes(rows: Iterable[Row]) -> set[str]:
    """Prefixes of at least two rows, numbered from 1, that all share one dialogue."""
    first: dict[str, str] = {}
    several: set[str] = set()
    mixed: set[str] = set()
    for row in rows:
        if (numbered := _numbered(row.id)) is None:
            continue
        prefix, number = numbered
        if prefix in first:
            several.add(prefix)
        if number == 0 or first.setdefault(prefix, row.dialogue) != row.dialogue:
            mixed.add(prefix)
    return several - mixed


def _free(name: str, taken: set[str], wanted: Counter[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}-{number}" in taken or f"{name}-{number}" in wanted:
        number += 1
    return f"{name}-{number}"


def _notices(examples: list[Example], wanted: Counter[str], split: SplitName) -> Iterable[str]:
    references = sum(len(example.references) for example in examples)
    if references > len(examples):
        yield f"The {split} split has {count(references, 'reference')} for {count(len(examples), 'dialogue')}."
    if again := sum(times - 1 for times in wanted.values()):
        yield f"{count(again, f'{split} dialogue')} had the id of another one and got a suffix such as -2."


def divide(examples: Sequence[Example]) -> Splits:
    """``examples`` as 80 % train, 10 % validation and 10 % test, each in the order given.

    Which example goes where follows from its dialogue's text alone, so it does not depend on a seed or on
    the order of rows. Dialogues that are equal but for case and punctuation are never in two splits.
    With three different dialogues or more, no split is empty.
    """
    keys, ranked = _ranked(examples)
    share = max(1, round(len(ranked) / SHARE)) if len(ranked) >= 3 else 0
    test, validation = set(ranked[:share]), set(ranked[share : 2 * share])
    parts: dict[str, list[Example]] = {"train": [], "validation": [], "test": []}
    for key, example in zip(keys, examples, strict=True):
        parts["test" if key in test else "validation" if key in validation else "train"].append(example)
    return Splits(tuple(parts["train"]), tuple(parts["validation"]), tuple(parts["test"]))


def held_out(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """``examples`` as nine tenths to train on and one tenth to validate on, chosen as :func:`divide` chooses."""
    keys, ranked = _ranked(examples)
    chosen = set(ranked[: max(1, round(len(ranked) / SHARE))]) if len(ranked) >= 2 else set()
    rest = [example for key, example in zip(keys, examples, strict=True) if key not in chosen]
    return rest, [example for key, example in zip(keys, examples, strict=True) if key in chosen]


def _ranked(examples: Sequence[Example]) -> tuple[list[str], list[str]]:
    """What each text is known by, and the different ones in an order that follows from them alone."""
    keys = [sameness.key(example.dialogue) for example in examples]
    return keys, sorted(set(keys), key=lambda key: hashlib.sha256(key.encode()).digest())
