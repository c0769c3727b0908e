"""A forecast as lines of words and figures, for the screen and for the command line. Knows no Textual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.forecast import Forecast
from engine.results.table import Column, Kind, Table
from tui import format as fmt
from tui.money import amount
from tui.text import clean


@dataclass(frozen=True)
class Figure:
    """One line of a forecast."""

    section: str
    name: str
    value: Any
    """Exact; None when it is not known."""
    text: str
    """As people read it."""
    note: str = ""


VERDICTS: dict[str, fmt.Mark] = {
    "fits": fmt.Mark("✓", "fits", "success"),
    "tight": fmt.Mark("!", "tight", "warning"),
    "too big": fmt.Mark("✗", "does not fit", "error"),
    "unknown": fmt.Mark("?", "not known whether it fits", "label"),
}
PHASES = {"loading": "loading and saving", "training": "training", "evaluating": "evaluations", "decoding": "decoding"}
_UNKNOWN = "not known"


def figures(made: Forecast) -> list[Figure]:
    """Every figure of ``made``, in the order in which it is read."""
    return [*_model(made), *_steps(made), *_memory(made), *_time(made)]


def verdict(made: Forecast) -> str:
    """Whether it fits, in words: ``fits: 4.3 of 20.1 GiB free``."""
    mark = VERDICTS[made.fit.verdict]
    if made.peak is None:
        return mark.word
    need, free, unit = fmt.sizes(made.peak, made.place.free)
    return f"{mark.word}: {need} of {free} {unit} free" + (
        f" on {clean(made.place.name)}" if made.place.kind == "cuda" else ""
    )


def money(made: Forecast) -> str:
    """What it costs, or what is lacking to say so."""
    if made.cost is not None:
        return amount(made.cost, made.config.currency)
    if made.config.price_per_hour is None:
        return "no price set"
    return f"{amount(made.config.price_per_hour, made.config.currency)} an hour"


def table(made: Forecast, exact: bool = False) -> Table:
    """The figures as a table; ``exact`` has plain numbers instead of words."""
    kind: Kind = "text"
    rows = tuple(
        {"section": f.section, "figure": f.name, "value": f.value if exact else f.text, "note": f.note}
        for f in figures(made)
    )
    columns = tuple(Column(key, key, kind) for key in ("section", "figure", "value", "note"))
    return Table(columns, rows, "\n".join([*made.fit.advice, *made.notes]))


def _model(made: Forecast) -> Iterator[Figure]:
    found = made.parameters
    if found is None:
        yield Figure("model", "parameters", None, _UNKNOWN)
    else:
        yield Figure("model", "parameters", found.total, f"{found.total:,}", found.origin)
        yield Figure("model", "trainable", found.trainable, f"{found.trainable:,}", f"{found.percent:.2f}%")
    for split in ("train", "validation", "test"):
        count = made.material.counts.get(split)
        note = made.material.origin if count is not None else ""
        yield Figure("data", split, count, _UNKNOWN if count is None else fmt.count(count, "example"), note)


def _steps(made: Forecast) -> Iterator[Figure]:
    if not made.spec.trains:
        return
    steps = made.steps
    if steps is None:
        yield Figure("training", "steps", None, _UNKNOWN, "it hangs on the number of examples")
        return
    yield Figure(
        "training", "steps", steps.total, ("at most " if steps.at_most else "") + f"{steps.total:,}",
        f"{steps.per_epoch:,} an epoch",
    )  # fmt: skip
    every = f"every {fmt.count(steps.evaluate_every, 'step')}" if steps.evaluations else "no validation examples"
    yield Figure("training", "evaluations", steps.evaluations, f"{steps.evaluations:,}", every)


def _memory(made: Forecast) -> Iterator[Figure]:
    needed, batch = made.memory, made.memory.batch if made.memory else None
    if needed is not None:
        for name, size in needed.parts.items():
            note = ""
            if name == "activations" and batch is not None:
                note = f"{batch.rows} x {batch.source} + {batch.target} tokens, {made.dtype}"
            yield Figure("memory", name, size, fmt.size(size), note)
    phase = "measured by the probe" if made.probed else f"while {needed.peak_phase}" if needed else ""
    yield Figure("memory", "peak", made.peak, fmt.size(made.peak) if made.peak else _UNKNOWN, phase)
    yield Figure("memory", "free", made.place.free, fmt.size(made.place.free), clean(made.place.words))
    if needed is not None:
        yield Figure(
            "memory", "rule of thumb", needed.rule_of_thumb, fmt.size(needed.rule_of_thumb), "4 x parameters x 4 bytes"
        )
    mark = VERDICTS[made.fit.verdict]
    yield Figure("memory", "verdict", made.fit.verdict, f"{mark.glyph} {mark.word}")


def _time(made: Forecast) -> Iterator[Figure]:
    pace = made.pace
    for name, seconds in pace.phases.items():
        yield Figure("time", PHASES[name], seconds, fmt.duration(seconds))
    note = f"by {pace.origin}" if pace.origin else "no run on this machine to go by; a probe tells"
    if pace.origin and pace.total is None:
        note += "; the other phases are not known"
    yield Figure("time", "total", pace.total, _UNKNOWN if pace.total is None else fmt.duration(pace.total), note)
    price = made.config.price_per_hour
    if price is not None:
        text = _UNKNOWN if made.cost is None else amount(made.cost, made.config.currency)
        yield Figure("money", "total", made.cost, text, f"{amount(price, made.config.currency)} an hour")
