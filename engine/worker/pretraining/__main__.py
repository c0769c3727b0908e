"""``python -m engine.worker.pretraining``: train a base from nothing and write it to a folder.

Runs for ``--minutes`` of wall time on two CPU cores; ``--resume`` continues a run that was cut short. Where
other jobs share the cores, start it with ``GOMP_SPINCOUNT=1000`` in the environment: threads that
wait for a preempted one otherwise burn what time they are given.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

from engine.builtin.generate import load_scenarios
from engine.worker.pretraining import card, corpus, model, texts, tokenizer, training


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m engine.worker.pretraining", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the four .jsonl files")
    parser.add_argument("--out", type=Path, required=True, help="folder for the base and its checkpoints")
    parser.add_argument("--minutes", type=float, required=True, help="wall time to train for, resumed time included")
    parser.add_argument("--cache", type=Path, help="folder for tokenised chunks (default: OUT/cache)")
    parser.add_argument("--tokenizer", type=Path, help="folder of a trained tokenizer (default: train one in OUT)")
    parser.add_argument("--tokenizer-dialogues", type=int, default=6000, help="of our own, to train the tokenizer on")
    parser.add_argument("--resume", action="store_true", help="continue from OUT's checkpoint")
    parser.add_argument("--seed", default="pretraining", help="names the stream of examples")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=training.Plan.rate, help="Muon's learning rate")
    parser.add_argument("--embedding-rate", type=float, default=training.Plan.embedding_rate)
    parser.add_argument("--head-rate", type=float, default=training.Plan.head_rate)
    parser.add_argument("--budget", type=int, default=training.Plan.budget, help="padded tokens a batch")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Tokenizer, training, export; the folder ``OUT/base`` is complete when this returns 0."""
    asked = _arguments(argv)
    asked.out.mkdir(parents=True, exist_ok=True)
    tokenizer_folder = asked.tokenizer or asked.out / "tokenizer"
    if not (tokenizer_folder / "tokenizer.json").exists():
        print("training the tokenizer", flush=True)
        library = texts.read_library(asked.data)
        made = tokenizer.train_tokenizer(corpus.tokenizer_texts(library, asked.tokenizer_dialogues, asked.seed))
        made.save_pretrained(tokenizer_folder)
    pieces = tokenizer.load_tokenizer(tokenizer_folder)
    plan = training.Plan(
        data=asked.data, out=asked.out, cache=asked.cache or asked.out / "cache", tokenizer=tokenizer_folder,
        minutes=asked.minutes, seed=asked.seed, threads=asked.threads, rate=asked.rate,
        embedding_rate=asked.embedding_rate, head_rate=asked.head_rate, budget=asked.budget,
    )  # fmt: skip
    try:
        trainer = training.train(plan, pieces, asked.resume)
    except FloatingPointError as stop:
        print(stop, file=sys.stderr)
        return 1
    model.save(trainer.model.state_dict(), len(pieces), pieces, asked.out / "base")
    command = "python -m engine.worker.pretraining " + shlex.join(argv if argv is not None else sys.argv[1:])
    facts = card.Facts(command=command, minutes=asked.minutes, threads=asked.threads, rate=asked.rate,
                       scenarios=len(load_scenarios()), **asdict(trainer.tally))  # fmt: skip
    (asked.out / "facts.json").write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")
    card.write(asked.out / "base", facts, None)
    print(f"wrote {asked.out / 'base'}: loss {trainer.tally.loss:.3f} after {trainer.tally.steps} steps", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
