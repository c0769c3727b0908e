"""DialogSum itself, with a small T5 from a config; skipped where ../shared/data is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.worker.conftest import SHARED, TINY, Make, save_base, untied_t5, work

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="DialogSum and T5's tokenizer are in ../shared/data, which is not here"
)


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights under T5's own tokenizer."""
    return save_base(untied_t5(32128, **TINY), tmp_path_factory.mktemp("t5"), SHARED / "t5-tokenizer")


@pytest.mark.parametrize("method", ["full", "lora"])
def test_dialogsum_trains_decodes_every_dialogue_once_and_scores_every_reference(
    make: Make, t5: Any, method: str
) -> None:
    run = make(
        method,
        **{
            "base.name": str(t5), "data.source": str(SHARED / "dialogsum"), "data.train": 64, "data.validation": 16,
            "data.test": "all", "decode.max_new_tokens": 4,
        },
    )  # fmt: skip
    work(run)
    predictions = run.predictions()
    assert len(predictions) == 500
    assert sum(len(p.references) for p in predictions.values()) == 1500
    assert (run.scores()["examples"], run.scores()["references"]) == (500, 1500)
    assert run.manifest()["data"]["splits"]["test"]["longest_source"] > 512
    assert run.manifest()["data"]["splits"]["test"]["truncated_sources"] > 0
