"""What a run leaves behind: its model with a card, and the manifest of what it ran on."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from engine.runs import checksums
from engine.runs.files import read_json, sync, write_atomic, write_json
from engine.runs.folder import RunFolder
from engine.spec import RunSpec
from engine.worker.precision import Precision

_PACKAGES = ("dialtune", "torch", "transformers", "peft", "datasets", "evaluate", "rouge_score", "sacrebleu")


def save_model(model: Any, tokenizer: Any, run: RunFolder, spec: RunSpec) -> int:
    """Write the adapter or the weights to ``model/`` (safetensors) and give their size in bytes.

    The folder appears whole: it is written beside its place and renamed, with checksums. Its card is the last of
    the files that are summed up.
    """
    draft, old = run.path / ".model", run.path / ".old-model"
    shutil.rmtree(draft, ignore_errors=True)
    model.save_pretrained(draft, safe_serialization=True)
    if spec.method == "full":
        tokenizer.save_pretrained(draft)
    write_atomic(draft / "README.md", _card(run, spec))
    checksums.write(draft)
    shutil.rmtree(old, ignore_errors=True)
    if run.model_path.exists():
        run.model_path.rename(old)
    draft.rename(run.model_path)
    sync(run.path)
    shutil.rmtree(old, ignore_errors=True)
    return sum(file.stat().st_size for file in run.model_path.rglob("*") if file.is_file())


def update_manifest(run: RunFolder, **facts: Any) -> None:
    """Lay ``facts`` over the manifest."""
    write_json(run.path / "manifest.json", {**read_json(run.path / "manifest.json"), **facts})


def environment(spec: RunSpec, precision: Precision) -> dict[str, Any]:
    """What a run ran on: ``versions``, ``device``, ``seed``, ``git`` and ``base``."""
    cuda = precision.device.type == "cuda"
    return {
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}},
        "device": {
            "kind": precision.device.type,
            "name": torch.cuda.get_device_name() if cuda else platform.processor() or platform.machine(),
            "count": torch.cuda.device_count() if cuda else 1,
            "threads": torch.get_num_threads(),
            "dtype": str(precision.dtype).removeprefix("torch."),
            "dtype_reason": precision.reason,
            "matmul_flops": precision.matmul_flops,
        },
        "seed": spec.train.seed,
        "git": _revision(),
        "base": {"name": spec.base.name, "revision": spec.base.revision},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _revision() -> str | None:
    """Commit of the checkout this code runs from, if it is one."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _card(run: RunFolder, spec: RunSpec) -> str:
    """A model card in the hub's form."""
    front = {"library_name": "peft" if spec.method == "lora" else "transformers", "tags": ["summarization", "dialtune"]}
    if "/" in spec.base.name and not Path(spec.base.name).exists():
        front["base_model"] = spec.base.name
    lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in front.items())
    best = run.status().best
    figures = "".join(f"- {name}: {value:.4g}\n" for name, value in best.items())
    return (
        f"---\n{lines}\n---\n# {run.name}\n\n"
        f"Dialogue summariser made by dialtune: method {spec.method} on the base `{spec.base.name}`, "
        f"trained on `{spec.data.source}`.\n\n"
        f"Prompt:\n\n```\n{spec.prompt.template}\n```\n\n"
        + (f"Best validation figures:\n\n{figures}\n" if figures else "")
        + "The run's `spec.toml`, `manifest.json` and `scores.json` say how it was made and how it scores.\n"
    )
