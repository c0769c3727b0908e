"""What a summary has in common with a reference, with its dialogue, or with another text, word by word.

Words are ROUGE's: runs of a-z and 0-9 in the lower-cased text, those of more than three letters cut by the Porter
stemmer, as in rouge_score's default tokenizer, so what is marked is what was counted. Each keeps the place in the text
it came from. The definitions are those of Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries".
"""

from __future__ import annotations

import builtins
import difflib
import importlib.util
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.results import scoring
from engine.results.scoring import bits, f1

Span = tuple[int, int]
"""First character and the one after the last."""
Kind = Literal["rouge1", "rouge2", "rougeL"]
KINDS: tuple[Kind, ...] = ("rouge1", "rouge2", "rougeL")

_STEMMED_FROM = 4
"""Letters from which a word is stemmed."""
_LETTERS = re.compile(r"[a-z0-9]+")
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|[^\w\s]")
MOST_COMPARED = 250_000
"""Words of one text times words of the other up to which difflib looks for the longest runs in common."""


class Token(NamedTuple):
    """A word as ROUGE sees it, and where it stands."""

    word: str
    start: int
    end: int


def tokens(text: str, stemmed: bool = True) -> list[Token]:
    """The words of ``text`` in their order, as rouge_score's tokenizer gives them."""
    lower, places = _lowered(text)
    found = []
    for match in _LETTERS.finditer(lower):
        word = match.group()
        if stemmed and len(word) >= _STEMMED_FROM:
            word = _stem(word)
        if _LETTERS.fullmatch(word):
            start, last = match.start(), match.end() - 1
            found.append(Token(word, places[start], places[last] + 1) if places else Token(word, start, last + 1))
    return found


@dataclass(frozen=True)
class Shared:
    """What a summary shares with the reference that it matches best."""

    reference: int
    """Place of that reference."""
    scores: tuple[float, ...]
    """F1 against each reference, 0 to 1."""
    spans: tuple[Span, ...]
    """What of the summary was counted, left to right, not overlapping."""
    counted: int
    """n-grams (words, for ROUGE-L) counted."""
    possible: int
    """n-grams or words that the summary has."""


def shared(summary: str, references: Sequence[str], kind: Kind) -> Shared | None:
    """What ``summary`` shares with the best of ``references`` by the F1 of ``kind``; None without any.

    An n-gram is counted as often as it stands in both texts, the first ones in the summary. Of several longest common
    subsequences, which are equally long, one is taken.
    """
    if not references:
        return None
    said = tokens(summary)
    words = [token.word for token in said]
    size = 2 if kind == "rouge2" else 1
    possible = max(len(words) - size + 1, 0)
    best: tuple[float, int, list[int]] = (-1.0, 0, [])
    scores = []
    for at, reference in enumerate(references):
        other = [token.word for token in tokens(reference)]
        counted = _subsequence(words, other) if kind == "rougeL" else _grams(words, other, size)
        score = f1(len(counted), possible, max(len(other) - size + 1, 0))
        scores.append(score)
        if score > best[0]:
            best = (score, at, counted)
    _, at, counted = best
    spans = _joined([(said[place].start, said[place + size - 1].end) for place in counted])
    return Shared(at, tuple(scores), spans, len(counted), possible)


def novel(summary: str, dialogue: str) -> tuple[tuple[Span, ...], int]:
    """Where the words of ``summary`` stand that occur nowhere in ``dialogue``, and how many words it has.

    Words are not stemmed here: "booked" is not found in "book".
    """
    known = set(scoring.words(dialogue))
    said = tokens(summary, stemmed=False)
    return tuple((token.start, token.end) for token in said if token.word not in known), len(said)


Change = Literal["same", "gone", "new"]


class Piece(NamedTuple):
    """A stretch of words that both texts have, or only the one before, or only the one after.

    The text begins with a space where one stands before it.
    """

    change: Change
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """``before`` turned into ``after`` word by word: what is gone stands before what is new.

    Words and marks of punctuation are compared as they are written; characters of Chinese, Japanese and Korean count
    as words.
    """
    old, new = words(before), words(after)
    pieces: list[Piece] = []
    at = there = 0
    for start, other, size in _runs([word for word, _ in old], [word for word, _ in new]):
        pieces += _pieces(("gone", old[at:start]), ("new", new[there:other]), ("same", new[other : other + size]))
        at, there = start + size, other + size
    return pieces + _pieces(("gone", old[at:]), ("new", new[there:]))


def words(text: str) -> list[tuple[str, bool]]:
    """The words and marks of punctuation of ``text``, each with whether a space stands before it."""
    return [(m.group(), m.start() > 0 and text[m.start() - 1].isspace()) for m in _WORD.finditer(text)]


def _pieces(*parts: tuple[Change, Sequence[tuple[str, bool]]]) -> list[Piece]:
    return [Piece(change, "".join(" " * space + word for word, space in part)) for change, part in parts if part]


def _runs(old: list[str], new: list[str]) -> list[tuple[int, int, int]]:
    """Stretches that both have, in order: place in each and length."""
    if len(old) * len(new) <= MOST_COMPARED:
        found = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return [(block.a, block.b, block.size) for block in found if block.size]
    # difflib takes minutes where two long texts repeat themselves.
    runs: list[tuple[int, int, int]] = []
    for at, there in _pairs(old, new):
        if runs and runs[-1][0] + runs[-1][2] == at and runs[-1][1] + runs[-1][2] == there:
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((at, there, 1))
    return runs


def _grams(words: list[str], other: list[str], size: int) -> list[int]:
    """Places in ``words`` where an n-gram begins that is counted."""
    left = Counter(tuple(other[at : at + size]) for at in range(len(other) - size + 1))
    found = []
    for at in range(len(words) - size + 1):
        gram = tuple(words[at : at + size])
        if left[gram] > 0:
            left[gram] -= 1
            found.append(at)
    return found


def _subsequence(words: list[str], other: list[str]) -> list[int]:
    """Places in ``words`` of a longest common subsequence."""
    return [at for at, _ in _pairs(words, other)]


def _pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Places in both of a longest common subsequence, in order.

    Bit-parallel: one integer a row of the table says where its figure rises, so that texts of ten thousand words take
    a moment (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"). Rows of the table are ``right``'s words.
    """
    all_set = (1 << len(left)) - 1
    places = bits(left)
    rows, row = [], all_set
    for word in right:
        same = row & places.get(word, 0)
        row = ((row + same) | (row - same)) & all_set  # a cleared bit: one more than in the column before
        rows.append(row)
    found = []
    column, line = len(left), len(right)
    while column and line:
        bit = 1 << (column - 1)
        if rows[line - 1] & bit:
            column -= 1
        elif line > 1 and not rows[line - 2] & bit:
            line -= 1
        else:
            column, line = column - 1, line - 1
            found.append((column, line))
    return found[::-1]


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Those that overlap as one: bigrams share their words."""
    found: list[Span] = []
    for start, end in spans:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _lowered(text: str) -> tuple[str, list[int]]:
    """``text`` in lower case, and for each of its characters the place it came from; none where all stay in place."""
    lower = text.lower()
    if text.isascii() or len(lower) == len(text):  # a letter never becomes shorter
        return lower, []
    parts = [character.lower() for character in text]
    return "".join(parts), [at for at, part in enumerate(parts) for _ in part]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_stemmer().stem(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    """rouge_score's own stemmer, nltk's.

    Importing nltk brings scipy.stats along: two seconds and a hundred megabytes, of which the stemmer needs nothing.
    So its file is run by itself; where that does not work with some other version, nltk is imported.
    """
    if "nltk" not in sys.modules and (found := _stemmer_alone()) is not None:
        return found
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


def _stemmer_alone() -> Any:
    """The stemmer with nothing of nltk beside it; None where its file wants more than that."""
    spec = importlib.util.find_spec("nltk")  # imports nothing
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "stem" / "porter.py"

    def lonely(name: str, *more: Any) -> Any:
        """What it imports from nltk are an empty base class and helpers of its demonstration."""
        return _Nothing() if name.partition(".")[0] == "nltk" else __import__(name, *more)

    names: dict[str, Any] = {"__name__": "porter", "__builtins__": {**vars(builtins), "__import__": lonely}}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
        stemmer = names["PorterStemmer"]()
        return stemmer if [stemmer.stem(word) for word in ("dying", "generously")] == ["die", "gener"] else None
    except (OSError, UnicodeDecodeError, SyntaxError, ImportError, AttributeError, LookupError, TypeError, NameError):
        return None


class _Nothing:
    def __getattr__(self, name: str) -> type:
        return object
