"""Instruction tasks over dialogues, worded many ways, as FLAN worded its own.

Pure Python. A task makes a source and a target from a :class:`Talk`; it returns ``None`` where the
dialogue does not lend itself. No task ever answers with a house-style reference: a
:class:`Talk` does not even carry them. What the tasks teach is what a summariser needs before it
learns a style: English of this domain, copying names and figures, and where in a dialogue things
are decided.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.worker.pretraining.reporting import report, sentences

DEFAULT_PROMPT = "Summarize the following conversation.\n\n{dialogue}\n\nSummary: "
"""The prompt fine-tuning uses unless told otherwise; the base answers it in a style of its own."""

_OTHER_PROMPTS = (
    "{dialogue}\n\nWhat is this dialogue about?",
    "Read the dialogue and write a short summary.\n\n{dialogue}\n\nShort summary:",
    "Here is a dialogue:\n{dialogue}\n\nWrite a short summary!",
    "Summarize this dialogue: {dialogue}",
    "{dialogue}\nSummarize this dialogue:",
    "What was going on in the following conversation?\n\n{dialogue}\n\nAnswer:",
    "Dialogue:\n{dialogue}\n\nSummary:",
    "summarize: {dialogue}",
    "{dialogue}\n\nIn short:",
    "Briefly, what do these people talk about?\n\n{dialogue}",
    "Summarize the conversation.\n{dialogue}\nSummary:",
    "{dialogue}\n\nGive the main point of this conversation.",
    "Please sum up:\n\n{dialogue}",
    "Summarise the following conversation.\n\n{dialogue}\n\nSummary:",
    "Conversation: {dialogue}\nWhat is the gist?",
)
_FRAMES = (
    "{dialogue}\n\n{ask}",
    "{ask}\n\n{dialogue}",
    "{ask}\n\n{dialogue}\n\nAnswer:",
    "Read this dialogue and answer the question.\n\n{dialogue}\n\nQuestion: {ask}",
    "Dialogue:\n{dialogue}\n\nQ: {ask}\nA:",
    "{ask}\n\nConversation:\n{dialogue}",
)
_ENOUGH_WORDS = 6


@dataclass(frozen=True)
class Example:
    """One source and what the base should answer."""

    task: str
    source: str
    target: str


@dataclass(frozen=True)
class Talk:
    """A dialogue as tasks see it."""

    turns: tuple[tuple[int, str], ...]
    """(person, text), person 1 or 2."""
    facts: Mapping[str, str] = field(default_factory=dict)
    topic: str = ""
    gist: str = ""
    names: Mapping[int, str] = field(default_factory=lambda: {1: "#Person1#", 2: "#Person2#"})
    """What to call each person: a name once one was spoken."""

    @property
    def text(self) -> str:
        """The dialogue as DialogSum writes it."""
        return render(self.turns)

    @property
    def spoken_facts(self) -> list[tuple[str, str]]:
        """(name, value) of facts whose value is said; names in words, without numbering."""
        text = " ".join(said for _, said in self.turns).lower()
        return [
            (re.sub(r"\s*\d+$", "", key.replace("_", " ")), value)
            for key, value in self.facts.items()
            if value and len(value) < 80 and re.search(rf"(?<!\w){re.escape(value.lower())}(?!\w)", text)
        ]


def render(turns: Sequence[tuple[int, str]]) -> str:
    """Turns as ``#Person1#: ...`` lines."""
    return "\n".join(f"#Person{person}#: {said}" for person, said in turns)


def read_talk(dialogue: str, facts: Mapping[str, str], topic: str, gist: str, names: Mapping[int, str]) -> Talk:
    """A talk from ``#Person1#: ...`` lines."""
    turns = []
    for line in dialogue.split("\n"):
        who, _, said = line.partition(": ")
        turns.append((int(who.strip("#").removeprefix("Person")), said))
    return Talk(tuple(turns), facts, topic, gist, names)


def _ask(rng: random.Random, dialogue: str, *wordings: str) -> str:
    return rng.choice(_FRAMES).replace("{ask}", rng.choice(wordings)).replace("{dialogue}", dialogue)


def _weight(said: str, facts: Sequence[tuple[str, str]]) -> float:
    """How much a turn tells: the facts in it, then its length."""
    low = said.lower()
    return sum(1 for _, value in facts if value.lower() in low) + min(len(said.split()), 20) / 20


def _reported(talk: Talk, at: int, rng: random.Random, must: str = "") -> str | None:
    """One sentence of turn ``at`` in the third person, the longest that can be (with ``must`` in it)."""
    person, said = talk.turns[at]
    speaker, listener = talk.names[person], talk.names[3 - person]
    says = rng.choice(["says", "says", "says that", "tells " + listener, None])
    for sentence in sorted(sentences(said), key=len, reverse=True):
        if must.lower() in sentence.lower() and (told := report(sentence, speaker, listener, says)):
            return told
    return None


def summarise_off_style(talk: Talk, rng: random.Random) -> Example | None:
    """The default prompt and its like, answered as somebody outside the house would."""
    prompt = DEFAULT_PROMPT if rng.random() < 0.5 else rng.choice(_OTHER_PROMPTS)
    if talk.gist and rng.random() < 0.75:
        target = talk.gist
    else:
        facts = talk.spoken_facts
        target = max((said for _, said in talk.turns), key=lambda said: (_weight(said, facts), rng.random()))
    return Example("summary", prompt.replace("{dialogue}", talk.text), target)


def ask_fact(talk: Talk, rng: random.Random) -> Example | None:
    """What is the {fact}? The value, or a sentence with it."""
    facts = talk.spoken_facts
    if not facts:
        return None
    name, value = rng.choice(facts)
    source = _ask(
        rng,
        talk.text,
        f"What is the {name}?",
        f"What {name} is mentioned?",
        f"Which {name} do they talk about?",
        f"Find the {name}.",
        f"{name[0].upper() + name[1:]}?",
        f"Tell me the {name}.",
    )
    return Example("fact", source, value if rng.random() < 0.7 else f"The {name} is {value}.")


def list_facts(talk: Talk, rng: random.Random) -> Example | None:
    """Several facts at once, as a form is filled in."""
    facts = talk.spoken_facts
    if len(facts) < 2:
        return None
    chosen = rng.sample(facts, min(len(facts), rng.randint(2, 4)))
    names = ", ".join(name for name, _ in chosen)
    source = _ask(rng, talk.text, f"Fill in: {names}.", f"List the {names}.", f"Note down the following: {names}")
    return Example("facts", source, "; ".join(f"{name}: {value}" for name, value in chosen))


def said_about(talk: Talk, rng: random.Random) -> Example | None:
    """What is said about a fact, in reported speech."""
    facts = talk.spoken_facts
    rng.shuffle(facts)
    for name, value in facts:
        for at in rng.sample(range(len(talk.turns)), len(talk.turns)):
            if value.lower() in talk.turns[at][1].lower() and (told := _reported(talk, at, rng, value)):
                who = f"#Person{talk.turns[at][0]}#"
                source = _ask(
                    rng,
                    talk.text,
                    f"What does {who} say about the {name}?",
                    f"What do we hear about {value}?",
                    f"Report what {who} says about {value}.",
                    f"In one sentence, what is said of the {name}?",
                )
                return Example("about", source, told)
    return None


def report_turn(talk: Talk, rng: random.Random) -> Example | None:
    """One turn, without its dialogue, in the third person; the text is short and the target dense."""
    at = rng.randrange(len(talk.turns))
    context = list(talk.turns[max(0, at - rng.randint(0, 2)) : at + 1])
    if (told := _reported(talk, at, rng)) is None:
        return None
    source = rng.choice(
        [
            "Put the last turn in reported speech.\n\n{d}",
            "Report what is said:\n{d}",
            "{d}\n\nIn the third person:",
            "Rewrite in the third person: {d}",
        ]
    )
    if any(name[0] != "#" for name in talk.names.values()) and any(
        name[0] != "#" and name not in render(context) for name in talk.names.values()
    ):
        known = "; ".join(f"#Person{p}# is {name}" for p, name in talk.names.items() if name[0] != "#")
        source = f"{known}.\n{source}"
    return Example("report", source.replace("{d}", render(context)), told)


def key_points(talk: Talk, rng: random.Random) -> Example | None:
    """Two or three telling turns in reported speech, in order."""
    facts = talk.spoken_facts
    size = len(talk.turns)
    # What is decided stands late; a turn's weight grows towards the end.
    ranked = sorted(range(size), key=lambda at: -(_weight(talk.turns[at][1], facts) + at / size + 0.3 * rng.random()))
    told: list[tuple[int, str]] = []
    for at in ranked:
        if len(told) < rng.randint(2, 3) and (line := _reported(talk, at, rng)) is not None:
            told.append((at, line))
        elif len(told) >= 2:
            break
    if len(told) < 2:
        return None
    source = _ask(
        rng,
        talk.text,
        "Report the most important things that are said.",
        "What do they tell each other?",
        "Which statements matter in this conversation?",
        "Write minutes of this conversation.",
    )
    return Example("points", source, " ".join(line for _, line in sorted(told)))


def _end(talk: Talk) -> int:
    """The last turn that tells something."""
    facts = talk.spoken_facts
    for at in range(len(talk.turns) - 1, 0, -1):
        said = talk.turns[at][1]
        if (len(said.split()) >= _ENOUGH_WORDS and _weight(said, facts) > 1) or len(said.split()) >= 2 * _ENOUGH_WORDS:
            return at
    return len(talk.turns) - 1


def how_it_ends(talk: Talk, rng: random.Random) -> Example | None:
    """What happens in the end: the last informative turn, reported where that is easy."""
    at = _end(talk)
    told = _reported(talk, at, rng) or talk.turns[at][1]
    source = _ask(
        rng,
        talk.text,
        "What happens in the end?",
        "How does the conversation end?",
        "What is decided?",
        "What is the outcome?",
        "What do they agree on in the end?",
    )
    return Example("end", source, told)


def reply_to(talk: Talk, rng: random.Random) -> Example | None:
    """What a person says after a given turn, word for word."""
    at = rng.randrange(len(talk.turns) - 1)
    person, said = talk.turns[at + 1]
    before = talk.turns[at][1]
    source = _ask(
        rng,
        talk.text,
        f'What does #Person{person}# say after "{before}"?',
        f'What is the answer to "{before}"?',
        f'How does #Person{person}# reply to "{before}"?',
    )
    return Example("reply", source, said)


def who_said(talk: Talk, rng: random.Random) -> Example | None:
    """Which of the two said a thing, or mentioned a fact first."""
    person, said = rng.choice(talk.turns)
    line = rng.choice(sentences(said))
    source = _ask(rng, talk.text, f'Who says "{line}"?', f'Which person says "{line}"?')
    return Example("who", source, talk.names[person] if rng.random() < 0.3 else f"#Person{person}#")


def quote(talk: Talk, rng: random.Random) -> Example | None:
    """Copy a turn found by its place or by a fact in it."""
    facts = talk.spoken_facts
    if facts and rng.random() < 0.6:
        _, value = rng.choice(facts)
        for person, said in talk.turns:
            if value.lower() in said.lower():
                return Example(
                    "quote",
                    _ask(rng, talk.text, f"Quote the first line with {value}.", f"Where is {value} mentioned?"),
                    f"#Person{person}#: {said}",
                )
    person = rng.choice([1, 2])
    own = [said for who, said in talk.turns if who == person]
    place, said = rng.choice([("first", own[0]), ("last", own[-1]), ("second", own[min(1, len(own) - 1)])])
    return Example(
        "quote",
        _ask(
            rng,
            talk.text,
            f"What is the {place} thing #Person{person}# says?",
            f"Repeat what #Person{person}# says {place}.",
        ),
        said,
    )


def continue_talk(talk: Talk, rng: random.Random) -> Example | None:
    """The next turn of a dialogue cut short."""
    at = rng.randrange(1, len(talk.turns))
    person, said = talk.turns[at]
    cut = render(talk.turns[:at])
    source = rng.choice(
        [
            f"Continue the dialogue.\n\n{cut}\n#Person{person}#:",
            f"{cut}\n\nWhat comes next?",
            f"Write the next turn.\n\n{cut}",
            f"{cut}\n#Person{person}#:",
        ]
    )
    return Example("continue", source, said)


def name_topic(talk: Talk, rng: random.Random) -> Example | None:
    """A few words on what it is about."""
    if not talk.topic:
        return None
    return Example(
        "topic",
        _ask(
            rng,
            talk.text,
            "What is the topic of this conversation?",
            "Name the topic.",
            "Give this dialogue a title.",
            "Which topic does this belong to?",
        ),
        talk.topic,
    )


Task = Callable[[Talk, random.Random], Example | None]

TALK_TASKS: tuple[tuple[Task, float], ...] = (
    (summarise_off_style, 12),
    (ask_fact, 12),
    (list_facts, 12),
    (said_about, 12),
    (report_turn, 9),
    (key_points, 14),
    (how_it_ends, 9),
    (reply_to, 4),
    (who_said, 2),
    (quote, 5),
    (continue_talk, 6),
    (name_topic, 3),
)
"""Tasks over our own dialogues and their shares among themselves."""

EXCERPT_TASKS: tuple[tuple[Task, float], ...] = (
    (ask_fact, 12),
    (list_facts, 8),
    (said_about, 12),
    (report_turn, 9),
    (key_points, 10),
    (reply_to, 5),
    (who_said, 2),
    (quote, 10),
    (continue_talk, 4),
)
"""Tasks over a few turns cut from one of our dialogues."""

SERVICE_TASKS: tuple[tuple[Task, float], ...] = (
    (report_turn, 3),
    (key_points, 2),
    (reply_to, 2),
    (quote, 2),
    (continue_talk, 2),
    (who_said, 1),
    (how_it_ends, 1),
)
"""Tasks over dialogues that come without facts, topic or gist."""


def answer_from_passage(passage: str, question: str, answer: str, rng: random.Random) -> Example:
    """A question about a passage of a meeting or story."""
    return Example(
        "passage",
        rng.choice(
            [
                f"{passage}\n\n{question}",
                f"{question}\n\n{passage}",
                f"Read this and answer the question.\n\n{passage}\n\n{question}",
                f"Passage: {passage}\n\nQuestion: {question}\nAnswer:",
            ]
        ),
        answer,
    )


def find_sentence(passage: str, rng: random.Random) -> Example | None:
    """Copy the sentence of a passage that holds a given word: copying over the whole vocabulary."""
    lines = [line for line in sentences(passage.replace("\n", " ")) if 4 <= len(line.split()) <= 30]
    if not lines:
        return None
    line = rng.choice(lines)
    words = line.split()
    at = rng.randrange(len(words) - 1)
    clue = " ".join(words[at : at + 2])
    return Example(
        "find",
        rng.choice(
            [f'Find the sentence with "{clue}".\n\n{passage}', f'{passage}\n\nWhich sentence contains "{clue}"?']
        ),
        line,
    )


def small_talk(said: str, answer: str, rng: random.Random) -> Example:
    """A remark and its answer, without context."""
    return Example("chat", rng.choice([said, f"#Person1#: {said}\n#Person2#:", f"Q: {said}\nA:"]), answer)
