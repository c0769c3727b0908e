"""What only a GPU shows. Skipped without one; run it where there is one: ``pytest tests/gpu``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_run_on_a_gpu_reports_its_memory_and_never_computes_in_float16(tmp_path: Path, method: str) -> None:
    from engine import spec
    from engine.runs.events import Resources
    from engine.runs.workspace import Workspace
    from tests.worker.conftest import work

    values: dict[str, Any] = {"method": method, "data.train": 256, "data.validation": 32, "train.batch_size": 16}
    run = Workspace(tmp_path / "runs").create(spec.from_dict(spec.nested(values)))
    work(run)
    manifest = run.manifest()
    assert manifest["device"]["kind"] == "cuda" and manifest["device"]["dtype"] in ("bfloat16", "float32")
    assert manifest["peak_memory"]["device"] > 10e6
    readings = [e for e in run.events() if isinstance(e, Resources) and e.devices]
    assert readings and all(d.memory_total >= d.memory_used > 0 for e in readings for d in e.devices)
    assert any(d.allocated for e in readings for d in e.devices)
    assert len(run.predictions()) == 150


def test_a_batch_too_large_for_the_gpu_is_halved_while_decoding(tmp_path: Path) -> None:
    from engine.data.sources import load
    from engine.spec import PROMPT, BaseSpec, DataSpec, DecodeSpec
    from engine.worker.bases import load_base, load_tokenizer
    from engine.worker.batches import tokenise
    from engine.worker.decoding import decode
    from engine.worker.precision import choose

    precision = choose("auto")
    tokenizer = load_tokenizer(BaseSpec())
    model = load_base(BaseSpec()).to(precision.device)
    examples = load(DataSpec(train=0, validation=0, test=100)).splits.test
    rows, _ = tokenise(tokenizer, examples, PROMPT, 512, 128, targets=False)
    free, total = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction(min(1.0, (total - free + 400 * 2**20) / total))
    told: list[int] = []
    try:
        settings = DecodeSpec(max_new_tokens=32, batch_tokens=10**6)
        parts = list(decode(model, tokenizer, rows.rows, settings, precision, told.append))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert sorted(item.index for part in parts for item in part) == list(range(100))
