"""Reading the permissive English in ``--data``: meetings, stories, service dialogues, small talk.

Pure Python. Every reader returns plain pieces of text; nothing here knows of tokens or tasks.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.worker.pretraining.reporting import sentences

_WORD = re.compile(r"[a-z0-9]+")
_STOP = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "and",
        "in",
        "is",
        "was",
        "were",
        "are",
        "that",
        "this",
        "it",
        "for",
        "on",
        "with",
        "as",
        "at",
        "by",
        "be",
        "been",
        "he",
        "she",
        "they",
        "his",
        "her",
        "their",
        "its",
        "had",
        "has",
        "have",
        "not",
        "but",
        "from",
        "or",
        "which",
        "who",
        "what",
        "when",
        "there",
        "so",
        "would",
        "could",
        "also",
        "because",
        "about",
        "into",
        "then",
        "him",
        "them",
    ]
)


@dataclass(frozen=True)
class Question:
    """A question with the passage its answer was found in."""

    passage: str
    question: str
    answer: str


@dataclass(frozen=True)
class Library:
    """All the text that is not made by our own grammar."""

    dialogues: tuple[tuple[str, ...], ...]
    """Two-person service dialogues: turns, Person1 first."""
    passages: tuple[str, ...]
    """Pieces of stories and meetings, about a hundred words each."""
    questions: tuple[Question, ...]
    replies: tuple[tuple[str, str], ...]
    """Small talk: what is said and what is answered."""


def untokenise(text: str) -> str:
    """Undo the spaced punctuation of meeting transcripts: "it 's fine ." becomes "it's fine."."""
    text = re.sub(r"\{[a-z]+\}|@ ?@", " ", text)
    text = re.sub(r" ([,.!?;:%)])", r"\1", text)
    text = re.sub(r" (n't|'s|'re|'m|'ve|'ll|'d)\b", r"\1", text)
    text = re.sub(r" - ", "-", text).replace("( ", "(")
    text = re.sub(r"[\"“”]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if word not in _STOP}


def _chunks(pieces: Iterable[str], words: int, joiner: str) -> Iterator[str]:
    """Join ``pieces`` into texts of about ``words`` words, never cutting inside a piece."""
    gathered: list[str] = []
    count = 0
    for piece in pieces:
        gathered.append(piece)
        count += len(piece.split())
        if count >= words:
            yield joiner.join(gathered)
            gathered, count = [], 0
    if count > words // 3:
        yield joiner.join(gathered)


class _Finder:
    """Finds the passage of one document that shares the most telling words with a sentence."""

    def __init__(self, passages: Sequence[str]) -> None:
        self.passages = passages
        self.bags = [_words(passage) for passage in passages]
        self.seen = Counter(word for bag in self.bags for word in bag)

    def best(self, sentence: str, least: float = 0.3) -> str | None:
        wanted = _words(sentence)
        if not wanted or not self.bags:
            return None
        weight = {word: 1 / (1 + self.seen[word]) for word in wanted if word in self.seen}
        scored = [(sum(weight[w] for w in wanted & bag), i) for i, bag in enumerate(self.bags)]
        _, at = max(scored)
        return self.passages[at] if len(wanted & self.bags[at]) >= least * len(wanted) else None


def _short(answer: str, words: int) -> str:
    """The first sentences of ``answer`` up to ``words`` words; one sentence at least."""
    taken: list[str] = []
    for sentence in sentences(answer):
        if taken and sum(len(s.split()) for s in taken) + len(sentence.split()) > words:
            break
        taken.append(sentence)
    return " ".join(taken)


def read_meetings(path: Path) -> tuple[list[str], list[Question]]:
    """QMSum: passages of a meeting, and each question beside the passage that answers it."""
    passages: list[str] = []
    questions: list[Question] = []
    for meeting in _rows(path):
        turns = [f"{who}: {said}" for who, text in meeting["turns"] if len((said := untokenise(text)).split()) > 3]
        here = list(_chunks(turns, 110, "\n"))
        here = [text if len(text.split()) < 170 else " ".join(text.split()[:170]) for text in here]
        passages += here
        finder = _Finder(here)
        for query in meeting["queries"]:
            for sentence in sentences(untokenise(query["answer"])):
                words = len(sentence.split())
                if 6 <= words <= 45 and (passage := finder.best(sentence, 0.4)) is not None:
                    questions.append(Question(passage, untokenise(query["query"]), sentence))
    return passages, questions


def read_stories(path: Path) -> tuple[list[str], list[Question]]:
    """SQuALITY: passages of public-domain stories, and sentences of answers beside their passages."""
    passages: list[str] = []
    questions: list[Question] = []
    for story in _rows(path):
        text = re.sub(r"\s+", " ", re.sub(r"[_*]", "", story["text"])).replace("“", '"').replace("”", '"')
        text = text.replace("’", "'").replace("‘", "'")
        start = text.find("renewed.]")
        here = list(_chunks(sentences(text[start + 9 if start > 0 else 0 :]), 100, " "))
        passages += here
        finder = _Finder(here)
        for query in story["queries"]:
            for answer in query["answers"]:
                questions += [
                    Question(passage, query["query"], sentence)
                    for sentence in sentences(re.sub(r"\s+", " ", answer.replace("’", "'")).strip())
                    if 6 <= len(sentence.split()) <= 40 and (passage := finder.best(sentence)) is not None
                ]
    return passages, questions


def read_service(path: Path) -> list[tuple[str, ...]]:
    """Taskmaster: short service dialogues as tuples of turns, speakers merged so that they alternate."""
    dialogues = []
    for row in _rows(path):
        turns: list[list[str]] = []
        for who, text in row["turns"]:
            text = " ".join(text.split())
            if not text:
                continue
            text = text[0].upper() + text[1:]
            if turns and turns[-1][0] == who:
                turns[-1][1] += " " + text
            else:
                turns.append([who, text])
        if len(turns) > 2:
            dialogues.append(tuple(text for _, text in turns))
    return dialogues


def read_replies(path: Path) -> list[tuple[str, str]]:
    """Chatterbot: pairs of what is said and what is answered, from its YAML kept as text."""
    pairs = []
    for row in _rows(path):
        conversation: list[str] = []
        for line in [*row["yaml"].splitlines(), "- - "]:
            if (found := re.match(r"^- - ?(.*)$", line)) is not None:
                pairs += [(a, b) for a, b in itertools.pairwise(conversation) if a and b]
                conversation = [found[1].strip(" '\"")]
            elif (found := re.match(r"^  - (.*)$", line)) is not None:
                conversation.append(found[1].strip(" '\""))
            elif conversation and line.startswith("    "):
                conversation[-1] += " " + line.strip(" '\"")
    return [(a, b) for a, b in pairs if len(b.split()) < 50]


def read_library(data: Path) -> Library:
    """Read ``chatterbot``, ``qmsum``, ``squality`` and ``taskmaster4`` (``.jsonl``) in ``data``.

    Raises ``FileNotFoundError`` naming the missing file.
    """
    meetings, meeting_questions = read_meetings(data / "qmsum.jsonl")
    stories, story_questions = read_stories(data / "squality.jsonl")
    return Library(
        dialogues=tuple(read_service(data / "taskmaster4.jsonl")),
        passages=(*meetings, *stories),
        questions=(*meeting_questions, *story_questions),
        replies=tuple(read_replies(data / "chatterbot.jsonl")),
    )
