"""From ``predictions.jsonl`` to what the table needs of it: figures, counts, places of lines, and text to search.

Two packs come of a run. ``columns`` has all that differs from run to run; ``words`` has dialogues and references to
be searched, which runs on one data set share, so that only one of them need have it.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import IO, Any

import numpy as np

from engine.results.classes import figure_of
from engine.results.rows.packs import Draft
from engine.results.rows.texts import Array, fold
from engine.runs import shapes
from engine.runs.files import parse_json
from engine.runs.folder import Prediction

TEXTS = {"columns": ("id", "topic", "summary"), "words": ("dialogue", "references")}
"""Ids and topics as they are; summaries, dialogues and references folded."""
FIGURES = ("tokens", "words", "truncated")
"""Figures of every run beside its scores: new tokens decoded, words of the summary, 1 for a prompt that was cut."""
BETWEEN = "\x1f"
"""Stands between two references; no folded text has it."""

_ALL_TEXT, _ALL_FLOAT = {str}, {float}
_METRIC = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_MOST_METRICS = 64
_BLOCK = 1 << 22
_SPOOL = 1 << 23


def key_of(id: str, dialogue: str) -> int:
    """Identity of a dialogue: the first 64 bits of SHA-256 over id, NUL and text; two data sets may use one id."""
    digest = hashlib.sha256(id.encode("utf-8", "replace") + b"\0" + dialogue.encode("utf-8", "replace")).digest()
    found: int = struct.unpack(">Q", digest[:8])[0]
    return found


def written(key: int) -> str:
    """``key`` as 16 hexadecimal digits."""
    return f"{key:016x}"


def parse(line: bytes) -> Prediction | None:
    """The prediction on a line of ``predictions.jsonl``; None where it is damaged."""
    try:
        values = parse_json(line.decode("utf-8", "replace"))
        return _usual(values) or shapes.read(Prediction, values)
    except ValueError:
        return None


def _usual(values: Any) -> Prediction | None:
    """What :func:`engine.runs.shapes.read` makes of ``values`` as nearly all are, in a quarter of its time."""
    try:
        id, summary, dialogue, topic = values["id"], values["summary"], values["dialogue"], values["topic"]
        references, scores = values["references"], values["scores"]
        truncated, tokens = values["truncated"], values["tokens"]
        if "probabilities" in values:  # few runs have them
            return None  # read with care, then
    except (KeyError, TypeError):
        return None
    if type(references) is not list or type(scores) is not dict or type(truncated) is not bool:
        return None
    if type(tokens) is not int or set(map(type, (id, summary, dialogue, topic, *references))) != _ALL_TEXT:
        return None
    if scores and (set(map(type, scores.values())) != _ALL_FLOAT or not all(map(math.isfinite, scores.values()))):
        return None
    return Prediction(id, summary, dialogue, topic, tuple(references), scores, truncated, tokens)


def turns_of(dialogue: str) -> int:
    """Lines with something on them."""
    return sum(map(bool, map(str.strip, dialogue.splitlines())))


def folded_references(references: Sequence[str]) -> str:
    """The references as they are searched: no phrase reaches from one into the next."""
    return BETWEEN.join(map(fold, references))


def build(
    file: IO[bytes], size: int, wanted: Sequence[str], stack: ExitStack, in_memory: bool = False,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Draft]:  # fmt: skip
    """The packs ``wanted`` (of TEXTS) of the first ``size`` bytes of ``file``.

    Of several lines with one id the last counts, at the place of the first, as in RunFolder.predictions. Texts of
    more than a few megabytes wait in temporary files until ``stack`` closes, unless ``in_memory``. ``progress`` is
    told bytes read. Raises OSError.
    """
    made = _Columns(lambda: _Text(stack, in_memory), [name for kind in wanted for name in TEXTS[kind]])
    for begin, line in _lines(file, size, progress):
        prediction = parse(line)
        if prediction is not None:
            made.add(prediction, begin, len(line))
    return made.drafts(wanted)


def _lines(file: IO[bytes], size: int, progress: Callable[[int], None] | None) -> Iterator[tuple[int, bytes]]:
    """Whole lines, each with the byte that it begins at; a torn last one is not there yet."""
    at, rest, left = 0, b"", size
    file.seek(0)
    while left and (block := file.read(min(_BLOCK, left))):
        left -= len(block)
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield at, line
            at += len(line) + 1
        if progress is not None:
            progress(size - left)


class _Text:
    """Texts written one after another."""

    def __init__(self, stack: ExitStack, in_memory: bool) -> None:
        file = tempfile.SpooledTemporaryFile(0 if in_memory else _SPOOL)  # noqa: SIM115 - the stack closes it
        self.file: IO[bytes] = stack.enter_context(file)  # type: ignore[assignment]
        self.ends = array("q", [0])

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "replace").replace(b"\n", b" ") + b"\n"
        self.file.write(data)
        self.ends.append(self.ends[-1] + len(data))

    def take(self, other: _Text, order: Sequence[int]) -> None:
        """The texts of ``other``, in this order."""
        for place in order:
            other.file.seek(other.ends[place])
            data = other.file.read(other.ends[place + 1] - other.ends[place])
            self.file.write(data)
            self.ends.append(self.ends[-1] + len(data))


class _Columns:
    """What has been read so far, a place a line."""

    def __init__(self, text: Callable[[], _Text], names: Sequence[str]) -> None:
        self._text = text
        self._texts = {name: text() for name in names}
        self._last: dict[str, int] = {}
        """By id, in the order of their first lines: the place of the last."""
        self._keys, self._abouts = array("Q"), array("Q")
        self._begins, self._sizes = array("q"), array("i")
        self._turns, self._length, self._references = array("i"), array("i"), array("i")
        self._reference_words = array("d")
        self._metrics: tuple[str, ...] = ()
        self._figures = array("d")
        """A row a line: the scores in the order of ``_metrics``, then FIGURES."""

    def add(self, prediction: Prediction, begin: int, size: int) -> None:
        place = len(self._keys)
        self._last[prediction.id] = place
        dialogue, references = prediction.dialogue, prediction.references
        self._keys.append(key_of(prediction.id, dialogue))
        self._abouts.append(_about(references))
        self._begins.append(begin)
        self._sizes.append(size)
        self._turns.append(turns_of(dialogue))
        self._length.append(len(dialogue.split()))
        self._references.append(len(references))
        words = [len(reference.split()) for reference in references]
        self._reference_words.append(sum(words) / len(words) if words else math.nan)
        tokens = float(min(prediction.tokens, 1 << 53)) if prediction.tokens else math.nan  # the end mark is decoded
        scores = prediction.scores
        if prediction.probabilities:
            scores = scores | {figure_of(label): share for label, share in prediction.probabilities.items()}
        if tuple(scores) != self._metrics:
            self._widen(scores)
            scores = {name: scores.get(name, math.nan) for name in self._metrics}
        self._figures.extend(scores.values())
        self._figures.extend((tokens, len(prediction.summary.split()), prediction.truncated))
        values = {"id": prediction.id, "topic": prediction.topic}
        for name, text in self._texts.items():
            if name == "summary":
                text.add(fold(prediction.summary))
            elif name == "dialogue":
                text.add(fold(dialogue))
            elif name == "references":
                text.add(folded_references(references))
            else:
                text.add(values[name])

    def _widen(self, scores: Mapping[str, float]) -> None:
        """Make room for scores that no line had before."""
        new = [name for name in scores if name not in self._metrics and name not in FIGURES and _METRIC.fullmatch(name)]
        new = new[: _MOST_METRICS - len(self._metrics)]
        if new:
            table = self._table()
            at = len(self._metrics)
            empty = np.full((len(table), len(new)), np.nan)
            self._figures = array("d", np.hstack([table[:, :at], empty, table[:, at:]]).tobytes())
            self._metrics = (*self._metrics, *new)

    def _table(self) -> Array:
        return np.array(self._figures).reshape(-1, len(self._metrics) + len(FIGURES))

    def drafts(self, wanted: Sequence[str]) -> dict[str, Draft]:
        rows = len(self._keys)
        order = list(self._last.values())
        whole = len(order) == rows
        texts = self._texts
        if not whole:
            texts = {}
            for name, text in self._texts.items():
                texts[name] = self._text()
                texts[name].take(text, order)

        def taken(values: Any, kind: str) -> Array:
            column = np.array(values, kind)
            return column if whole else column[order]

        facts = {"rows": len(order), "figures": [*self._metrics, *FIGURES]}
        arrays = {
            "keys": taken(self._keys, "<u8"), "abouts": taken(self._abouts, "<u8"),
            "begins": taken(self._begins, "<i8"), "sizes": taken(self._sizes, "<i4"),
            "turns": taken(self._turns, "<i4"), "length": taken(self._length, "<i4"),
            "references": taken(self._references, "<i4"), "reference_words": taken(self._reference_words, "<f8"),
            "figures": taken(self._table(), "<f8").T,
        }  # fmt: skip
        offsets = {f"{name}.offsets": np.array(text.ends, "<i8") for name, text in texts.items()}
        found = {}
        for kind in wanted:
            own = {f"{name}.offsets": offsets[f"{name}.offsets"] for name in TEXTS[kind]}
            parts = {**arrays, **own} if kind == "columns" else own
            found[kind] = Draft(facts, parts, {name: texts[name].file for name in TEXTS[kind]})
        return found


def _about(references: Sequence[str]) -> int:
    """Tells one set of references from another; 0 for none."""
    if not references:
        return 0
    data = "\0".join((str(len(references)), *references)).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") or 1
