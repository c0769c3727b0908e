"""How long a run takes, from how long others took on this machine, or from a probe.

A training's seconds are examples seen x tokens an example / tokens a second. A pace that was measured on another
base is scaled by the number of parameters, on which the arithmetic of a token depends nearly linearly (Kaplan et
al. 2020: 2 operations a parameter forward, 4 backward); an evaluation, which only goes forward, takes a third.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.forecast.material import Material
from engine.forecast.past import Past
from engine.forecast.place import Place, same
from engine.forecast.probe import Probed
from engine.forecast.steps import Steps, count
from engine.results.facts import at, figure
from engine.spec import DecodeSpec, RunSpec, TrainSpec

FORWARD = 1 / 3
"""Share of a training step that its forward pass takes."""


@dataclass(frozen=True)
class Pace:
    """Seconds by phase; a phase that is missing is unknown, and then so is the whole."""

    phases: Mapping[str, float] = field(default_factory=dict)
    origin: str = ""
    """What it goes by, in words; empty when nothing is known."""
    complete: bool = False
    """Whether every phase the run will have is known."""

    @property
    def total(self) -> float | None:
        """Seconds in all; None while a phase is unknown."""
        return sum(self.phases.values()) if self.complete else None


@dataclass(frozen=True)
class _Rates:
    """What was measured, brought to our base's size. Seconds."""

    loading: float | None = None
    example: float | None = None
    """To train on one."""
    validation: float | None = None
    """To evaluate one, decoded if the metric asks for it."""
    summary: float | None = None
    """To decode one."""


def estimate(
    spec: RunSpec, material: Material, steps: Steps | None, parameters: int | None, place: Place,
    past: Sequence[Past] = (), probed: Probed | None = None,
) -> Pace:  # fmt: skip
    """How long ``spec`` takes at ``place``. ``parameters`` of the base, None where its shape is unknown."""
    if probed is not None:
        return _pace(spec, material, steps, _of_probe(spec, material, probed), "the probe on this machine")
    candidates = [run for run in past if same(place, run) and _usable(run, spec, parameters)]
    if not candidates:
        return Pace()
    best = max(candidates, key=lambda run: _likeness(run, spec))  # the newest of the most alike: max takes the first
    words = f"the run {best.name} on this machine"
    scale = 1.0
    if best.base != spec.base.name and parameters:
        scale = parameters / best.parameters
        words += f", its base's parameters x {scale:.2g}"
    if best.method != spec.method:
        words += f", method {best.method}"
    return _pace(spec, material, steps, _of_past(spec, material, best, scale), words)


def _pace(spec: RunSpec, material: Material, steps: Steps | None, rates: _Rates, origin: str) -> Pace:
    counts = material.counts
    wanted: dict[str, tuple[float | None, float | None]] = {"loading": (1, rates.loading)}
    if spec.trains:
        wanted["training"] = (steps.examples if steps else None, rates.example)
        if steps is None or steps.evaluations:
            each = counts.get("validation")
            amount = None if steps is None or each is None else steps.evaluations * each
            wanted["evaluating"] = (amount, rates.validation)
    if counts.get("test") != 0:
        wanted["decoding"] = (counts.get("test"), rates.summary)
    phases = {name: n * each for name, (n, each) in wanted.items() if n is not None and each is not None}
    return Pace(phases, origin if phases else "", len(phases) == len(wanted))


def _usable(run: Past, spec: RunSpec, parameters: int | None) -> bool:
    if run.base != spec.base.name and not (parameters and run.parameters):
        return False
    if not spec.trains:
        return "decoding" in run.seconds and run.splits.get("test", 0) > 0
    return run.examples_per_second is not None


def _likeness(run: Past, spec: RunSpec) -> tuple[bool, bool, bool, bool, bool]:
    asked = at(run.spec, "train", "dtype") or "auto"
    return (
        run.base == spec.base.name,
        run.method == spec.method,
        asked == spec.train.dtype,
        run.source == spec.data.source,
        bool(run.seconds),
    )


def _of_past(spec: RunSpec, material: Material, run: Past, scale: float) -> _Rates:
    example = scale / run.examples_per_second if run.examples_per_second else None
    ours = material.lengths.get("train")
    if example is not None and run.source != spec.data.source and ours is not None and run.tokens_per_example:
        example *= sum(ours.mean) / run.tokens_per_example
    seconds, test = run.seconds, run.splits.get("test", 0)
    summary = scale * seconds["decoding"] / test if test and "decoding" in seconds else None
    if summary is not None:
        summary *= _decoding_cost(spec.decode) / _decoding_cost(_past_decode(run))
    loading = sum(seconds.get(name, 0.0) for name in ("loading", "tokenising", "scoring", "saving")) or None
    return _Rates(loading, example, _validation(spec, example, summary, run, scale), summary)


def _validation(spec: RunSpec, example: float | None, summary: float | None, run: Past, scale: float) -> float | None:
    """Seconds for one validation example: as it was where the metric is alike, else from the other paces."""
    decodes = spec.train.metric != "loss"
    before = at(run.spec, "train", "metric") or "loss"
    there = run.splits.get("validation", 0)
    if there and run.steps and "evaluating" in run.seconds and (before != "loss") == decodes:
        train = TrainSpec(
            batch_size=_whole(run, "batch_size", 8), accumulation=_whole(run, "accumulation", 1),
            evaluate_every=_whole(run, "evaluate_every", 0), max_steps=run.steps,
        )  # fmt: skip
        times = count(train, max(run.splits.get("train", 1), 1), there).evaluations
        return scale * run.seconds["evaluating"] / (times * there)
    if example is None or (decodes and summary is None):
        return None
    return example * FORWARD + (summary or 0.0) * decodes


def _of_probe(spec: RunSpec, material: Material, probed: Probed) -> _Rates:
    each = probed.tokens_per_example
    example = probed.seconds_per_token * each if probed.seconds_per_token is not None else None
    summary = probed.seconds_per_summary
    validation = None
    if example is not None and (spec.train.metric == "loss" or summary is not None):
        validation = example * FORWARD + (summary or 0.0) * (spec.train.metric != "loss")
    return _Rates(probed.load_seconds, example, validation, summary)


def _decoding_cost(spec: DecodeSpec) -> float:
    """Relative cost of a summary; beams that share their source cost less than as many summaries."""
    return math.sqrt(spec.beams)


def _past_decode(run: Past) -> DecodeSpec:
    beams = figure(run.spec, "decode", "beams")
    return DecodeSpec(beams=beams if isinstance(beams, int) and 1 <= beams <= 64 else 1)


def _whole(run: Past, key: str, default: int) -> int:
    found = figure(run.spec, "train", key)
    return found if isinstance(found, int) and 0 < found <= 4096 else default
