"""``python -m engine.worker.summarize RUN_FOLDER``: JSON lines {"id", "dialogue"} in, {"id", "summary"} out.

``--base NAME`` in place of the folder asks a base as it is. Summaries come in the order of the dialogues and as they
are made: what has come in by then is decoded together, up to MOST dialogues at once, sorted by length among themselves.
Between them stand lines {"progress": done} and, at the end, {"notice"} on what was cut to fit. Errors end in one JSON
line {"error": {"exit_code", "happened", "why", "todo"}} on stdout and that exit code.
"""

from __future__ import annotations

import argparse
import json
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import tasks
from engine.data.examples import Example
from engine.data.quoting import count
from engine.errors import DataError, DialtuneError
from engine.runs.folder import RunFolder
from engine.spec import BaseSpec, RunSpec

if TYPE_CHECKING:
    from engine.worker.batches import Row

FIRST, MOST = 16, 256
"""Dialogues decoded together at first, so that an answer comes soon, and later, so that batches are even."""
AHEAD = 4 * MOST
"""Dialogues read before they are needed."""


def main() -> int:
    """Summarise standard input with a run's model or a base."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker.summarize")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--base", help="a base as it is, in place of a run")
    for name in ("max-new-tokens", "beams", "no-repeat-ngram", "max-source-tokens"):
        parser.add_argument(f"--{name}", type=int, help="default: the run's own")
    parser.add_argument("--length-penalty", type=float, help="default: the run's own")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--top-p", type=float, default=1.0)
    parser.add_argument("--top-k", type=int, default=0)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--shots", type=int, default=0)
    parser.add_argument("--shots-seed", type=int)
    parser.add_argument("--shot", action="append", default=[], help="id of an example")
    asked = parser.parse_args()
    try:
        coming = _Coming(sys.stdin)
        first = coming.take(FIRST)
        if first:
            _summarise(asked, first, coming)
    except DialtuneError as error:
        told = {"exit_code": error.exit_code, "happened": error.happened, "why": error.why, "todo": error.todo}
        print(json.dumps({"error": told}, ensure_ascii=False))
        return error.exit_code
    return 0


class _Coming:
    """Dialogues read in a thread while others are decoded."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._queue: queue.Queue[Example | DialtuneError | None] = queue.Queue(AHEAD)
        self._over = False
        self._problem: DialtuneError | None = None
        threading.Thread(target=self._read, args=(lines,), name="dialogues", daemon=True).start()

    def take(self, most: int) -> list[Example]:
        """The next ones, up to ``most``: one is waited for, others only if they are there. Empty at the end.

        Raises DataError for a line that is no dialogue, once those before it have been given.
        """
        found: list[Example] = []
        while not self._over and len(found) < most:
            try:
                one = self._queue.get(block=not found)
            except queue.Empty:
                break
            if isinstance(one, Example):
                found.append(one)
                continue
            self._over, self._problem = True, one
        if not found and self._problem is not None:
            raise self._problem
        return found

    def _read(self, lines: Iterable[str]) -> None:
        try:
            for number, line in enumerate(filter(str.strip, lines), 1):
                self._queue.put(_example(number, line))
        except DialtuneError as error:
            self._queue.put(error)
        else:
            self._queue.put(None)


def _example(number: int, line: str) -> Example:
    try:
        values = json.loads(line)
        dialogue = values["dialogue"]
    except (ValueError, KeyError, TypeError):
        raise DataError(f"Line {number} is no JSON object with a dialogue") from None
    if not isinstance(dialogue, str) or not dialogue.strip():
        raise DataError(f"The dialogue in line {number} is empty")
    return Example(str(values.get("id", number)), dialogue, ())


@dataclass
class _Lost:
    """What did not fit, added up."""

    cut: int = 0
    shots: int = 0
    limit: int = 0

    def tell(self) -> None:
        if self.cut:
            _say(notice=f"{count(self.cut, 'dialogue')} longer than {self.limit} tokens: cut.")
        if self.shots:
            _say(notice=f"{count(self.shots, 'shot')} left out: no room for them in {self.limit} tokens.")


def _summarise(asked: argparse.Namespace, first: list[Example], coming: _Coming) -> None:
    done, lost = 0, _Lost()
    ask = _model(asked, lost)
    batch = first
    while batch:
        found = [""] * len(batch)
        for number, (at, summary) in enumerate(ask(batch), 1):
            found[at] = summary
            _say(progress=done + number)
        for example, summary in zip(batch, found, strict=True):
            _say(id=example.id, summary=summary)
        done += len(batch)
        batch = coming.take(MOST)
    lost.tell()


def _model(asked: argparse.Namespace, lost: _Lost) -> Callable[[list[Example]], Iterator[tuple[int, str]]]:
    """What summarises a list of dialogues: place and summary of each, the longest first."""
    import torch

    from engine.worker.bases import load_base, load_run, load_tokenizer
    from engine.worker.decoding import decode, generation_config, sampled
    from engine.worker.fast import quicken
    from engine.worker.precision import choose
    from engine.worker.quantised import placed

    if asked.base:
        spec = RunSpec(method="zero-shot", base=BaseSpec(name=asked.base))
        model, tokenizer = load_base(spec.base), load_tokenizer(spec.base)
    else:
        spec = RunFolder(asked.folder).spec()
        tasks.check(spec.task, "summarize")
        model, tokenizer = load_run(RunFolder(asked.folder))
    precision = choose(spec.train.dtype)
    model = placed(model, precision.device)
    quicken(model, precision.device)
    given = ("max_new_tokens", "beams", "length_penalty", "no_repeat_ngram")
    changes = {name: getattr(asked, name) for name in given if getattr(asked, name) is not None}
    if asked.temperature > 0 and asked.beams is None:
        changes["beams"] = 1
    settings = spec.decode.model_copy(update=changes)
    config = sampled(generation_config(model, settings), asked.temperature, asked.top_p, asked.top_k)
    torch.manual_seed(asked.seed)
    prompts = _prompts(asked, spec, tokenizer, model, lost)

    def ask(examples: list[Example]) -> Iterator[tuple[int, str]]:
        for batch in decode(model, tokenizer, prompts(examples), settings, precision, config=config):
            for item in batch:
                yield item.index, item.summary

    return ask


def _prompts(
    asked: argparse.Namespace, spec: RunSpec, tokenizer: Any, model: Any, lost: _Lost
) -> Callable[[list[Example]], list[Row]]:
    """What makes prompts as tokens of dialogues, counting in ``lost`` what was cut and left out."""
    from engine.data.prompts import choose
    from engine.worker.batches import tokenise
    from engine.worker.prompting import build, context, training_examples
    from engine.worker.shots import Chooser
    from engine.worker.shots import prompts as few_shot_prompts

    lost.limit = limit = asked.max_source_tokens or spec.data.max_source_tokens
    if not asked.shots and not asked.shot and spec.method == "few-shot":
        chooser = Chooser(training_examples(spec.data), spec.few_shot)

        def as_in_the_run(examples: list[Example]) -> list[Row]:
            rows, told = few_shot_prompts(tokenizer, spec.prompt.template, examples, chooser, limit)
            lost.cut += sum(row.truncated for row in rows)
            lost.shots += told.dropped
            return rows

        return as_in_the_run

    if not asked.shots and not asked.shot:

        def alone(examples: list[Example]) -> list[Row]:
            found, counts = tokenise(tokenizer, examples, spec.prompt.template, limit, 0, targets=False)
            lost.cut += counts.truncated_sources
            return found.rows

        return alone

    lost.limit = room = asked.max_source_tokens or context(tokenizer, model, limit)
    training = training_examples(spec.data)

    def after_shots(examples: list[Example]) -> list[Row]:
        found = []
        for example in examples:
            shots = choose(training, asked.shots, asked.shots_seed, asked.shot, example.dialogue)
            prompt = build(tokenizer, spec.prompt.template, example, shots, room)
            lost.cut += prompt.row.truncated
            lost.shots += len(prompt.dropped)
            found.append(prompt.row)
        return found

    return after_shots


def _say(**values: Any) -> None:
    print(json.dumps(values, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
