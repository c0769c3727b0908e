"""The board's views in words and figures: one model's sheet, and every pair of models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.content import Content

from engine.results.board import ROUGE, verdict
from engine.results.costs import per_point
from tui import format as fmt
from tui import tables
from tui.boarding import Known, Look, tally_of
from tui.money import amount
from tui.text import apart, clean
from tui.widgets import classsheet
from tui.widgets.dialogue import letters

if TYPE_CHECKING:
    from engine.results.statistics import Pair

INKS = ("train", "validation", "speaker-3", "speaker-4", "reference", "speaker-1")
"""Colours of the models, one after another and again; the letter tells more than six apart."""
HIGHER, LOWER, ALIKE = "▲", "▼", "≈"
"""Beside a model: shown to be higher, shown to be lower, not shown to differ."""
_COSTS = (
    ("trainable", "trainable parameters", "count"), ("parameters", "parameters", "count"),
    ("percent", "trainable share", "percent"), ("training_seconds", "training", "seconds"),
    ("seconds", "all its work", "seconds"), ("energy_wh", "energy of its GPUs", "energy"),
    ("peak_memory_device", "peak memory, GPU", "bytes"), ("peak_memory_process", "peak memory, process", "bytes"),
    ("saved_bytes", "size of what it learnt", "bytes"),
)  # fmt: skip


def ink(model: int, bold: bool = False) -> str:
    """The style of a model's marks."""
    return f"{'bold ' if bold else ''}${INKS[model % len(INKS)]}"


def named(known: Known, model: int, width: int) -> Content:
    """``A full-base`` in the model's colour."""
    letter, models = letters(model + 1)[-1], known.standing.models
    return Content.assemble((f"{letter} ", ink(model, True)), f"{apart(models, width)[models[model]]:<{width}}")


def against(pair: Pair | None) -> str:
    """The mark of a pair's first model: how it stands to the second."""
    if pair is None or math.isnan(pair.p):
        return " "
    if not pair.real:
        return ALIKE
    return HIGHER if pair.difference.mean > 0 else LOWER


# -- one model ------------------------------------------------------------------------------------


def sheet(known: Known, model: int, width: int, baseline: int | None = None) -> list[Content]:
    """All figures of one model, each with its interval where it has one, and what they cost; by the points that were
    gained over ``baseline``, too."""
    row = known.rows[model]
    head = [f"{clean(row[key])}" for key in ("method", "base", "data") if row.get(key)]
    lines = [Content.assemble(named(known, model, 40).rstrip(), ("  " + " · ".join(head), "$label"))]
    labels = row.get("accuracy") is not None
    from_ = None if baseline is None or labels else known.rows[baseline]
    scores, costs = _scores(row), _costs(row, from_)
    if labels:
        return [*lines, *classsheet.lines(row, known.runs[model], width), Content(""), *costs]
    if width >= 104:
        lines += _beside(scores, costs, 58)
    else:
        lines += [*scores, Content(""), *costs]
    said = [row.get("rouge_signature"), row.get("bleu_signature")]
    lines += [Content(""), *(Content.styled(clean(text), "$label") for text in said if text)]
    return lines


def _scores(row: Any) -> list[Content]:
    lines = [Content.styled(f"{'':<13}{'mean over references':<23}best of references", "$label")]
    for key, short in ROUGE:
        label = short.replace("R", "ROUGE-", 1)
        cells = [_figure(row, name) for name in (key, f"{key}_best")]
        lines.append(Content.assemble((f"{label:<13}", "bold"), f"{cells[0]:<23}{cells[1]}"))
    lines.append(Content.assemble((f"{'BLEU':<13}", "bold"), f"{tables.show(row.get('bleu'), 'bleu')}  of the corpus"))
    for name, label, kind in (
        ("sentence_bleu", "of sentences", "bleu"), ("length_ratio", "length ratio", "ratio"),
        ("novelty", "new words", "percent"),
    ):  # fmt: skip
        if row.get(name) is not None:
            lines.append(Content.assemble((f"{label:<13}", "bold"), _figure(row, name, kind)))
    said = [f"{row[key]:,} {key}" for key in ("dialogues", "references") if row.get(key) is not None]
    lines.append(Content.styled(", ".join(said), "$label"))
    return lines


def _figure(row: Any, name: str, kind: Any = "score") -> str:
    figure, ends = tables.show(row.get(name), kind), [row.get(f"{name}_{end}") for end in ("low", "high")]
    if None in ends:
        return figure
    return f"{figure} [{tables.show(ends[0], kind)}, {tables.show(ends[1], kind)}]"


def _costs(row: Any, from_: Any) -> list[Content]:
    lines = [Content.styled("cost", "$label")]
    for key, label, kind in _COSTS:
        if row.get(key) is not None or key in ("seconds", "energy_wh"):
            lines.append(Content.assemble((f"{label:<24}", "$label"), tables.show(row.get(key), kind)))  # type: ignore[arg-type]
    if row.get("cost") is not None:
        money = f"{tables.show(row['cost'], 'money')} {clean(row['currency'])}"
        hour = f"{tables.show(row['price_per_hour'], 'money')} an hour"
        lines.append(Content.assemble((f"{'money':<24}", "$label"), money, (f"  at {hour}", "$label")))
        each = None if from_ is None else per_point(row["cost"], row["rouge1"], from_["rouge1"])
        if each is not None and from_ is not None:
            words = f"  of ROUGE-1 gained over {clean(from_['run'])}"
            told = amount(each, row["currency"])
            lines.append(Content.assemble((f"{'money a point':<24}", "$label"), told, (words, "$label")))
    return lines


def _beside(left: Sequence[Content], right: Sequence[Content], width: int) -> list[Content]:
    rows = max(len(left), len(right))
    return [
        Content.assemble(
            line := left[at] if at < len(left) else Content(""), " " * max(width - line.cell_length, 2),
            right[at] if at < len(right) else "",
        )
        for at in range(rows)
    ]  # fmt: skip


# -- what was found wrong -------------------------------------------------------------------------


def concerns(known: Known) -> list[Content]:
    """A line for each model of which something was found: ``! A full-try  overfitting``, and its score unleaked."""
    lines = []
    for model, row in enumerate(known.rows):
        if not row.get("findings"):
            continue
        said = clean(row["findings"])
        if row.get("leaked"):
            all_of = (row.get("dialogues") or 0) or row["leaked"] + (row.get("unleaked") or 0)
            said += f": {row['leaked']:,} of {all_of:,} test dialogues were trained on"
            if row.get("rouge1_unleaked") is not None:
                said += f"; ROUGE-1 without them {tables.show(row['rouge1_unleaked'], 'score')}"
        lines.append(Content.assemble(("! ", "bold $notice-warning"), named(known, model, 16), " ", said))
    return lines


# -- every pair -----------------------------------------------------------------------------------


def pairs(known: Known, look: Look, model: int, width: int) -> list[Content]:
    """A line a pair, the largest difference first; those of the model under the cursor stand out."""
    from engine.results.statistics import interval_method, pair_method

    if not look.pairs:
        return [Content.styled("One model has nobody to be compared with: m chooses more.", "$label")]
    interval = max((len(look.interval(p.difference)) for p in look.pairs), default=0)
    counted = max(len(f"{p.wins:,}·{p.ties:,}·{p.losses:,}") for p in look.pairs)
    judged = any(sum(tally_of(known, pair)) for pair in look.pairs)
    fixed = 25 + interval + max(counted, 6) + (14 if judged else 0)
    names = max(min((width - fixed) // 2, 26), 2)
    room = fixed + 2 * names
    head = f"{'higher':<{names + 5}}{'lower':<{names + 3}}{'diff':>6}  {'95%':<{interval}} {'p Holm':>7}"
    head += "  w·t·l"
    lines = [Content.styled(head + ("  blind" if judged else ""), "$label")]
    for pair in look.pairs:
        mark = against(pair)
        style = "bold" if model in (pair.first, pair.second) else ""
        difference = look.written(look.metric.factor * pair.difference.mean)
        cells = f"{difference:>6}  {look.interval(pair.difference):<{interval}} {fmt.p_value(pair.holm):>7}  "
        parts: list[Any] = [
            named(known, pair.first, names), (f" {mark} ", "bold $best" if pair.real else "$label"),
            named(known, pair.second, names), (f" {cells}", style),
            (f"{pair.wins:,}·{pair.ties:,}·{pair.losses:,}", style),
        ]  # fmt: skip
        if judged:
            tally = tally_of(known, pair)
            parts.append(("  " + "·".join(f"{n:,}" for n in tally) if sum(tally) else "", "$accent"))
        if width >= room + 24:
            parts.append((f"  {verdict(pair)}", "$label"))
        lines.append(Content.assemble(*parts))
    said = [
        f"{HIGHER} shown to be higher, {ALIKE} not shown to differ, at a corrected p of 0.05.",
        pair_method(look.pairs, known.items),
        interval_method([pair.difference for pair in look.pairs], known.items),
        "blind: verdicts on summaries with the models' names hidden." if judged else "",
    ]  # fmt: skip
    return [*lines, Content(""), *(Content.styled(line, "$label") for line in said if line)]
