"""The board: one row a scored model, what it scored, how sure that is, and what it cost; and every pair compared.

numpy is imported when there are intervals to compute, not with this module.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from engine import config as settings
from engine.config import Config
from engine.errors import WorkspaceError
from engine.results import health
from engine.results.facts import asked, at, figure, word
from engine.results.table import Column, Kind, Table
from engine.results.usage import hours, usage
from engine.results.verdicts import Tally, pair_of
from engine.runs.folder import RunFolder

if TYPE_CHECKING:
    from engine.results.standing import Standing
    from engine.results.statistics import Pair

ROUGE = (("rouge1", "R1"), ("rouge2", "R2"), ("rougeL", "RL"), ("rougeLsum", "RLsum"))
"""Key in scores.json and short name of each ROUGE figure."""
ROUGE_KEYS = tuple(name for key, _ in ROUGE for name in (key, f"{key}_best"))
OTHERS: tuple[tuple[str, str, Kind], ...] = (
    ("sentence_bleu", "sentence BLEU", "bleu"), ("length_ratio", "length ratio", "ratio"),
    ("novelty", "new words", "percent"),
)  # fmt: skip
"""Means over dialogues of what only predictions.jsonl has: column, label, kind."""
_SOURCES = {"sentence_bleu": ("bleu", 1.0), "length_ratio": ("length_ratio", 1.0), "novelty": ("novelty", 100.0)}
"""Of each of them the key in a prediction's scores, and the factor to its unit."""
AGREES = 1e-6
"""Means of predictions.jsonl further than this from scores.json are of other predictions."""

MEANING = (
    "R1, R2, RL, RLsum: ROUGE F1 × 100 of each dialogue, averaged over dialogues; "
    "mean = mean over a dialogue's references, best = its best reference. BLEU: corpus, all references at once."
)
COSTS = "time, energy, cost: all of the run's work, decoding and scoring too."
ENERGY = "energy: the power of the run's GPUs as their driver reads it, whoever shares them, over time."


def scored(runs: Iterable[RunFolder]) -> list[RunFolder]:
    """Those of ``runs`` that have scores."""
    return [run for run in runs if at(run.scores(), "metrics")]


def usual_baseline(runs: Sequence[RunFolder]) -> RunFolder | None:
    """The base as it is, if exactly one of ``runs`` is that (zero-shot) and another is not."""
    found = [run for run in runs if word(asked(run), "method") == "zero-shot"]
    return found[0] if len(found) == 1 and len(runs) > 1 else None


def board(
    runs: Sequence[RunFolder],
    baseline: RunFolder | None = None,
    brief: bool = False,
    standing: Standing | None = None,
    config: Config | None = None,
    without: Set[str] = frozenset(),
) -> Table:
    """One row for each of ``runs``, in their order; with ``baseline``, also how far each is from it.

    ``brief`` leaves out what costs a wide terminal: intervals, base, data and memory. ``standing``: that of ``runs``,
    with the intervals. ``without``: ids of test dialogues that no figure is to count.

    Raises WorkspaceError when a run has no scores yet. Blocks.
    """
    config = settings.load()[0] if config is None else config
    rows = [row(run, config, without) for run in runs]
    odd = _sure(rows, standing) if standing is not None else []
    columns = [
        Column("run", "run"), Column("method", "method"), Column("base", "base", exported_only=brief),
        Column("data", "data", exported_only=brief), Column("dialogues", "dialogues", "count"),
        Column("references", "references", "count"),
    ]  # fmt: skip
    sure = standing is not None
    for key, label in ROUGE:
        for name, of in ((key, "mean"), (f"{key}_best", "best")):
            columns += _figure(name, f"{label} {of}", "score", sure)
            if baseline is not None:
                columns.append(Column(f"{name}_delta", "Δ", "delta"))
                columns.append(Column(f"{name}_relative", "Δ %", "change", exported_only=brief))
    columns.append(Column("bleu", "BLEU", "bleu"))
    for name, label, kind in OTHERS:
        columns += _figure(name, label, kind, sure) if any(values.get(name) is not None for values in rows) else ()
    columns += health.columns(rows, [("rouge1", "R1 mean")], ROUGE_KEYS)
    columns += _cost_columns(brief, config)
    caption = [MEANING, *health.caption(rows)]
    if without:
        caption.append(
            f"Without what one of the models was trained on ({len(without):,} of the test dialogues); so no BLEU."
        )
    if baseline is not None:
        _changes(rows, row(baseline, config, without))
        caption.append(f"Δ: the figure before it, less that of {baseline.name}; Δ %: in percent of that.")
    if standing is not None:
        from engine.results.statistics import interval_method

        caption.append(interval_method([e for key in ROUGE_KEYS for e in standing.estimates.get(key, ())]))
        caption += [f"No intervals for {name}: its predictions.jsonl and scores.json do not agree." for name in odd]
    if not brief:
        caption.append(COSTS)
        caption += [ENERGY] if any(values["energy_wh"] is not None for values in rows) else []
    caption += _signatures(rows)
    if len({(r["test_source"], r["dialogues"], r["references"]) for r in rows}) > 1:
        caption.append("Not all runs were scored on the same dialogues: their figures cannot be compared.")
    return Table(tuple(columns), tuple(rows), "\n".join(filter(None, caption)))


def _figure(name: str, label: str, kind: Kind, sure: bool) -> list[Column]:
    """A figure's column, and where there are intervals, those of its ends."""
    if not sure:
        return [Column(name, label, kind)]
    ends = (f"{name}_low", f"{name}_high")
    return [Column(name, label, kind, ends=ends), *(Column(end, "", kind, exported_only=True) for end in ends)]


def _cost_columns(brief: bool, config: Config) -> list[Column]:
    priced = config.price_per_hour is not None
    return [
        Column("trainable", "trainable", "count"), Column("percent", "trainable %", "percent"),
        Column("parameters", "parameters", "count", exported_only=brief),
        Column("training_seconds", "training", "seconds"),
        Column("seconds", "time", "seconds", exported_only=brief),
        Column("energy_wh", "energy", "energy", exported_only=brief),
        Column("cost", f"cost {config.currency}", "money", exported_only=brief or not priced),
        Column("peak_memory", "peak memory", "bytes", exported_only=brief), Column("saved_bytes", "size", "bytes"),
        Column("peak_memory_process", "", "bytes", True), Column("peak_memory_device", "", "bytes", True),
        Column("summary_words", "", exported_only=True), Column("test_source", "", exported_only=True),
        Column("currency", "", exported_only=True),
        Column("rouge_signature", "", exported_only=True), Column("bleu_signature", "", exported_only=True),
    ]  # fmt: skip


def row(
    run: RunFolder,
    config: Config = Config(),  # noqa: B008 - frozen
    without: Set[str] = frozenset(),
) -> dict[str, Any]:
    """What the board says of one run, by column key, intervals aside.

    Raises WorkspaceError when it has no scores yet. Reads all its events. Blocks.
    """
    scores, manifest, spec = run.scores(), run.manifest(), asked(run)
    if not at(scores, "metrics"):
        raise WorkspaceError(
            f"The run {run.name} has no scores yet",
            f"It is {run.status().state}",
            f"`dialtune show {run.name}` says more",
        )
    process, device = (figure(manifest, "peak_memory", of) for of in ("process", "device"))
    every = figure(spec, "data", "every") or 1
    used = usage(run)
    worked = hours(run, used)
    price = config.price_per_hour
    return {
        "run": run.name,
        "method": word(spec, "method"),
        "base": word(spec, "base", "name") or word(manifest, "base", "name"),
        "data": word(spec, "data", "source") or word(manifest, "data", "source"),
        "dialogues": figure(scores, "examples"),
        "references": figure(scores, "references"),
        **{name: figure(scores, "metrics", name) for name in (*ROUGE_KEYS, "bleu")},
        "trainable": figure(manifest, "parameters", "trainable"),
        "percent": figure(manifest, "parameters", "percent"),
        "parameters": figure(manifest, "parameters", "total"),
        "training_seconds": figure(manifest, "seconds", "training"),
        "seconds": None if worked is None else 3600 * worked,
        "energy_wh": None if used.joules is None else used.joules / 3600,
        "cost": None if price is None or worked is None else price * worked,
        "currency": config.currency if price is not None else None,
        "peak_memory": device or process,
        "peak_memory_process": process,
        "peak_memory_device": device,
        "saved_bytes": figure(manifest, "saved_bytes"),
        "summary_words": figure(scores, "summary_words"),
        "test_source": word(spec, "data", "source") + (f", every {every}." if every != 1 else ""),
        "rouge_signature": word(scores, "signature", "rouge"),
        "bleu_signature": word(scores, "signature", "bleu"),
        **health.facts(run, ROUGE_KEYS),
        **({"bleu": None, "summary_words": None, **health.means(run, ROUGE_KEYS, without)} if without else {}),
    }


def _sure(rows: Sequence[dict[str, Any]], standing: Standing) -> list[str]:
    """Put intervals into ``rows``; the runs whose two files do not agree, which get none."""
    odd = []
    for place, values in enumerate(rows):
        of = {key: found[place] for key, found in standing.estimates.items()}
        means = [(values[key], of[key].mean) for key in ROUGE_KEYS if key in of and values[key] is not None]
        if any(abs(written - mean) > AGREES for written, mean in means if not math.isnan(mean)):
            odd.append(str(values["run"]))
            continue
        for name, (key, factor) in {**{key: (key, 1.0) for key in ROUGE_KEYS}, **_SOURCES}.items():
            if key not in of or math.isnan(of[key].mean):
                continue
            estimate = of[key]
            if name in _SOURCES:
                values[name] = factor * estimate.mean
            if not math.isnan(estimate.low):
                values[f"{name}_low"], values[f"{name}_high"] = factor * estimate.low, factor * estimate.high
    return odd


def _changes(rows: Sequence[dict[str, Any]], from_: Mapping[str, Any]) -> None:
    for values in rows:
        for name in ROUGE_KEYS:
            mine, its = values[name], from_[name]
            change = None if mine is None or its is None else mine - its
            values[f"{name}_delta"] = change
            values[f"{name}_relative"] = None if change is None or not its else 100 * change / its


def pairs_table(
    standing: Standing, keys: Sequence[str], tallies: Mapping[tuple[str, str], Tally] | None = None
) -> Table:
    """One row a pair of models and metric, the higher mean first. Blocks.

    ``tallies``: what people said of pairs, by :func:`engine.results.verdicts.tally`; the blind ones are shown.
    """
    from engine.results.scoring import BEST
    from engine.results.standing import label
    from engine.results.statistics import ALPHA, pair_method

    columns = [
        Column("first", "higher"), Column("second", "lower"), Column("metric", "metric"),
        Column("references", "", exported_only=True), Column("n", "n", "count"),
        Column("first_mean", "its mean", "bleu"), Column("second_mean", "its mean", "bleu"),
        Column("difference", "difference", "bleu", ends=("low", "high")),
        Column("low", "", "bleu", True), Column("high", "", "bleu", True),
        Column("p", "p", "p"), Column("p_holm", "p (Holm)", "p"),
        Column("wins", "wins", "count"), Column("ties", "ties", "count"), Column("losses", "losses", "count"),
        Column("verdict", "verdict"),
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "metric": label(key),
            "references": "best" if key.endswith(BEST) else "mean",
            **_pair(standing, key, pair),
        }
        for key in keys
        for pair in standing.pairs(key)
    ]
    judged = _judge(rows, tallies or {})
    if judged:
        columns += [Column(f"blind_{what}", f"blind {what}", "count") for what in ("wins", "ties", "losses")]
    caption = [
        "ROUGE × 100. " + verdict_words(ALPHA),
        *dict.fromkeys(pair_method(standing.pairs(key)) for key in keys),
    ]
    if rows and (found := [pair.difference for key in keys for pair in standing.pairs(key)]):
        from engine.results.statistics import interval_method

        caption.append(interval_method(found))
    if judged:
        caption.append("blind: verdicts on two summaries of a dialogue with the models' names hidden.")
    return Table(tuple(columns), tuple(rows), "\n".join(filter(None, caption)))


def _judge(rows: Sequence[dict[str, Any]], tallies: Mapping[tuple[str, str], Tally]) -> bool:
    """Put blind verdicts into ``rows``; whether there are any."""
    judged = False
    for values in rows:
        first, second = values["first"], values["second"]
        if (tally := tallies.get(pair_of(first, second))) is None or not tally.blind.all:
            continue
        judged, count = True, tally.blind
        wins, losses = (count.wins, count.losses) if first <= second else (count.losses, count.wins)
        values.update(blind_wins=wins, blind_ties=count.ties, blind_losses=losses)
    return judged


def verdict_words(alpha: float) -> str:
    """What a verdict means."""
    return f"Verdict: higher where the corrected p is below {alpha:g}, else not shown to differ."


def verdict(pair: Pair) -> str:
    """``higher`` or ``not shown to differ``; ``no shared dialogue``."""
    if not pair.n:
        return "no shared dialogue"
    return "higher" if pair.real else "not shown to differ"


def _pair(standing: Standing, key: str, pair: Pair) -> dict[str, Any]:
    from engine.results.standing import metric_of

    factor = metric_of(key).factor
    both = standing.scores.of(key)[:, [pair.first, pair.second]]
    both = both[~(both != both).any(axis=1)]  # dialogues that both have
    means = both.mean(axis=0) if len(both) else (math.nan, math.nan)
    figures = {
        "first_mean": means[0], "second_mean": means[1], "difference": pair.difference.mean,
        "low": pair.difference.low, "high": pair.difference.high,
    }  # fmt: skip
    return {
        "first": standing.models[pair.first],
        "second": standing.models[pair.second],
        "n": pair.n,
        **{name: None if math.isnan(value) else factor * float(value) for name, value in figures.items()},
        "p": None if math.isnan(pair.p) else pair.p,
        "p_holm": None if math.isnan(pair.holm) else pair.holm,
        "wins": pair.wins, "ties": pair.ties, "losses": pair.losses,
        "verdict": verdict(pair),
    }  # fmt: skip


def _signatures(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = []
    for key, label in (("rouge_signature", "ROUGE"), ("bleu_signature", "BLEU")):
        found = list(dict.fromkeys(values[key] for values in rows if values[key]))
        if len(found) > 1:
            lines.append(f"{label} was computed in different ways and cannot be compared: {' / '.join(found)}")
        elif found:
            lines.append(f"{label} computed by {found[0]}")
    return lines
