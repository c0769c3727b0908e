"""The figures of a summary: what each is called, how it is written, and what counts as good. Knows no Textual."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tui import format as fmt

METRICS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}
"""The figures of a run that are named wherever there is little room: the key in its scores and the field's name."""

Good = Literal["high", "one", ""]
"""Where the better figure lies: higher, nearer to one, or nowhere."""


@dataclass(frozen=True)
class Metric:
    """One figure of a summary."""

    key: str
    label: str
    about: str
    """A few words: what it is a figure of, and in what unit."""
    short: str
    good: Good = "high"
    scale: float = 100.0
    """What the figure is multiplied with to be read."""
    digits: int = 1
    tie: float = 5e-4
    """Figures closer than this look the same, so neither is best."""

    def text(self, value: float | None, sign: bool = False) -> str:
        """The figure as people read it; a dash where it is not known."""
        if value is None or not math.isfinite(value):
            return fmt.MISSING
        value *= self.scale
        return f"{value:{'+' if sign else ''},.{self.digits}f}".replace("-", "−" if sign else "-")

    def goodness(self, value: float) -> float:
        """Higher for better; NaN where the figure is not known."""
        return -abs(value - 1) if self.good == "one" else value


def _rouge(key: str, label: str, short: str) -> tuple[Metric, Metric]:
    mean, best = "F1 ×100, mean over references", "F1 ×100, best of the references"
    return Metric(key, label, mean, short), Metric(f"{key}_best", f"{label} best", best, f"{short}b")


_ROUGE = (
    _rouge("rouge1", "ROUGE-1", "R1"), _rouge("rouge2", "ROUGE-2", "R2"), _rouge("rougeL", "ROUGE-L", "RL"),
    _rouge("rougeLsum", "ROUGE-Lsum", "RLs"),
)  # fmt: skip
KNOWN: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        *(mean for mean, _ in _ROUGE),
        Metric("bleu", "BLEU", "of the sentence, 0 to 100, all references", "BLEU", scale=1.0, tie=0.05),
        Metric("length_ratio", "length ratio", "words by the references' mean", "len", "one", 1.0, 2, 5e-3),
        Metric("novelty", "novelty", "% of its words that are nowhere in the dialogue", "new", ""),
        Metric("tokens", "tokens", "new tokens decoded", "tok", "", 1.0, 0),
        *(best for _, best in _ROUGE),
        Metric("correct", "right", "1 for the right label; its mean is the accuracy, here × 100", "right"),
        Metric("confidence", "confidence", "probability × 100 of the label chosen", "sure", ""),
        Metric("gold_probability", "gold label", "probability × 100 of the gold label", "gold"),
    )
}
"""In the order in which they are gone through."""


def metric(key: str) -> Metric:
    """The metric called ``key``, also one that only a newer dialtune knows."""
    if key.startswith("p_"):  # see engine.results.classes.figure_of
        return Metric(key, key, f"probability × 100 of the label {key[2:]}", key[2:6], "")
    return KNOWN.get(key) or Metric(key, key, "", key[:4], "", 1.0, 3)


def ordered(keys: Sequence[str]) -> list[str]:
    """``keys`` in the order in which they are gone through."""
    return [key for key in KNOWN if key in keys] + [key for key in keys if key not in KNOWN]


def extremes(values: Sequence[float], of: Metric) -> tuple[frozenset[int], frozenset[int]]:
    """Places of the best and of the worst of ``values`` (NaN: not known); none where all look the same.

    The worst are marked among three or more only: of two, the other one is.
    """
    known = {at: of.goodness(value) for at, value in enumerate(values) if not math.isnan(value)}
    if not of.good or len(known) < 2:
        return frozenset(), frozenset()
    top, bottom = max(known.values()), min(known.values())
    if top - bottom < of.tie:
        return frozenset(), frozenset()
    best = frozenset(at for at, value in known.items() if top - value < of.tie)
    worst = frozenset(at for at, value in known.items() if value - bottom < of.tie and at not in best)
    return best, worst if len(known) > 2 else frozenset()
