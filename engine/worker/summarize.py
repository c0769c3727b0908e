"""``python -m engine.worker.summarize RUN_FOLDER``: JSON lines {"id", "dialogue"} in, {"id", "summary"} out.

Summaries come in the order of the dialogues. Errors end in one JSON line {"error": {"exit_code", "happened", "why",
"todo"}} on stdout and that exit code.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from engine.data.examples import Example
from engine.errors import DataError, DialtuneError
from engine.runs.folder import RunFolder


def main() -> int:
    """Summarise standard input with a run's model."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker.summarize")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-new-tokens", type=int)
    asked = parser.parse_args()
    try:
        examples = _read(sys.stdin.read())
        for example, summary in zip(
            examples, _summaries(RunFolder(asked.folder), examples, asked.max_new_tokens), strict=True
        ):
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


def _summaries(folder: RunFolder, examples: list[Example], max_new_tokens: int | None) -> list[str]:
    from engine.worker.bases import load_run
    from engine.worker.batches import tokenise
    from engine.worker.decoding import decode
    from engine.worker.fast import quicken
    from engine.worker.precision import choose

    spec = folder.spec()
    precision = choose(spec.train.dtype)
    model, tokenizer = load_run(folder)
    model = model.to(precision.device)
    quicken(model, precision.device)
    settings = spec.decode
    if max_new_tokens:
        settings = settings.model_copy(update={"max_new_tokens": max_new_tokens})
    limits = (spec.data.max_source_tokens, spec.data.max_target_tokens)
    rows, counts = tokenise(tokenizer, examples, spec.prompt.template, *limits, targets=False)
    if counts.truncated_sources:
        print(f"{counts.truncated_sources} dialogues are longer than {limits[0]} tokens and are cut.", file=sys.stderr)
    found = [""] * len(examples)
    for batch in decode(model, tokenizer, rows.rows, settings, precision):
        for item in batch:
            found[item.index] = item.summary
    return found


if __name__ == "__main__":
    sys.exit(main())
