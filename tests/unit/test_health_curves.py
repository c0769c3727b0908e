"""Detectors on simulated curves: how often clean ones are called sick, and sick ones are missed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runs.health.curves import BLOCKS, Overfitting, Underfitting, kendall, noise
from engine.runs.health.finding import Finding
from engine.runs.trends import LossTrend

CURVES = 300
FALSE, MISSED = 0.02, 0.08
"""Shares of clean curves that may be called sick, and of sick ones that may be missed."""
Curve = Callable[[int], float]


def wavering(chance: random.Random, spread: float, memory: float) -> Iterator[float]:
    """Noise of standard deviation ``spread``, each figure with ``memory`` of the last one in it."""
    value = 0.0
    while True:
        value = memory * value + chance.gauss(0, spread * math.sqrt(1 - memory * memory))
        yield value


def judged(
    seed: int, steps: int, evaluations: int, train: Curve, validation: Curve, spread: float, wave: float
) -> list[Finding]:
    """What both detectors find in a training whose figures waver."""
    chance = random.Random(seed)
    overfitting, underfitting = Overfitting(), Underfitting()
    of_train, of_validation = wavering(chance, spread, 0.1), wavering(chance, wave, chance.choice([0, 0.5]))
    every, found = max(1, steps // evaluations), []
    for step in range(1, steps + 1):
        loss = max(train(step) + next(of_train), 0.01)
        overfitting.train(loss)
        underfitting.train(step, loss)
        if step % every == 0 or step == steps:
            found.append(overfitting.validation(step, validation(step) + next(of_validation)))
    found.append(underfitting.finish(overfitting.evaluations))
    return [finding for finding in found if finding is not None]


def clean(seed: int) -> list[Finding]:
    """An exponential fall, long over at the end, and what is left to learn ever more slowly, as schedules have it."""
    chance = random.Random(-1 - seed)
    steps, evaluations = chance.choice([60, 125, 300, 600]), chance.choice([3, 4, 5, 8, 10, 15, 30])
    floor, drop = chance.uniform(0.8, 3), chance.uniform(0.3, 3)
    time, slow, gap = steps * chance.uniform(0.03, 0.4), chance.uniform(0.1, 0.3) * floor, chance.uniform(-0.1, 0.3)

    def loss(step: int, share: float = 1.0) -> float:
        part = step / steps
        return floor + drop * math.exp(-step / time) - share * slow * (2 * part - part * part)

    wave = chance.choice([0.001, 0.003, 0.006, 0.01]) * floor
    return judged(
        seed, steps, evaluations, loss, lambda s: loss(s, 0.5) + gap, chance.uniform(0.02, 0.15) * floor, wave
    )


def by_heart(seed: int) -> list[Finding]:
    """Validation turns between a quarter and half of the way, and climbs by 10 to 50 %; training falls on."""
    chance = random.Random(-1 - seed)
    steps, evaluations = chance.choice([125, 300, 600]), chance.choice([5, 8, 10, 15, 30])
    floor, drop, time = chance.uniform(0.8, 3), chance.uniform(0.3, 3), steps * chance.uniform(0.05, 0.2)
    turn, climb, sink = steps * chance.uniform(0.25, 0.5), chance.uniform(0.1, 0.5), chance.uniform(0.2, 0.6)

    def train(step: int) -> float:
        return floor + drop * math.exp(-step / time) - sink * floor * step / steps

    def validation(step: int) -> float:
        return floor + drop * math.exp(-step / time) + climb * floor * max(0, step - turn) / (steps - turn)

    wave = chance.choice([0.001, 0.003, 0.006, 0.01]) * floor
    return judged(seed, steps, evaluations, train, validation, chance.uniform(0.02, 0.1) * floor, wave)


def too_short(seed: int) -> list[Finding]:
    """Both fall in a straight line to the end."""
    chance = random.Random(-1 - seed)
    steps, high, fall = chance.choice([60, 125, 300, 600]), chance.uniform(2, 4), chance.uniform(0.25, 0.6)
    line: Curve = lambda step: high - fall * high * step / steps  # noqa: E731
    spread = chance.uniform(0.01, 0.06) * high
    return judged(seed, steps, chance.choice([3, 5, 8, 10]), line, lambda s: line(s) + 0.1, spread, 0.003 * high)


def too_slow(seed: int) -> list[Finding]:
    """Nothing moves."""
    chance = random.Random(-1 - seed)
    steps, high = chance.choice([125, 300, 600]), chance.uniform(1, 4)
    spread = chance.uniform(0.01, 0.05) * high
    return judged(seed, steps, chance.choice([3, 5, 8]), lambda _: high, lambda _: high + 0.1, spread, 0.0005 * high)


def test_clean_curves_are_left_alone() -> None:
    sick = [found for seed in range(CURVES) if (found := clean(seed))]
    assert len(sick) <= FALSE * CURVES, [[one.code for one in found] for found in sick]


@pytest.mark.parametrize(
    ("simulate", "code"), [(by_heart, "overfitting"), (too_short, "underfitting"), (too_slow, "underfitting")]
)
def test_sick_curves_are_found_and_called_by_their_name(simulate: Callable[[int], list[Finding]], code: str) -> None:
    found = [[one.code for one in simulate(seed)] for seed in range(100)]
    assert sum(codes == [] for codes in found) <= MISSED * 100
    assert sum(codes not in ([], [code]) for codes in found) <= FALSE * 100, found


def test_what_is_said_has_its_figures() -> None:
    slow = next(found[0] for seed in range(9) if (found := too_slow(seed)))
    assert slow.text.startswith("Nothing was learnt") and "train.learning_rate" in slow.todo
    assert slow.evidence["start"] == pytest.approx(slow.evidence["end"], rel=0.02)
    short = next(found[0] for seed in range(9) if (found := too_short(seed)))
    assert "ended while it still learnt" in short.text and "validation loss from" in short.text
    assert short.evidence["before"] > short.evidence["end"] and short.evidence["share"] >= 0.2
    heart = next(found[0] for seed in range(9) if (found := by_heart(seed)))
    assert heart.evidence["best_step"] < heart.evidence["step"] and heart.evidence["rise"] >= 0.02


def test_a_resumed_training_is_not_judged_by_its_second_half() -> None:
    underfitting = Underfitting()
    for step in range(501, 1001):
        underfitting.train(step, 3 - step / 500)
    assert underfitting.finish([]) is None


def test_few_steps_are_not_judged() -> None:
    underfitting = Underfitting()
    for step in range(1, 21):
        underfitting.train(step, 3 - step / 20)
    assert underfitting.finish([]) is None


def test_a_long_training_is_remembered_in_bounded_memory_and_judged_alike() -> None:
    underfitting = Underfitting()
    for step in range(1, 20_001):
        underfitting.train(step, 4 - step / 10_000)
    assert len(underfitting._blocks) <= 2 * BLOCKS
    assert underfitting._blocks[0].first == 1 and underfitting._blocks[-1].last == 20_000
    assert sum(block.count for block in underfitting._blocks) == 20_000
    found = underfitting.finish([])
    assert found is not None and found.evidence["share"] == pytest.approx(0.305, abs=0.02)


def test_noise_is_that_of_the_values_and_not_of_their_trend() -> None:
    chance = random.Random(1)
    values = [3 - at / 50 + chance.gauss(0, 0.02) for at in range(300)]
    assert noise(values) == pytest.approx(0.02, rel=0.15)
    assert noise([3.0, 2.0, 1.0, 0.0, -1.0]) == 0.0
    assert noise([1.0, 9.0, 1.0, 9.0]) == 0.0, "too few to tell"


def test_kendall_is_that_of_the_textbook() -> None:
    assert kendall([1, 2, 3, 4]) == pytest.approx((6 - 1) / math.sqrt(4 * 3 * 13 / 18))
    assert kendall([4, 3, 2, 1]) == 0.0
    assert kendall([1, 2]) == 0.0


def test_a_run_that_breaks_says_at_what_figures() -> None:
    trend = LossTrend(100)
    trend.train(7, 2.5)
    found = trend.broken("training loss", 8, 1e-3, 41.5)
    assert (found.level, found.code) == ("error", "not-finite")
    assert found.evidence == {"step": 8, "learning_rate": 1e-3, "grad_norm": 41.5, "last_step": 7, "last_loss": 2.5}
    assert "last finite loss was 2.500 at step 7" in found.text
    first = LossTrend(100).broken("validation loss", 1)
    assert first.evidence == {"step": 1} and "already the first one" in first.text


numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(max_examples=50, deadline=None)
@given(st.lists(numbers, max_size=80))
def test_no_curve_at_all_raises(losses: list[float]) -> None:
    overfitting, underfitting = Overfitting(), Underfitting()
    for step, loss in enumerate(losses, start=1):
        overfitting.train(loss)
        underfitting.train(step, loss)
        if step % 7 == 0:
            overfitting.validation(step, loss)
    underfitting.finish(overfitting.evaluations)
