"""What others wrote, damaged in any way, ends in nothing but a sentence: the fuzzer's targets, briefly."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.campaign import fuzz, targets

with tempfile.TemporaryDirectory() as folder:
    NAMES = list(targets.all_of(targets.Scratch(Path(folder))))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, targets.Target]]:
    yield targets.all_of(targets.Scratch(tmp_path_factory.mktemp("parsers")))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.integers(0, 2**32)))
def test_damaged_input_ends_in_a_sentence(found: dict[str, targets.Target], name: str, what: bytes | int) -> None:
    target = found[name]
    targets.survives(target, what if isinstance(what, bytes) else next(fuzz.mutated(target, Random(what))))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_rightly_written_is_read(found: dict[str, targets.Target], name: str) -> None:
    found[name].run(found[name].seeds[0])


@pytest.mark.parametrize("nested", [b"a=" + b"[" * 5000, b"a=" + b"{a=" * 3000, b"a=" + b"9" * 5000])
@pytest.mark.parametrize("name", ["spec", "setting", "theme", "keys", "config"])
def test_toml_without_end(found: dict[str, targets.Target], name: str, nested: bytes) -> None:
    targets.survives(found[name], nested)


def test_a_verdict_without_a_winner_is_skipped(found: dict[str, targets.Target]) -> None:
    (seed,) = found["verdicts"].seeds
    without = seed.replace(b'"winner"', b'"winter"')
    assert without != seed
    found["verdicts"].run(without)


def test_a_backslash_in_an_open_phrase_is_completed(found: dict[str, targets.Target]) -> None:
    found["query"].run(b'"my\\' + b"x" * 4)
