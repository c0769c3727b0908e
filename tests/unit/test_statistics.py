"""Intervals and p-values: equal to scipy's where it computes the same, and right as often as they claim to be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine.results.statistics import (
    DRAWS,
    SEED,
    Floats,
    draws_for,
    estimates,
    holm,
    interval_method,
    pair_method,
    pairs,
    rank_correlation,
)

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def skewed(seed: int, *shape: int) -> Floats:
    """Scores as models have them: between 0 and 1, more low than high."""
    found: Floats = np.random.default_rng(seed).beta(1.5, 4.0, shape)
    return found


def test_intervals_are_those_of_scipy() -> None:
    scores = skewed(1, 80, 3)
    for column, found in zip(scores.T, estimates(scores), strict=True):
        theirs = stats.bootstrap(
            (column,), np.mean, n_resamples=DRAWS, method="BCa", rng=np.random.default_rng(SEED)
        ).confidence_interval
        assert (found.mean, found.low, found.high) == pytest.approx((column.mean(), theirs.low, theirs.high), abs=1e-12)
        assert (found.n, found.clusters, found.draws) == (80, 80, DRAWS)


@pytest.mark.parametrize("n", [2, 7, 13])
def test_p_of_few_dialogues_is_exact_as_scipy_has_it(n: int) -> None:
    scores = skewed(n, n, 2)
    (found,) = pairs(scores)
    theirs = stats.permutation_test(
        (scores[:, 0], scores[:, 1]), lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples", n_resamples=np.inf, vectorized=True,
    )  # fmt: skip
    assert found.exact
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)


def test_p_of_many_dialogues_is_near_that_of_the_t_test() -> None:
    generator = np.random.default_rng(3)
    scores = generator.normal([0.4, 0.417], 0.1, (200, 2))
    (found,) = pairs(scores)
    assert not found.exact
    assert found.p == pytest.approx(stats.ttest_rel(scores[:, 0], scores[:, 1]).pvalue, rel=0.25)
    assert found.difference.mean == pytest.approx(scores[:, 0].mean() - scores[:, 1].mean())
    assert found.wins + found.losses == 200 and found.ties == 0


@pytest.mark.parametrize("n", [1, 2, 5, 60])
def test_two_copies_of_one_model_differ_in_nothing(n: int) -> None:
    model = skewed(4, n, 1)
    (found,) = pairs(np.hstack([model, model]))
    assert (found.p, found.holm, found.real) == (1.0, 1.0, False)
    assert (found.wins, found.ties, found.losses) == (0, n, 0)
    assert found.difference.mean == 0.0
    if n > 1:
        assert (found.difference.low, found.difference.high) == (0.0, 0.0)


def test_a_model_that_is_always_a_little_better_is_found_better() -> None:
    model = skewed(5, 40, 1)
    (found,) = pairs(np.hstack([model + 0.01, model]))
    assert found.p == pytest.approx(1 / (DRAWS + 1)), "never 0"
    assert found.real and found.wins == 40
    assert found.difference.low == pytest.approx(0.01)


def test_intervals_hold_the_true_mean_as_often_as_they_say() -> None:
    """2,000 data sets of 100 dialogues: the share of intervals with the true mean has a standard error of 0.5%."""
    found = estimates(skewed(6, 100, 2000), draws=1999)
    true = 1.5 / 5.5
    held = np.mean([estimate.low <= true <= estimate.high for estimate in found])
    assert 0.935 <= held <= 0.965
    above, below = (np.mean([test(e) for e in found]) for test in (lambda e: e.low > true, lambda e: e.high < true))
    assert above < 0.04 and below < 0.045, "it misses on both sides alike"


def test_a_difference_that_is_not_there_is_found_as_seldom_as_promised() -> None:
    """1,500 pairs of models equally good, whose scores go together as models' do."""
    generator = np.random.default_rng(7)
    level = generator.beta(1.5, 4.0, (80, 1))
    scores = np.clip(level + generator.normal(0, 0.08, (80, 3000)), 0, 1)
    which = [(2 * at, 2 * at + 1) for at in range(1500)]
    ps = np.array([pair.p for pair in pairs(scores, which=which, draws=999)])
    assert 0.035 <= (ps < 0.05).mean() <= 0.065
    assert 0.46 <= (ps < 0.5).mean() <= 0.54, "p is uniform where nothing is there"


def test_of_many_pairs_any_false_finding_is_as_seldom() -> None:
    """300 boards of 4 equal models: without a correction a fifth of them would show a difference."""
    generator = np.random.default_rng(8)
    corrected = plain = 0
    for _ in range(300):
        found = pairs(generator.normal(0.4, 0.1, (40, 4)), draws=599)
        corrected += any(pair.holm < 0.05 for pair in found)
        plain += any(pair.p < 0.05 for pair in found)
    assert corrected / 300 <= 0.08
    assert plain / 300 > 0.12


def test_copies_of_a_dialogue_are_no_new_evidence() -> None:
    once = skewed(9, 60, 2)
    copied, texts = np.concatenate([once] * 3), np.tile(np.arange(60), 3)
    for one, three in zip(estimates(once), estimates(copied, texts), strict=True):
        assert (three.low, three.high) == pytest.approx((one.low, one.high))
        assert (three.n, three.clusters) == (180, 60)
    assert pairs(copied, texts)[0].p == pytest.approx(pairs(once)[0].p)
    assert pairs(copied)[0].p < pairs(once)[0].p, "as if each copy were a dialogue of its own"


def test_clusters_of_unlike_rows_keep_their_promise() -> None:
    """Rows of a dialogue that go together: intervals that take them for independent are far too narrow."""
    generator = np.random.default_rng(10)
    texts = np.repeat(np.arange(60), generator.integers(1, 6, 60))
    scores = generator.normal(0, 1, (60, 600))[texts] + generator.normal(0, 0.3, (len(texts), 600))
    held = np.mean([e.low <= 0 <= e.high for e in estimates(scores, texts, draws=999)])
    naive = np.mean([e.low <= 0 <= e.high for e in estimates(scores, draws=999)])
    assert 0.91 <= held <= 0.975
    assert naive < 0.85


def test_models_are_compared_on_what_both_have() -> None:
    scores = skewed(11, 30, 3)
    scores[20:, 1] = math.nan
    scores[:, 2] = math.nan
    first, second, third = estimates(scores)
    assert (first.n, second.n, third.n) == (30, 20, 0)
    assert second.mean == pytest.approx(scores[:20, 1].mean())
    assert math.isnan(third.mean) and math.isnan(third.low)
    both, *without = pairs(scores)
    assert (both.n, both.first, both.second) == (20, 0, 1)
    alone = pairs(scores[:20, :2])[0]
    assert (both.p, both.difference) == (alone.p, alone.difference)
    for pair in without:
        assert pair.n == 0 and math.isnan(pair.p) and math.isnan(pair.holm) and not pair.real
    assert both.holm == both.p, "a comparison that cannot be made corrects nothing"


def test_one_dialogue_has_a_mean_and_no_interval() -> None:
    (found,) = estimates(np.array([[0.4]]))
    assert found.mean == 0.4 and math.isnan(found.low) and math.isnan(found.high)
    assert interval_method([found]) == ""


def test_nothing_to_compare() -> None:
    assert estimates(np.empty((0, 0))) == []
    assert pairs(np.empty((5, 1))) == []
    assert pair_method([]) == ""


@given(P_VALUES)
def test_holm_keeps_the_order_and_corrects_the_smallest_by_all(ps: list[float]) -> None:
    found = holm(ps)
    assert all(p <= corrected <= 1 for p, corrected in zip(ps, found, strict=True))
    assert min(found) == min(1.0, len(ps) * min(ps))
    assert sorted(found) == [found[at] for at in sorted(range(len(ps)), key=lambda at: (ps[at], found[at]))]


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, math.nan]) == pytest.approx([0.03, 0.06, 0.06, math.nan], nan_ok=True)


def test_rank_correlation_is_scipys() -> None:
    generator = np.random.default_rng(12)
    one, other = generator.integers(0, 9, 50).astype(float), generator.normal(size=50)
    assert rank_correlation(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)
    other[3] = math.nan
    assert rank_correlation(one, other) == pytest.approx(stats.spearmanr(one, other, nan_policy="omit").statistic)
    assert math.isnan(rank_correlation(np.ones(50), other))
    assert math.isnan(rank_correlation(one[:2], one[:2]))


def test_the_same_scores_give_the_same_figures() -> None:
    scores = skewed(13, 50, 3)
    assert estimates(scores) == estimates(scores.copy())
    assert pairs(scores) == pairs(scores.copy())


def test_the_method_is_named_with_its_n() -> None:
    scores = skewed(14, 50, 3)
    assert interval_method(estimates(scores)) == (
        "95% intervals: BCa bootstrap over dialogues, 9,999 resamples, n = 50."
    )
    said = pair_method(pairs(scores, np.arange(50) // 2))
    assert "randomisation" in said and "9,999 random swaps" in said and "n = 50" in said
    assert "25 different texts" in said and "Holm for 3 pairs" in said
    assert "all swaps" in pair_method(pairs(scores[:6]))


def test_many_dialogues_take_fewer_draws() -> None:
    assert draws_for(500) == DRAWS
    assert 999 <= draws_for(100_000) < DRAWS
