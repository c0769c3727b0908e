"""``python -m engine.worker.probe``: what the training stack can do on this machine, as one JSON object on stdout."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version

import torch

from engine.worker.precision import choose, cpu_bf16_speedup


def main() -> int:
    """``torch``, ``cuda``, ``devices``, ``bf16``, ``dtype``, ``dtype_reason``, ``threads``, ``versions``."""
    precision = choose("auto")
    devices = []
    for index in range(torch.cuda.device_count()):
        facts = torch.cuda.get_device_properties(index)
        devices.append({"name": facts.name, "memory": facts.total_memory, "capability": f"{facts.major}.{facts.minor}"})
    versions: dict[str, str | None] = {}
    for package in ("transformers", "peft", "datasets", "evaluate", "accelerate", "rouge_score", "sacrebleu"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    json.dump(
        {
            "torch": torch.__version__,
            "cuda": torch.cuda.is_available(),
            "cuda_build": torch.version.cuda,
            "mps": torch.backends.mps.is_available(),
            "devices": devices,
            "bf16": {
                "cuda": torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False),
                "cpu_speedup": round(cpu_bf16_speedup(), 2),
            },
            "dtype": str(precision.dtype).removeprefix("torch."),
            "dtype_reason": precision.reason,
            "threads": torch.get_num_threads(),
            "versions": versions,
        },
        sys.stdout,
    )
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
