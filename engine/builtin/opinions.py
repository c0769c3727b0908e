"""Builds the short texts dialtune ships for classification: ``python -m engine.builtin.opinions [--check]``.

Messages as people post them, each negative, neutral or positive. A word alone does not decide: "not bad at all" is
praise, "not great" is none, and who asks whether something is good says nothing about it. One text in eight says
both good and bad, and its label is drawn: where people disagree, no model is right each time. The last phrasings of
each label are kept from training. Everything follows from the seed and the phrasings below, so building twice gives
the same bytes. No text of one split is in another.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.builtin import TEXTS
from engine.builtin.generate import render, write_whole

SEED = "dialtune opinions"
TEXTS_OF = {"train": 500, "validation": 100, "test": 200}
"""How many texts each shipped split has."""
SHARES = {"neutral": 8, "positive": 7, "negative": 5}
"""Of twenty texts: data of this kind is seldom even."""

_WORDS = {
    "thing": """the new café|my bike|this phone|the late bus|our garden|that film|the match|my interview|the soup
        |this song|the museum|my new desk|the weather|our flat|the concert|that book|the train ride|my haircut
        |the pool|this game|the market|our teacher|the hotel|my laptop|the bakery|this jacket|the garage|the course
        |my sister's party|the dentist|that app|the coffee here|our trip|the exam|the morning shift|this tea
        |the quiz|the update|our neighbour|the gym""",
    "good": """great|lovely|brilliant|so nice|perfect|wonderful|really good|a joy|better than ever|fantastic
        |just what i needed|worth every minute|excellent|delightful""",
    "bad": """awful|terrible|so slow|a mess|really bad|horrible|a waste of time|broken again|worse than ever
        |disappointing|boring|way too loud|dreadful|miserable""",
    "love": """love|adore|enjoyed|am so happy with|cannot get enough of|am proud of
        |had a great time with|really like""",
    "hate": """hate|cannot stand|am so tired of|regret|am fed up with|really dislike|am upset about
        |lost patience with""",
    "when": """today|this morning|after lunch|tonight|on monday|this week|again|at noon|yesterday|before work""",
    "who": """anna|my brother|everyone|the team|tom|mum|my boss|the neighbours|leo|nina""",
    "do": """waiting for|going past|reading about|talking about|looking at|back from|on my way to|writing about""",
    "open": "|||||hey, |ok, |well, |so |right, |hmm, |by the way, |lol ",
}
_ENDS = {
    "positive": "||||!|!!| :)| <3| yay",
    "negative": "||||.|...| :(| ugh| sigh",
    "neutral": "||||.|?| lol|...| anyway",
}
_PHRASINGS = {
    "positive": """{thing} was {good} {when}|i {love} {thing}|{thing} is not {bad} at all|{who} and i {love} {thing}
        |thought {thing} would be {bad} but it is {good}|never had a {bad} day with {thing}, it is {good}
        |thank you {who}, {thing} was {good}|{when} {thing} made me smile|cannot complain about {thing}, it is {good}
        |{who} said {thing} is {bad} but i {love} it|best {when} ever: {thing}, and it was {good}
        |no more {bad} mondays, {thing} is {good}""",
    "negative": """{thing} was {bad} {when}|i {hate} {thing}|{thing} is not {good} at all|{who} and i {hate} {thing}
        |hoped {thing} would be {good} but it is {bad}|never had a {good} day with {thing}, it is {bad}
        |sorry {who}, {thing} was {bad}|{when} {thing} made me cry|cannot say {thing} is {good}, it is {bad}
        |{who} said {thing} is {good} but i {hate} it|worst {when} ever: {thing}, and it was {bad}
        |no more {good} evenings, {thing} is {bad}""",
    "neutral": """{do} {thing} {when}|does {who} know when {thing} starts|is {thing} {good} or {bad}? no idea yet
        |{who} asks if {thing} is {good}|{thing} is at the corner, says {who}|will see {thing} {when} with {who}
        |{who} is {do} {thing}|anyone here {do} {thing} {when}|not sure yet if {thing} is {good} or {bad}
        |{who} told me about {thing} {when}|i have not tried {thing}, is it {bad}|{thing} opens at nine {when}
        |just {do} {thing}, nothing new|tell {who} that {thing} is {when}""",
}

_BOTH = """{thing} was {good}, {thing} was {bad}|{when} {thing} was {bad} and {thing} was {good}
        |i {love} {thing} and {hate} {thing}|{who} and i {hate} {thing} but {love} {thing}"""
_SHARE_OF_BOTH = 1 / 8
_KEPT_FROM_TRAINING = 4


def _choices(text: str) -> list[str]:
    return [re.sub(r"\s*\n\s*", "", choice) for choice in text.split("|")]


_CHOICES = {name: _choices(text) for name, text in _WORDS.items()}
_SAID = {label: _choices(text) for label, text in _PHRASINGS.items()}
_MIXED = _choices(_BOTH)
_LAST = {label: _choices(text) for label, text in _ENDS.items()}


def draw(rng: random.Random, label: str, training: bool = False) -> str:
    """One text that says what ``label`` is; with ``training`` in none of the phrasings that are kept from it."""
    known = _SAID[label][:-_KEPT_FROM_TRAINING] if training else _SAID[label]
    phrasing = rng.choice(_MIXED if rng.random() < _SHARE_OF_BOTH else known)
    text = re.sub(r"\{(\w+)\}", lambda name: rng.choice(_CHOICES[name[1]]), phrasing)
    return rng.choice(_CHOICES["open"]) + text + rng.choice(_LAST[label])


def texts(seed: str, training: bool = False) -> Iterator[tuple[str, str]]:
    """Text and label without end; for pretraining too."""
    rng = random.Random(seed)
    labels = [label for label, share in SHARES.items() for _ in range(share)]
    while True:
        label = rng.choice(labels)
        yield draw(rng, label, training), label


def build() -> dict[str, list[dict[str, str]]]:
    """The rows of every shipped split; each text once. One training text is empty, as in data that people collect."""
    seen: set[str] = set()
    built: dict[str, list[dict[str, str]]] = {}
    for split, amount in TEXTS_OF.items():
        rows: list[dict[str, str]] = []
        for text, label in texts(f"{SEED}:{split}", training=split == "train"):
            if len(rows) == amount:
                break
            if text.casefold() not in seen:
                seen.add(text.casefold())
                rows.append({"id": f"{split}_{len(rows)}", "text": text, "label": label})
        if split == "train":
            rows[-1] = {"id": rows[-1]["id"], "text": "", "label": "neutral"}
        built[split] = rows
    return built


def file_of(split: str) -> Path:
    """Where the split is shipped."""
    return TEXTS / f"{split}.jsonl"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.builtin.opinions")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the files are out of date")
    check = parser.parse_args(arguments).check
    made = {file_of(split): render(rows) for split, rows in build().items()}
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if check:
        for path in stale:
            print(f"Out of date: {path}", file=sys.stderr)
        return int(bool(stale))
    for path, text in made.items():
        write_whole(path, text)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
