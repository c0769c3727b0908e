"""``python -m engine.worker.summarize RUN_FOLDER``: JSON lines {"id", "dialogue"} in, {"id", "summary"} out.

``--base NAME`` in place of the folder asks a base as it is. Summaries come in the order of the dialogues, after lines
{"notice"} on what was cut to fit. Errors end
in one JSON line {"error": {"exit_code", "happened", "why", "todo"}} on stdout and that exit code.
"""

from __future__ import annotations

import argparse
import json
import sys
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
        examples = _read(sys.stdin.read())
        for example, summary in zip(examples, _summaries(asked, examples), strict=True):
            print(json.dumps({"id": example.id, "summary": summary}, ensure_ascii=False), flush=True)
    except DialtuneError as error:
        told = {"exit_code": error.exit_code, "happened": error.happened, "why": error.why, "todo": error.todo}
        print(json.dumps({"error": told}, ensure_ascii=False))
        return error.exit_code
    return 0


def _read(text: str) -> list[Example]:
    examples = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        try:
            values = json.loads(line)
            dialogue = values["dialogue"]
        except (ValueError, KeyError, TypeError):
            raise DataError(f"Line {number} is no JSON object with a dialogue") from None
        if not isinstance(dialogue, str) or not dialogue.strip():
            raise DataError(f"The dialogue in line {number} is empty")
        examples.append(Example(str(values.get("id", number)), dialogue, ()))
    return examples


def _summaries(asked: argparse.Namespace, examples: list[Example]) -> list[str]:
    import torch

    from engine.worker.bases import load_base, load_run, load_tokenizer
    from engine.worker.decoding import decode, generation_config, sampled
    from engine.worker.fast import quicken
    from engine.worker.precision import choose

    if asked.base:
        spec = RunSpec(method="zero-shot", base=BaseSpec(name=asked.base))
        model, tokenizer = load_base(spec.base), load_tokenizer(spec.base)
    else:
        spec = RunFolder(asked.folder).spec()
        tasks.check(spec.task, "summarize")
        model, tokenizer = load_run(RunFolder(asked.folder))
    precision = choose(spec.train.dtype)
    model = model.to(precision.device)
    quicken(model, precision.device)
    given = ("max_new_tokens", "beams", "length_penalty", "no_repeat_ngram")
    changes = {name: getattr(asked, name) for name in given if getattr(asked, name) is not None}
    if asked.temperature > 0 and asked.beams is None:
        changes["beams"] = 1
    settings = spec.decode.model_copy(update=changes)
    config = sampled(generation_config(model, settings), asked.temperature, asked.top_p, asked.top_k)
    torch.manual_seed(asked.seed)
    rows = _rows(asked, examples, spec, tokenizer, model)
    found = [""] * len(examples)
    for batch in decode(model, tokenizer, rows, settings, precision, config=config):
        for item in batch:
            found[item.index] = item.summary
    return found


def _rows(asked: argparse.Namespace, examples: list[Example], spec: RunSpec, tokenizer: Any, model: Any) -> list[Row]:
    """Prompts as tokens, with a notice on what was cut and left out."""
    from engine.data.prompts import choose
    from engine.worker.batches import tokenise
    from engine.worker.prompting import build, context, training_examples

    limit = asked.max_source_tokens or spec.data.max_source_tokens
    if not asked.shots and not asked.shot:
        found, counts = tokenise(tokenizer, examples, spec.prompt.template, limit, 0, targets=False)
        rows, cut, dropped = found.rows, counts.truncated_sources, 0
    else:
        limit = asked.max_source_tokens or context(tokenizer, model, limit)
        training = training_examples(spec.data)
        prompts = [
            build(
                tokenizer, spec.prompt.template, example,
                choose(training, asked.shots, asked.shots_seed, asked.shot, example.dialogue), limit,
            )
            for example in examples
        ]  # fmt: skip
        rows, cut = [prompt.row for prompt in prompts], sum(prompt.row.truncated for prompt in prompts)
        dropped = sum(len(prompt.dropped) for prompt in prompts)
    if cut:
        _notice(f"{count(cut, 'dialogue')} longer than {limit} tokens: cut.")
    if dropped:
        _notice(f"{count(dropped, 'shot')} left out: no room for them in {limit} tokens.")
    return rows


def _notice(text: str) -> None:
    print(json.dumps({"notice": text}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
