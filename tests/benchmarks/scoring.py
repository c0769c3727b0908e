"""How much faster than rouge_score's own loop: ``python -m tests.benchmarks.scoring [--pairs 1500] [--rounds 5]``.

The same summaries and references, in one run, taking turns, the best of several rounds each:

- **ROUGE-1, 2, L, Lsum**: ``RougeScorer.score`` for one pair after another, against
  :class:`engine.results.scoring.Rouge`, which begins each round without a remembered stem;
- **all figures**: sacrebleu's sentence BLEU, length and novelty too, which rouge_score's loop does not compute;
- **three references a dialogue**, as DialogSum's test split has them: each summary against each.

The figures are compared too: every one must be the very same. Summaries are FLAN-T5-base's from ``../shared`` where it
exists; else the built-in references, each against that of the next dialogue.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer

from engine.results.scoring import ROUGE, Rouge, score_all

OUTPUTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "reference_predictions" / "flan_t5_base_course.csv"

Pairs = list[tuple[str, str]]


def material(count: int) -> tuple[Pairs, str]:
    """Summaries with their references, and where they came from."""
    if OUTPUTS.is_file():
        with OUTPUTS.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [(row["peft_model_summaries"], row["human_baseline_summaries"]) for row in rows][:count], OUTPUTS.name
    from engine.data.sources import load
    from engine.spec import DataSpec

    splits = load(DataSpec()).splits
    texts = [example.references[0] for example in (*splits.test, *splits.validation, *splits.train)][: count + 1]
    return list(zip(texts[1:], texts, strict=False)), "the built-in dialogues"


def theirs(pairs: Pairs) -> list[tuple[float, ...]]:
    """rouge_score's own loop."""
    scorer = RougeScorer(list(ROUGE), use_stemmer=True)
    found = []
    for summary, reference in pairs:
        score = scorer.score(reference, summary)
        found.append(tuple(score[name].fmeasure for name in ROUGE))
    return found


def ours(pairs: Pairs) -> list[tuple[float, ...]]:
    """The same figures, our way."""
    rouge = Rouge()
    return [rouge(summary, reference) for summary, reference in pairs]


def everything(pairs: Pairs) -> int:
    """All that is kept of a summary."""
    return len(score_all([s for s, _ in pairs], [(r,) for _, r in pairs], [f"{s} {r}" for s, r in pairs]))


def fastest(rounds: int, *work: Callable[[], object]) -> list[float]:
    """Seconds of the fastest round of each, taking turns."""
    best = [float("inf")] * len(work)
    for _ in range(rounds):
        for at, one in enumerate(work):
            began = time.perf_counter()
            one()
            best[at] = min(best[at], time.perf_counter() - began)
    return best


def main() -> None:
    """Time, compare, and say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    pairs, origin = material(asked.pairs)
    groups = [pairs[at : at + 3] for at in range(0, len(pairs) - 2, 3)]
    crossed = [(group[0][0], reference) for group in groups for _, reference in group]
    same = theirs(pairs) == ours(pairs)
    baseline, fast, whole = fastest(asked.rounds, lambda: theirs(pairs), lambda: ours(pairs), lambda: everything(pairs))
    theirs_crossed, ours_crossed = fastest(asked.rounds, lambda: theirs(crossed), lambda: ours(crossed))
    print(f"{len(pairs):,} pairs of {origin}; the figures are {'the very same' if same else 'NOT THE SAME'}")
    print("| what | rouge_score's loop, pairs/s | ours, pairs/s | ratio |")
    print("| --- | ---: | ---: | ---: |")
    for what, count, seconds, mine in (
        ("ROUGE-1, 2, L, Lsum", len(pairs), baseline, fast),
        ("... with BLEU, length and novelty", len(pairs), baseline, whole),
        ("three references a dialogue", len(crossed), theirs_crossed, ours_crossed),
    ):
        print(f"| {what} | {count / seconds:,.0f} | {count / mine:,.0f} | {seconds / mine:.1f} |")
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
