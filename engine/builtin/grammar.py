"""A small grammar for dialogues: scenarios are scripts whose every line has several phrasings.

A scenario is a function that takes a :class:`Draw`, sets facts, and lets two people speak.
Each call of :meth:`Draw.one` and :meth:`Draw.two` lists alternative phrasings of one line; the
draw takes one, resolves its inline choices (``[Hi|Hello]``), fills in the facts (``{item}``) and
keeps the phrasing, facts unfilled, as one step of the dialogue's **skeleton**.

The splits differ in what they may draw. Wherever a line lists three phrasings or more, the last
is kept for the test split: training and validation never see it. A test dialogue therefore
cannot be answered by remembering phrasings, and :mod:`engine.builtin.generate` checks that no
test skeleton occurs in training.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

MIN_PHRASINGS_TO_HOLD_OUT = 3
"""A line (or summary) with this many phrasings keeps its last one for the test split."""

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(a )?(\w+)\}")
_SENTENCE_START = re.compile(r"(^|(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)[.!?] +)([a-z])")
_SPACES = re.compile(r" {2,}")
_SPACE_BEFORE_MARK = re.compile(r" ([,.!?;:])")

_FIRST_NAMES = {
    "f": "Anna Maria Lucy Priya Emma Grace Helen Julia Nina Olivia Rosa Sophie Tara Wendy Zoe Alice "
    "Carmen Diana Fiona Hana Irene Katie Laura Mei Nora Ruth Sara Yuki Amira Bella",
    "m": "Tom David Omar Peter Sam Victor Leo Jack Ben Carlos Daniel Eric Frank George Henry Ivan "
    "Kenji Luke Martin Nick Oscar Paul Ravi Steve Tony Will Adam Hugo Felix Jonas",
}
_SURNAMES = (
    "Brown Lee Patel Garcia Novak Smith Turner Cole Hughes Tanaka Rossi Keller Moore Evans Diaz Khan Young "
    "Fisher Baker Wells Murphy Clarke Santos Weber Price Hart Stone Wood Reid Chen Ford Lane Grant Shaw"
)
_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")


@dataclass(frozen=True)
class Scene:
    """One dialogue as drawn: what was said, what it was about, and how it may be summarised."""

    scenario: str
    dialogue: str
    """``#Person1#: ...`` turns, one a line, as DialogSum writes them."""
    topic: str
    references: tuple[str, ...]
    """House-style summaries, distinct phrasings first drawn first: one at least, three in the test split."""
    gist: str
    """A one-line answer in another style; for pretraining only, never shipped as a reference."""
    facts: dict[str, str]
    skeleton: tuple[str, ...]
    """The phrasing of every turn with its facts unfilled."""


class Draw:
    """What a scenario draws from: facts, phrasings and the two people's names.

    ``split`` is ``"train"``, ``"validation"`` or ``"test"``. Facts named ``name1``/``name2`` (first
    names), ``title1``/``title2`` ("Ms. Lee") and ``surname1``/``surname2`` always exist; once one is
    spoken, ``{P1}``/``{P2}`` in a summary become that name instead of ``#Person1#``/``#Person2#``.
    """

    def __init__(self, rng: random.Random, split: str) -> None:
        self.rng = rng
        self.split = split
        self.facts: dict[str, str] = {}
        self.turns: list[tuple[int, str]] = []
        self.skeleton: list[str] = []
        self._summaries: tuple[str, ...] = ()
        self._gists: tuple[str, ...] = ()
        self._digressions: list[Callable[[Draw], None]] = []
        self._digressed = False
        surnames = rng.sample(_SURNAMES.split(), 2)
        taken: set[str] = set()
        for person in (1, 2):
            sex = rng.choice("fm")
            name = rng.choice([n for n in _FIRST_NAMES[sex].split() if n not in taken])
            taken.add(name)
            self.facts[f"name{person}"] = name
            self.facts[f"surname{person}"] = surnames[person - 1]
            self.facts[f"title{person}"] = ("Ms. " if sex == "f" else "Mr. ") + surnames[person - 1]
            self.facts[f"P{person}"] = f"#Person{person}#"

    # -- facts --------------------------------------------------------------------------------

    def pick(self, *options: T) -> T:
        """One of ``options``, uniformly."""
        return self.rng.choice(options)

    def sample(self, count: int, *options: str) -> list[str]:
        """``count`` different ``options`` in random order."""
        return self.rng.sample(options, count)

    def chance(self, probability: float) -> bool:
        """True with ``probability`` in [0, 1]."""
        return self.rng.random() < probability

    def set(self, **facts: object) -> None:
        """Name facts that phrasings may use as ``{name}``. Spell names as words: pretraining asks for them."""
        self.facts.update({key: str(value) for key, value in facts.items()})

    def number(self, low: int, high: int, step: int = 1) -> int:
        """A whole number in [low, high] on a grid of ``step``."""
        return self.rng.randrange(low, high + 1, step)

    def count(self, low: int, high: int) -> str:
        """A small number in words ("three"), 20 at most."""
        return _NUMBERS[self.number(low, high)]

    def money(self, low: int, high: int, step: int = 5) -> str:
        """An amount such as "45 dollars"."""
        return f"{self.number(low, high, step)} dollars"

    def clock(self, first_hour: int = 8, last_hour: int = 18) -> str:
        """A time of day on the half hour, as people say it: "10 o'clock", "half past four", "3:30"."""
        hour = self.number(first_hour, last_hour)
        spoken = (hour - 1) % 12 + 1
        if self.chance(0.6):
            return f"{spoken} o'clock"
        return self.pick(f"half past {_NUMBERS[spoken]}", f"{spoken}:30", f"{spoken}:15", f"{spoken}:45")

    def day(self, *exclude: str) -> str:
        """A weekday not among ``exclude``."""
        return self.rng.choice([day for day in WEEKDAYS if day not in exclude])

    def month(self, *exclude: str) -> str:
        """A month not among ``exclude``."""
        return self.rng.choice([month for month in MONTHS if month not in exclude])

    def other_name(self) -> str:
        """A first name that neither speaker has."""
        names = (_FIRST_NAMES["f"] + " " + _FIRST_NAMES["m"]).split()
        return self.rng.choice([n for n in names if n not in (self.facts["name1"], self.facts["name2"])])

    # -- speech -------------------------------------------------------------------------------

    def one(self, *phrasings: str) -> None:
        """Person1 says one of ``phrasings``."""
        self._say(1, phrasings)

    def two(self, *phrasings: str) -> None:
        """Person2 says one of ``phrasings``."""
        self._say(2, phrasings)

    def digress(self, probability: float = 0.3) -> None:
        """Perhaps wander off for two turns (a noise, the weather, a word misheard); once a dialogue at most.

        Call it where Person1 would speak next. Which digressions exist is :func:`play`'s business.
        """
        if self._digressions and not self._digressed and self.chance(probability):
            self._digressed = True
            self.rng.choice(self._digressions)(self)

    def summary(self, *phrasings: str) -> None:
        """How the house would summarise this dialogue: at least four phrasings of the same content."""
        self._summaries = phrasings

    def gist(self, *phrasings: str) -> None:
        """How somebody outside the house might answer instead: short, off-style, no outcome."""
        self._gists = phrasings

    # -- internals ----------------------------------------------------------------------------

    def _allowed(self, phrasings: tuple[str, ...]) -> list[str]:
        """The phrasings this split may use; the test split prefers those training never sees."""
        if len(phrasings) < MIN_PHRASINGS_TO_HOLD_OUT:
            return list(phrasings)
        if self.split != "test":
            return list(phrasings[:-1])
        return [phrasings[-1]] if self.chance(0.4) else list(phrasings)

    def _resolve(self, phrasing: str) -> str:
        while (found := _CHOICE.search(phrasing)) is not None:
            phrasing = phrasing[: found.start()] + self.rng.choice(found[1].split("|")) + phrasing[found.end() :]
        return phrasing

    def _fill(self, phrasing: str) -> str:
        def value(slot: re.Match[str]) -> str:
            text = self.facts[slot[2]]
            if slot[1]:
                text = ("an " if text[0].lower() in "aeiou" else "a ") + text
            return text

        text = _SPACES.sub(" ", _SLOT.sub(value, phrasing)).strip()
        text = _SPACE_BEFORE_MARK.sub(r"\1", text)
        return _SENTENCE_START.sub(lambda start: start[1] + start[2].upper(), text)

    def _say(self, person: int, phrasings: tuple[str, ...]) -> None:
        phrasing = self._resolve(self.rng.choice(self._allowed(phrasings)))
        for who in ("1", "2"):
            for form in ("title", "name"):
                if "{" + form + who + "}" in phrasing and self.facts[f"P{who}"].startswith("#"):
                    self.facts[f"P{who}"] = self.facts[form + who]
        self.turns.append((person, self._fill(phrasing)))
        self.skeleton.append(f"{person}: {_SPACES.sub(' ', phrasing).strip()}")


Script = Callable[[Draw], None]


@dataclass(frozen=True)
class Scenario:
    """A script and the topics a person might file it under."""

    name: str
    topics: tuple[str, ...]
    script: Script = field(repr=False)


SCENARIOS: dict[str, Scenario] = {}
DIGRESSIONS: list[Script] = []


def scenario(*topics: str) -> Callable[[Script], Script]:
    """Register the decorated script under its function's name."""

    def register(script: Script) -> Script:
        if script.__name__ in SCENARIOS:
            raise ValueError(f"two scenarios are called {script.__name__}")
        SCENARIOS[script.__name__] = Scenario(script.__name__, topics, script)
        return script

    return register


def digression(script: Script) -> Script:
    """Register the decorated two-turn aside: Person1 speaks, Person2 answers."""
    DIGRESSIONS.append(script)
    return script


def play(chosen: Scenario, rng: random.Random, split: str, references: int = 1) -> Scene:
    """Draw one dialogue of ``chosen`` with ``references`` summaries of different phrasing.

    Raises ``ValueError`` when the script gives fewer summaries than asked for.
    """
    draw = Draw(rng, split)
    draw._digressions = DIGRESSIONS
    chosen.script(draw)
    phrasings = draw._summaries
    if split != "test" and len(phrasings) >= MIN_PHRASINGS_TO_HOLD_OUT:
        phrasings = phrasings[:-1]
    if len(phrasings) < references or not draw._gists:
        raise ValueError(f"scenario {chosen.name} needs {references} summaries and a gist")
    return Scene(
        scenario=chosen.name,
        dialogue="\n".join(f"#Person{person}#: {text}" for person, text in draw.turns),
        topic=rng.choice(chosen.topics),
        references=tuple(draw._fill(draw._resolve(p)) for p in rng.sample(phrasings, references)),
        gist=draw._fill(draw._resolve(rng.choice(draw._gists))),
        facts={key: value for key, value in draw.facts.items() if key[:-1] not in ("P", "title", "surname", "name")},
        skeleton=tuple(draw.skeleton),
    )
