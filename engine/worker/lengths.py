"""``python -m engine.worker.lengths``: how long dialogues and summaries are, in a base's tokens.

Standard input has one JSON line {"base": part of a spec, "template": prompt}, then the examples
(:mod:`engine.data.kept`). JSON lines on stdout: {"progress": [done, total]}, ..., {"lengths": {"source": {split:
[tokens of each prompt, before anything is cut]}, "target": {split: [tokens of each reference]}}}, end marks
included. Errors end in one line {"error": {"exit_code", "happened", "why", "todo"}} and that exit code.

The shipped base's tokenizer.json says all there is to know, so ``tokenizers`` alone reads it, in a fraction of a second
and without transformers. Of other bases it does not: transformers builds T5's tokenizer anew from FLAN-T5's file, and
that one leaves out a token for the space at a prompt's end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator

from engine import builtin
from engine.data import kept
from engine.data.columns import SPLITS
from engine.data.prompts import render
from engine.errors import DialtuneError
from engine.spec import BaseSpec

Count = Callable[[list[str]], list[int]]
"""Tokens of each text."""

BATCH = 256
"""Texts tokenised at once."""


def main() -> int:
    """Tokenise what stands on standard input."""
    asked = json.loads(sys.stdin.readline())
    try:
        _measure(BaseSpec.model_validate(asked["base"]), asked["template"])
    except DialtuneError as error:
        told = {"exit_code": error.exit_code, "happened": error.happened, "why": error.why, "todo": error.todo}
        print(json.dumps({"error": told}))
        return error.exit_code
    return 0


def _measure(base: BaseSpec, template: str) -> None:
    splits = kept.read(sys.stdin).splits
    sources = {split: [render(template, e.dialogue) for e in getattr(splits, split)] for split in SPLITS}
    targets = {split: [text for e in getattr(splits, split) for text in e.references] for split in SPLITS}
    total = sum(len(texts) for part in (sources, targets) for texts in part.values())
    source, target = counters(base)
    done = 0
    found: dict[str, dict[str, list[int]]] = {}
    for name, part, count in (("source", sources, source), ("target", targets, target)):
        found[name] = {}
        for split, texts in part.items():
            lengths: list[int] = []
            for batch in _batches(texts):
                lengths += count(batch)
                done += len(batch)
                print(json.dumps({"progress": [done, total]}), flush=True)
            found[name][split] = lengths
    print(json.dumps({"lengths": found}), flush=True)


def counters(base: BaseSpec) -> tuple[Count, Count]:
    """What counts the tokens of prompts, and of summaries. Raises BaseError or HubError."""
    if base.name != builtin.NAME:
        return _heavy(base)
    from tokenizers import Tokenizer

    light = Tokenizer.from_file(str(builtin.BASE / "tokenizer.json"))
    light.no_truncation()
    light.no_padding()

    def count(texts: list[str]) -> list[int]:
        return [len(encoding) for encoding in light.encode_batch_fast(texts)]

    return count, count


def _heavy(base: BaseSpec) -> tuple[Count, Count]:
    from transformers.utils import logging

    from engine.worker.bases import load_tokenizer

    logging.set_verbosity_error()  # "sequence is longer than ...": that is what we are here to find out
    tokenizer = load_tokenizer(base)
    return (
        lambda texts: [len(row) for row in tokenizer(texts)["input_ids"]],
        lambda texts: [len(row) for row in tokenizer(text_target=texts)["input_ids"]],
    )


def _batches(texts: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(texts), BATCH):
        yield texts[first : first + BATCH]


if __name__ == "__main__":
    sys.exit(main())
