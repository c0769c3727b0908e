"""A prompt with its answers as text, as Markdown, as JSON lines; and the command that gives the same. No Textual."""

from __future__ import annotations

import codecs
import json
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.data.quoting import plain
from engine.errors import DataError
from engine.playground.protocol import Decoding, Generate, Model, Shots
from engine.runs.files import write_new
from tui import format as fmt
from tui.bench import Answer, Draft
from tui.text import clean

METRICS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L", "rougeLsum": "ROUGE-Lsum"}
LONGEST_HERE = 8_000
"""Characters of a dialogue up to which a command carries it along."""


def text(answers: Iterable[Answer]) -> str:
    """Each model's name over what it said."""
    return "\n\n".join(f"{answer.model.key}\n{_said(answer)}" for answer in answers)


def markdown(request: Generate, draft: Draft, answers: Sequence[Answer]) -> str:
    """A page: the dialogue, the references, each answer with its figures, and how it was decoded."""
    parts = ["# Playground", "", f"Decoding: {request.decoding.summary}. Shots: {_shots(request.shots)}."]
    parts += [f"Dialogue: {_inline(draft.origin)}."] if draft.origin else []
    parts += ["", "## Dialogue", "", _fenced(request.dialogue)]
    for number, reference in enumerate(request.references, start=1):
        parts += ["", f"## Reference {number}", "", _fenced(reference)]
    for answer in answers:
        parts += ["", f"## {_inline(answer.model.key)}", "", _fenced(_said(answer))]
        if figures := _figures(answer):
            parts += ["", figures]
    return "\n".join(parts) + "\n"


def jsonl(request: Generate, draft: Draft, answers: Sequence[Answer]) -> str:
    """One object a model, exact figures."""
    lines = []
    for answer in answers:
        values = {
            "model": answer.model.key,
            "state": answer.state,
            "summary": answer.text,
            "dialogue": request.dialogue,
            "references": list(request.references),
            "origin": draft.origin,
            "decoding": vars(request.decoding),
            "shots": list(answer.prompt.shots) if answer.prompt else [],
            "prompt": answer.prompt.prompt if answer.prompt else None,
            "prompt_tokens": answer.prompt.tokens if answer.prompt else None,
            "truncated": answer.prompt.truncated if answer.prompt else None,
            "tokens": answer.tokens,
            "seconds": answer.seconds,
            "scores": dict(answer.scores),
            "error": " ".join(filter(None, answer.problem)) or None,
        }
        lines.append(json.dumps(values) + "\n")
    return "".join(lines)


def save(path: Path, request: Generate, draft: Draft, answers: Sequence[Answer]) -> None:
    """Write a new file, JSON lines for .jsonl, else Markdown. Raises DataError, also when the file is there."""
    written = (jsonl if path.suffix.lower() == ".jsonl" else markdown)(request, draft, answers)
    try:
        write_new(path.expanduser(), written)
    except FileExistsError:
        raise DataError(f"{plain(str(path))} is there already", "", "Choose another name") from None
    except (OSError, RuntimeError, ValueError) as error:  # a folder that is not there, ~nobody, a NUL
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{plain(str(path))} cannot be written", why, "Choose another name") from None


def read(path: Path, longest: int) -> str:
    """The dialogue in the text file ``path``. Raises DataError."""
    where = plain(str(path))
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(4 * longest)
            whole = not file.read(1)
        # Of a file that goes on, the last character may be cut in its middle, and waits.
        found = codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=whole)
    except FileNotFoundError:
        raise DataError(f"There is no file {where}") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not UTF-8 text", f"Byte {error.start} does not fit", "Convert it with iconv"
        ) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"{where} cannot be read", getattr(error, "strerror", None) or str(error)) from None
    if not found.strip():
        raise DataError(f"{where} is empty")
    return found


def command(model: Model, draft: Draft, decoding: Decoding, shots: Shots) -> list[str]:
    """``dialtune summarize``'s words for one model; the dialogue's file as the last one, where it is one."""
    kind, _, name = model.key.partition(" ")
    words = ["summarize", name] if kind == "run" else ["summarize", "--base", model.base]
    usual = Decoding()
    flags = {
        "max_new_tokens": "--max-new-tokens", "beams": "--beams", "length_penalty": "--length-penalty",
        "no_repeat_ngram": "--no-repeat-ngram", "temperature": "--temperature", "top_p": "--top-p",
        "top_k": "--top-k", "max_source_tokens": "--max-source-tokens",
    }  # fmt: skip
    own = {"max_new_tokens", "beams", "no_repeat_ngram"} if kind == "run" else set()  # a run may have asked for others
    if kind == "run" and decoding.beams > 1:
        own.add("length_penalty")
    for field, flag in flags.items():
        value = getattr(decoding, field)
        if value != getattr(usual, field) or field in own:
            words += [flag, f"{value:g}" if isinstance(value, float) else str(value)]
    if decoding.sampling:
        words += ["--seed", str(decoding.seed)]
    if shots.ids:
        words += [word for id in shots.ids for word in ("--shot", id)]
    elif shots.count:
        words += ["--shots", str(shots.count)]
        words += ["--shots-seed", str(shots.seed)] if shots.seed is not None else []
    return [*words, draft.file] if draft.file else words


def shell(commands: Sequence[Sequence[str]], draft: Draft) -> str:
    """Lines for a shell; a dialogue that is in no file comes along where it is short."""
    lines = [shlex.join(["dialtune", *words]) for words in commands]
    dialogue = clean(draft.dialogue, lines=True).strip("\n")
    if draft.file or len(dialogue) > LONGEST_HERE or not dialogue:
        return "\n".join(lines)
    mark = "DIALOGUE"
    while mark in dialogue:
        mark += "_"
    return "\n".join(f"{line} <<'{mark}'\n{dialogue}\n{mark}" for line in lines)


def _said(answer: Answer) -> str:
    if answer.state == "failed":
        return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in answer.problem if part)
    return answer.text or f"({answer.state})"


def _figures(answer: Answer) -> str:
    parts = [f"{answer.tokens} tokens in {answer.seconds:.1f} s"] if answer.tokens else []
    if answer.prompt:
        cut = ", cut to fit" if answer.prompt.truncated else ""
        parts.append(f"prompt of {answer.prompt.tokens} tokens{cut}")
    parts += [f"{label} {fmt.score(answer.scores[key])}" for key, label in METRICS.items() if key in answer.scores]
    return ", ".join(parts)


def _shots(shots: Shots) -> str:
    if shots.ids:
        return ", ".join(map(_inline, shots.ids))
    return str(shots.count) + (f" drawn with seed {shots.seed}" if shots.count and shots.seed is not None else "")


def _inline(words: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", clean(words))


def _fenced(words: str) -> str:
    """``words`` in a fence longer than any in them."""
    safe = clean(words, lines=True)
    longest = max((len(run) for run in re.findall(r"`+", safe)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{safe}\n{fence}"
