"""A short slice of ``python -m tests.campaign``, with seeds that are always the same."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests import warm
from tests.campaign import damage, killing, machine, racing
from tests.campaign.ground import Ground
from tests.campaign.trial import Kind, Trial, attempt, shared_out, table

KINDS = {kind.name: kind for kind in (*killing.KINDS, *damage.KINDS, *machine.KINDS, *racing.KINDS)}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One for all trials: its undisturbed run is made once."""
    starter = subprocess.Popen
    assert isinstance(starter, warm.Starter)
    with Ground(tmp_path_factory.mktemp("campaign"), starter) as ground:
        ground.methods = ("lora",)
        yield ground


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        ("kill worker", 0), ("kill worker", 1), ("kill application", 0), ("small disk", 0), ("launchers race", 0),
        ("another process's pid", 0), ("damaged, resumed", 0), ("damaged, resumed", 1),
    ],
)  # fmt: skip
def test_nothing_is_lost(ground: Ground, kind: str, seed: int) -> None:
    trial = attempt(KINDS[kind], ground, seed)
    assert not trial.broken, f"{trial.where} {trial.notes}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endswith("looked at") and not KINDS[kind].shim])
def test_damage_is_told(ground: Ground, kind: str) -> None:
    for seed in range(4):
        trial = attempt(KINDS[kind], ground, seed)
        assert not trial.broken, f"{seed} {trial.where} {trial.notes}"


def test_reading_fails_in_a_sentence(ground: Ground) -> None:
    if ground.shim is None:
        pytest.skip("there is no C compiler for the shim")
    trial = attempt(KINDS["reads fail, looked at"], ground, 0)
    assert not trial.broken and ground.tally is not None


def test_the_campaign_tells_what_did_not_hold(ground: Ground) -> None:
    def strike(_ground: Ground, _rng: object, trial: Trial) -> None:
        trial.where = "here"
        trial.that(False, "it broke")

    def raises(_ground: Ground, _rng: object, _trial: Trial) -> None:
        raise OSError("gone")

    trials = [attempt(Kind("one", 1, strike), ground, 0), attempt(Kind("two", 3, raises), ground, 0)]
    assert trials[0].broken == ["it broke"] and "OSError: gone" in trials[1].broken[0]
    assert [line.split() for line in table(trials).splitlines()][1][:5] == ["one", "here", "1", "0", "1"]
    shares = [count for _, count in shared_out([Kind("one", 1, strike), Kind("two", 3, raises)], 40)]
    assert shares == [10, 30]
