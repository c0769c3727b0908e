"""Prompts of a few-shot run: which examples stand before each dialogue, and what became of those that did not fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.data.examples import Example
from engine.data.prompts import choose
from engine.data.quoting import count
from engine.data.sameness import key
from engine.data.similarity import Index
from engine.errors import DataError
from engine.runs.files import write_atomic
from engine.runs.folder import RunFolder
from engine.spec import FewShotSpec, RunSpec
from engine.worker.batches import Counts, Row, Rows
from engine.worker.prompting import Prompt, build
from engine.worker.reporting import Reporter
from engine.worker.saving import update_manifest


class Chooser:
    """The shots of one dialogue after another, as ``spec`` wants them, the most wanted first."""

    def __init__(self, examples: Sequence[Example], spec: FewShotSpec) -> None:
        """``examples``: the train split. Raises DataError when it has too few with a summary."""
        self.spec = spec
        self._usable = [example for example in examples if example.references]
        if len(self._usable) < spec.examples:
            raise DataError(
                f"few_shot.examples = {spec.examples}, but there are only {len(self._usable)} training examples", "",
                "Ask for fewer, or give more with data.train",
            )  # fmt: skip
        self._keys = [key(example.dialogue) for example in self._usable]
        self._known = frozenset(self._keys)
        self._index = Index([example.dialogue for example in self._usable]) if spec.choice == "similar" else None

    def shots(self, dialogue: str) -> tuple[tuple[Example, ...], bool]:
        """The examples for ``dialogue``, and whether the train split has that very dialogue, which is never taken.

        Raises DataError when there are too few without it.
        """
        own = key(dialogue)
        same = own in self._known
        if self._index is None:
            usable = [e for e, k in zip(self._usable, self._keys, strict=True) if k != own] if same else self._usable
            return choose(usable, self.spec.examples, self.spec.seed if self.spec.choice == "random" else None), same
        among = self._index.nearest(dialogue, self.spec.examples + self._keys.count(own) * same)
        others = [self._usable[at] for at in among if self._keys[at] != own]
        return tuple(others[: self.spec.examples]), same


@dataclass
class Told:
    """What became of the shots of a split, for notices and the manifest."""

    dialogues: int = 0
    wanted: int = 0
    dropped: int = 0
    """Examples left out because they did not fit."""
    affected: int = 0
    """Dialogues that lost at least one."""
    without: int = 0
    """Dialogues that kept none."""
    same: int = 0
    """Dialogues that the train split has too, and that were never their own example."""
    prompts: list[Prompt] = field(default_factory=list)

    def sentences(self, limit: int) -> list[tuple[str, str]]:
        """Code and text of each notice; none where every example fitted."""
        found = []
        if self.dropped:
            none = f", {self.without} of which keep none" if self.without else ""
            found.append((
                "shots-dropped",
                f"{count(self.dropped, 'example')} of {self.wanted} did not fit data.max_source_tokens = {limit} and "
                f"were left out of {count(self.affected, 'prompt')}{none}.",
            ))  # fmt: skip
        if self.same:
            found.append((
                "shots-leaked",
                f"{count(self.same, 'test dialogue')} also in the train split: never taken as its own example.",
            ))  # fmt: skip
        return found

    def facts(self) -> dict[str, int]:
        """For the manifest."""
        names = ("dialogues", "wanted", "dropped", "affected", "without", "same")
        return {name: getattr(self, name) for name in names}


def prompts(
    tokenizer: Any, template: str, examples: Sequence[Example], chooser: Chooser, limit: int
) -> tuple[list[Row], Told]:
    """The prompt of each of ``examples`` as a row, within ``limit`` tokens. Raises DataError."""
    told = Told(len(examples))
    for example in examples:
        shots, same = chooser.shots(example.dialogue)
        prompt = build(tokenizer, template, example, shots, limit, nearest_last=chooser.spec.choice == "similar")
        told.prompts.append(prompt)
        told.wanted += len(shots)
        told.dropped += len(prompt.dropped)
        told.affected += bool(prompt.dropped)
        told.without += not prompt.shots
        told.same += same
    return [prompt.row for prompt in told.prompts], told


def tokenise(
    tokenizer: Any, examples: Sequence[Example], training: Sequence[Example], spec: RunSpec, reporter: Reporter,
    run: RunFolder,
) -> tuple[Rows, Counts]:  # fmt: skip
    """Rows of ``examples`` with their shots; whole prompts go to the run's folder, notices to ``reporter``."""
    limit = spec.data.max_source_tokens
    rows, told = prompts(tokenizer, spec.prompt.template, examples, Chooser(training, spec.few_shot), limit)
    for code, text in told.sentences(limit):
        reporter.notice("warning", code, text)
    keep(run.prompts_path, told)
    update_manifest(run, few_shot=told.facts())
    longest = max((len(row.source) for row in rows), default=0)
    references = sum(len(example.references) for example in examples)
    return Rows(rows), Counts(len(rows), references, sum(row.truncated for row in rows), 0, longest)


def keep(path: Path, found: Told) -> None:
    """Write every whole prompt to ``path``: JSON lines {"id", "shots", "dropped", "tokens", "prompt"}."""
    lines = [
        json.dumps(
            {"id": prompt.row.example.id, "shots": prompt.shots, "dropped": prompt.dropped,
             "tokens": len(prompt.row.source), "prompt": prompt.text}, ensure_ascii=False,
        ) + "\n"
        for prompt in found.prompts
    ]  # fmt: skip
    write_atomic(path, "".join(lines))
