"""A glimpse of the loss: the curve's shape at a cost that does not grow with the run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.runs.events import Event, Resources, TrainStep, encode
from engine.runs.files import append_lines
from engine.runs.glimpse import POINTS, WINDOW, losses


def write(path: Path, *events: Event) -> Path:
    append_lines(path, map(encode, events))
    return path


def step(number: int, loss: float) -> TrainStep:
    return TrainStep(number, number / 100, loss, 1e-3, 0.5, 10.0, 1000.0, time=1.0)


def test_no_file_and_no_steps_give_nothing(tmp_path: Path) -> None:
    assert losses(tmp_path / "none") == ()
    assert losses(tmp_path) == (), "a folder in its place"
    assert losses(write(tmp_path / "idle", Resources(1, 2, 3, 4, 5, time=1.0))) == ()


def test_a_short_run_shows_every_step(tmp_path: Path) -> None:
    path = write(tmp_path / "events.jsonl", *(step(n, 5.0 - n) for n in range(4)))
    assert losses(path) == (5.0, 4.0, 3.0, 2.0)


def test_more_steps_than_points_are_averaged_in_order(tmp_path: Path) -> None:
    path = write(tmp_path / "events.jsonl", *(step(n, float(n)) for n in range(24)))
    assert losses(path, 12) == tuple(2 * n + 0.5 for n in range(12))


def test_a_long_run_costs_a_few_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    append_lines(path, (encode(step(n, 1000.0 - n / 100)) for n in range(40_000)))
    assert path.stat().st_size > 20 * POINTS * WINDOW
    read = []
    plain = Path.open

    class Counting:
        def __init__(self, *args: object, **extra: object) -> None:
            self.file = plain(path, "rb")

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def seek(self, *args: int) -> int:
            return self.file.seek(*args)

        def read(self, count: int) -> bytes:
            read.append(count)
            return self.file.read(count)

    monkeypatch.setattr(Path, "open", Counting)
    found = losses(path)
    assert sum(read) <= POINTS * WINDOW
    assert len(found) == POINTS
    assert list(found) == sorted(found, reverse=True)
    assert found[0] == pytest.approx(1000, abs=1) and found[-1] == pytest.approx(600, abs=1)


@given(data=st.binary(max_size=400), steps=st.integers(0, 30), seed=st.integers(0, 99))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
def test_damage_anywhere_never_raises(tmp_path: Path, data: bytes, steps: int, seed: int) -> None:
    path = tmp_path / "events.jsonl"
    whole = "".join(encode(step(n, n + 1.0)) for n in range(steps)).encode()
    place = random.Random(seed).randint(0, len(whole))
    path.write_bytes(whole[:place] + data + whole[place:])
    for points in (1, 3, POINTS):
        assert len(losses(path, points)) <= points
