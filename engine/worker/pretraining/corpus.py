"""The mixture: an endless, seeded stream of examples and of passages to hide spans in.

Pure Python. Our own dialogues come from the built-in scenarios, training split, fresh seeds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.builtin import grammar
from engine.builtin.generate import load_scenarios
from engine.worker.pretraining import tasks
from engine.worker.pretraining.tasks import Example, Talk, Task
from engine.worker.pretraining.texts import Library

SHARES = {"talk": 77, "talk spans": 11, "service": 2, "passage": 4, "find": 2, "passage spans": 3, "chat": 1}
"""Percent of the examples drawn from each source."""


@dataclass(frozen=True)
class Spans:
    """A text to hide spans in, and how."""

    text: str
    density: float
    mean_span: float


def draw_talk(known: Sequence[grammar.Scenario], rng: random.Random) -> Talk:
    """One fresh dialogue of the training split; its references are dropped on the spot."""
    chosen = rng.choice(known)
    seed = rng.getrandbits(64)
    scene = grammar.play(chosen, random.Random(seed), "train")
    # The scene does not tell who is called what; the same draw again does.
    draw = grammar.Draw(random.Random(seed), "train")
    draw._digressions = grammar.DIGRESSIONS
    chosen.script(draw)
    names = {1: draw.facts["P1"], 2: draw.facts["P2"]}
    return tasks.read_talk(scene.dialogue, scene.facts, scene.topic, scene.gist, names)


def _excerpt(talk: Talk, rng: random.Random) -> Talk:
    """Two to four turns of ``talk``; without gist and topic, which are about all of it."""
    length = min(rng.randint(2, 4), len(talk.turns))
    start = rng.randrange(len(talk.turns) - length + 1)
    return replace(talk, turns=talk.turns[start : start + length], topic="", gist="")


def _try(talk: Talk, choices: Sequence[tuple[Task, float]], rng: random.Random) -> Example:
    """A weighted task that this talk lends itself to."""
    made, weights = zip(*choices, strict=True)
    while True:
        if (example := rng.choices(made, weights)[0](talk, rng)) is not None:
            return example


def _spans(text: str, rng: random.Random) -> Spans:
    density, mean_span = rng.choice([(0.15, 3.0), (0.3, 3.0), (0.4, 5.0), (0.5, 10.0)])
    return Spans(text, density, mean_span)


def excerpt_share(examples: int) -> float:
    """How many of our dialogues are cut to an excerpt after ``examples`` examples: nearly all at first.

    Copying is learnt first and on short texts, at three times the examples a second; finding
    things in whole dialogues builds on it.
    """
    return max(0.4, 0.95 - 0.55 * examples / 100_000)


def stream(library: Library, seed: str, excerpts: float = 0.4) -> Iterator[Example | Spans]:
    """Examples in the proportions of :data:`SHARES`, for ever; the same ``seed`` gives the same stream.

    ``excerpts`` is the share of our dialogues that are cut to a few turns, and of passages to a few sentences.
    """
    rng = random.Random(seed)
    known = load_scenarios()
    kinds, shares = zip(*SHARES.items(), strict=True)
    while True:
        kind = rng.choices(kinds, shares)[0]
        if kind == "talk":
            talk = draw_talk(known, rng)
            short = rng.random() < excerpts
            yield _try(_excerpt(talk, rng), tasks.EXCERPT_TASKS, rng) if short else _try(talk, tasks.TALK_TASKS, rng)
        elif kind == "talk spans":
            talk = draw_talk(known, rng)
            yield _spans((_excerpt(talk, rng) if rng.random() < excerpts else talk).text, rng)
        elif kind == "service":
            turns = rng.choice(library.dialogues)
            yield _try(Talk(tuple((1 + at % 2, said) for at, said in enumerate(turns))), tasks.SERVICE_TASKS, rng)
        elif kind == "passage":
            found = rng.choice(library.questions)
            yield tasks.answer_from_passage(found.passage, found.question, found.answer, rng)
        elif kind == "find":
            passage = rng.choice(library.passages)
            if rng.random() < excerpts:
                start = rng.randrange(max(1, len(passage) // 2))
                passage = passage[start : start + 160].partition(" ")[2].rpartition(" ")[0]
            if (example := tasks.find_sentence(passage, rng)) is not None:
                yield example
        elif kind == "passage spans":
            passage = rng.choice(library.passages)
            yield _spans(" ".join(passage.split()[:25]) if rng.random() < excerpts else passage, rng)
        else:
            yield tasks.small_talk(*rng.choice(library.replies), rng)


def tokenizer_texts(library: Library, dialogues: int, seed: str) -> Iterator[str]:
    """Text to train the tokenizer on: the library once, and ``dialogues`` of our own with their tasks."""
    rng = random.Random(seed)
    known = load_scenarios()
    for _ in range(dialogues):
        talk = draw_talk(known, rng)
        yield talk.text
        yield talk.gist
        example = _try(talk, tasks.TALK_TASKS, rng)
        yield example.target
        if rng.random() < 0.1:
            yield example.source
    yield from library.passages
    yield from (text for found in library.questions for text in (found.question, found.answer))
    yield from (text for pair in library.replies for text in pair)
    yield from (" ".join(turns) for turns in library.dialogues)
