"""Small bases and real worker processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import builtin, launch, spec
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing here may wait for a network

TINY = {"d_model": 32, "d_kv": 8, "num_heads": 4, "d_ff": 64, "num_layers": 2, "num_decoder_layers": 2}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def untied_t5(vocab_size: int, seed: int = 0, **shape: int) -> Any:
    """A T5 of the FLAN family's form with random weights."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    from engine.worker.bases import untie

    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=vocab_size,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=0,
        tie_word_embeddings=False,
        **shape,
    )
    model = untie(T5ForConditionalGeneration(config))
    torch.nn.init.normal_(model.lm_head.weight, std=0.1)  # random logits of size 1, not 30
    return model


def save_base(model: Any, folder: Path, tokenizer_from: Path = builtin.BASE) -> Path:
    """A base folder as a user would have it."""
    from transformers import AutoTokenizer

    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(tokenizer_from)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """The built-in base's tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(builtin.BASE))


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    """A folder with a T5 of 0.6 M parameters: real training in seconds."""
    return save_base(untied_t5(len(tokenizer), **TINY), tmp_path_factory.mktemp("tiny-t5"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace(tmp_path / "runs")


Make = Callable[..., RunFolder]


@pytest.fixture
def make(workspace: Workspace, tiny_base: Path) -> Iterator[Make]:
    """``make(method, **{"train.max_steps": 3})``: a queued run of a few steps on a few built-in dialogues.

    Workers outlive whoever started them, so what a failed test leaves running is ended here.
    """

    def made(method: str, /, **overrides: Any) -> RunFolder:
        values = {
            "method": method, "base.name": str(tiny_base), "data.train": 32, "data.validation": 8, "data.test": 6,
            "train.max_steps": 4, "train.batch_size": 8, "train.learning_rate": 1e-3, "train.samples": 2,
            "decode.max_new_tokens": 8,
            "forgetting.check": False, **overrides,
        }  # fmt: skip
        return workspace.create(spec.from_dict(spec.nested(values)))

    yield made
    for run in workspace.runs():
        launch.kill(run)


def wait(run: RunFolder, until: Callable[[Status], bool] = lambda status: status.over, seconds: float = 120) -> Status:
    """The status once ``until`` holds. Fails with the log when it never does."""
    deadline = time.monotonic() + seconds
    while not until(status := run.status()):
        if time.monotonic() > deadline:
            pytest.fail(f"still {status}\n{run.log_path.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)
    return status


def work(run: RunFolder, resume: bool = False, expect: str | None = "finished") -> Status:
    """Run a worker process to its end; its exit code is the status's."""
    process = launch.start(run, resume)
    code = process.wait(timeout=180)
    status = wait(run)
    log = run.log_path.read_text(errors="replace")[-3000:]
    assert code == status.exit_code, log
    if expect is not None:
        assert status.state == expect, f"{status}\n{log}"
    return status
