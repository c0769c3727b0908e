"""What detectors find in synthetic curves, and what they leave alone."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.runs.events import DeviceReading, Resources
from engine.runs.trends import CALM, SUSTAINED, Finding, LossTrend, MemoryTrend

GIB = 1 << 30


def fed(trend: LossTrend, curve: Callable[[int], float], steps: int, first: int = 1) -> list[Finding]:
    return [finding for step in range(first, first + steps) for finding in trend.train(step, curve(step))]


def noisy(curve: Callable[[int], float], spread: float = 0.1) -> Callable[[int], float]:
    chance = random.Random(1)
    return lambda step: curve(step) + chance.gauss(0, spread)


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_loss_that_falls_steadily_is_left_alone() -> None:
    assert fed(LossTrend(2000), noisy(lambda step: 1.5 + 2 * math.exp(-step / 700)), 2000) == []


def test_a_plateau_is_told_once_with_its_evidence() -> None:
    found = fed(LossTrend(4000), noisy(lambda step: 1.7 + 2 * math.exp(-step / 100)), 3000)
    assert codes(found) == ["plateau"]
    assert found[0].level == "info"
    assert "1.7" in found[0].text and "over steps" in found[0].text


def test_a_plateau_is_told_again_after_the_loss_has_fallen_on() -> None:
    trend = LossTrend(10_000)
    assert codes(fed(trend, noisy(lambda step: 2.0, 0.02), 3000)) == ["plateau"]
    assert codes(fed(trend, noisy(lambda step: 2.0 - (step - 3000) / 2000, 0.02), 1000, 3001)) == []
    assert codes(fed(trend, noisy(lambda step: 1.5, 0.02), 3000, 4001)) == ["plateau"]


def test_levelling_out_at_the_end_of_the_schedule_is_no_news() -> None:
    curve = noisy(lambda step: 3.0 - step / 1000 if step < 1500 else 1.5)
    assert "plateau" not in codes(fed(LossTrend(2000), curve, 2000))


def test_noise_that_could_hide_a_fall_is_not_called_flat() -> None:
    assert "plateau" not in codes(fed(LossTrend(200), noisy(lambda step: 1.7, 0.4), 200))


def test_divergence_is_told_once_and_again_after_recovery() -> None:
    trend = LossTrend()
    assert fed(trend, noisy(lambda step: 1.6), 100) == []
    found = fed(trend, noisy(lambda step: 1.6 + (step - 100) / 10), 100, 101)
    assert codes(found) == ["divergence"]
    assert "after 1.5" in found[0].text or "after 1.6" in found[0].text
    assert "plateau" not in codes(found)
    assert "divergence" not in codes(fed(trend, noisy(lambda step: 1.6), 100, 201))
    assert "divergence" in codes(fed(trend, noisy(lambda step: 6.0), 30, 301))


@pytest.mark.parametrize("spike", [1, 2])
def test_a_spike_is_no_divergence(spike: int) -> None:
    chance = random.Random(3)
    curve = lambda step: 4.0 if 200 <= step < 200 + spike else 1.6 + chance.gauss(0, 0.05)  # noqa: E731
    assert "divergence" not in codes(fed(LossTrend(), curve, 400))


def test_a_tiny_loss_may_double() -> None:
    assert "divergence" not in codes(fed(LossTrend(), lambda step: 0.01 if step < 100 else 0.03, 200))


def evaluated(trend: LossTrend, pairs: list[tuple[float, float]]) -> list[str]:
    """Training loss of a stretch and the validation loss after it."""
    found = []
    for number, (train, validation) in enumerate(pairs):
        for step in range(10):
            trend.train(100 * number + step + 1, train)
        found += codes(trend.validation(100 * (number + 1), validation))
    return found


def test_overfitting_is_told_once_until_there_is_a_new_best() -> None:
    rising = [(2.0, 2.0), (1.8, 1.9), (1.6, 1.95), (1.4, 2.0), (1.2, 2.1), (1.0, 2.2)]
    assert evaluated(LossTrend(), rising) == ["overfitting"]
    again = [*rising, (0.9, 1.8), (0.8, 1.9), (0.7, 2.0)]
    assert evaluated(LossTrend(), again) == ["overfitting", "overfitting"]


@pytest.mark.parametrize(
    "pairs",
    [
        [(2.0, 2.0), (1.8, 1.9), (1.6, 1.8), (1.4, 1.75)],  # both fall
        [(2.0, 2.0), (2.1, 2.1), (2.2, 2.2), (2.3, 2.3)],  # both rise: that is divergence
        [(2.0, 1.9), (1.8, 1.95), (1.6, 1.9), (1.4, 1.95)],  # up and down
        [(2.0, 1.900), (1.8, 1.901), (1.6, 1.902), (1.4, 1.903)],  # too little
    ],
)
def test_what_is_no_overfitting(pairs: list[tuple[float, float]]) -> None:
    assert evaluated(LossTrend(), pairs) == []


def test_overfitting_names_its_figures() -> None:
    trend = LossTrend()
    evaluated(trend, [(2.0, 2.0), (1.8, 1.9), (1.6, 1.95)])
    for step in range(10):
        trend.train(301 + step, 1.4)
    (found,) = trend.validation(400, 2.05)
    assert "(1.900 at step 200, 1.950 at 300, 2.050 at 400; its best was 1.900 at step 200)" in found.text
    assert "1.800 to 1.400" in found.text, "since that best"


def test_gradients_that_overflow_are_told_sparingly() -> None:
    trend = LossTrend()
    assert codes(trend.gradient(1, 0.5)) == []
    assert trend.gradient(2, None) == []
    (found,) = trend.gradient(3, math.inf)
    assert (found.code, "step 3" in found.text, "inf" in found.text) == ("not-finite", True, True)
    assert trend.gradient(4, math.nan) == []
    for step in range(5, 5 + CALM):
        assert trend.gradient(step, 1.0) == []
    assert codes(trend.gradient(100, math.nan)) == ["not-finite"]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=300))
def test_no_curve_at_all_raises(losses: list[float]) -> None:
    trend = LossTrend(300)
    for step, loss in enumerate(losses):
        trend.train(step, loss)
        if step % 20 == 0:
            trend.validation(step, loss)


def reading(host: float, device: float | None = None) -> Resources:
    devices = () if device is None else (DeviceReading(0, "GPU", 80 * GIB, int(device * 80 * GIB), 60 * GIB),)
    return Resources(1.0, 1.0, 4 * GIB, int(host * 16 * GIB), 16 * GIB, devices, time=1.0)


def test_memory_that_runs_out_is_told_once_until_it_eases() -> None:
    trend = MemoryTrend()
    shares = [0.5, 0.97, 0.97, 0.6, *[0.97] * 10, 0.9, 0.97, 0.97, 0.97, 0.5, *[0.97] * SUSTAINED]
    found = [finding for share in shares for finding in trend.reading(reading(share))]
    assert codes(found) == ["memory-limit", "memory-limit"]
    assert found[0].text.startswith("The machine has 0.5 of 16.0 GiB of memory left (97% in use).")
    assert "This run holds 4.0 GiB" in found[0].text


def test_each_place_is_told_of_by_itself() -> None:
    trend = MemoryTrend()
    found = [finding for _ in range(9) for finding in trend.reading(reading(0.97, 0.99))]
    assert [text.text.split(" has")[0] for text in found] == ["GPU 0", "The machine"]
    assert "This run holds 60.0 GiB" in found[0].text
    assert MemoryTrend().reading(Resources(1.0, 1.0, 1, 0, 0, time=1.0)) == []
