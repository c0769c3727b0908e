"""How much of a device's peak a training reaches: model FLOPs utilisation (MFU).

Kaplan et al. 2020 ("Scaling Laws for Neural Language Models", section 2.1) count 2 floating-point operations a
parameter and token in the forward pass and 4 in the backward pass: 2 for the gradients of activations, 2 for those of
weights. Chowdhery et al. 2022 (PaLM, appendix B) divide 6·N·tokens/s by the device's peak and call it MFU; operations
that are done again (rematerialisation) do not count, and attention's own (a few percent at 512 tokens) are left out
here.

Two things differ for what dialtune trains:

- An encoder-decoder gives each token to one of its two stacks, so that a token meets about half of the parameters
  (Raffel et al. 2020, section 3.2.2: an encoder-decoder costs what a language model of half its parameters does).
- Frozen weights need no gradients of their own: their 2 operations fall away, those for the gradients of activations
  remain, for the adapters below them need those.

Together: (4·N + 2·T) / 2 operations a token, with N parameters of which T are trained; 3·N for full fine-tuning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TERA = 1e12

PEAKS: tuple[tuple[str, float, float], ...] = (
    (r"B200", 2250, 75),
    (r"H200 NVL", 835, 60),
    (r"H200", 989, 67),
    (r"H100 PCIe", 756, 51),
    (r"H100 NVL", 835, 60),
    (r"H100( 80GB HBM3)?", 989, 67),
    (r"A100[- ](SXM4|PCIE|PCIe|SXM)([- ]\d+GB)?|A100 \d+GB PCIe", 312, 19.5),
    (r"A40", 149.7, 37.4),
    (r"A30", 165, 10.3),
    (r"A10G", 70, 35),
    (r"A10", 125, 31.2),
    (r"L40S", 362, 91.6),
    (r"L40", 181, 90.5),
    (r"L4", 121, 30.3),
    (r"RTX 6000 Ada Generation", 364.2, 91.1),
    (r"RTX A6000", 154.8, 38.7),
    (r"GeForce RTX 4090", 165.2, 82.6),
    (r"GeForce RTX 3090", 71, 35.6),
    (r"Tesla T4", 0, 8.1),
    (r"Tesla V100-SXM2[- ]\d+GB", 0, 15.7),
    (r"Tesla V100-PCIE[- ]\d+GB", 0, 14),
)
"""NVML's name without "NVIDIA ", and the datasheet's dense peaks in teraFLOP/s: bfloat16 on tensor cores (0: none) and
float32 without them (torch's default). A name that is not listed (a MIG slice, a laptop's chip) is unknown."""


@dataclass(frozen=True)
class Work:
    """What turns tokens a second into a share of the peak."""

    flops_per_token: float
    peak: float
    """Floating-point operations a second."""
    source: str
    """Where the peak comes from: ``datasheet`` or ``measured``."""

    def share(self, tokens_per_second: float) -> float:
        """Model FLOPs utilisation, 0 to 1; above 1 where a measured peak was measured on a busy machine."""
        return self.flops_per_token * tokens_per_second / self.peak


def flops_per_token(total: float, trainable: float) -> float:
    """Operations a token of training an encoder-decoder of ``total`` parameters, of which ``trainable`` learn."""
    return (4 * total + 2 * trainable) / 2


def device_peak(name: str, dtype: str) -> float | None:
    """The datasheet's dense peak (operations a second) of the GPU that NVML calls ``name``; None when not known."""
    model = re.sub(r"^NVIDIA\s+", "", name.strip())
    for pattern, bfloat16, float32 in PEAKS:
        if re.fullmatch(pattern, model):
            peak = {"bfloat16": bfloat16, "float32": float32}.get(dtype, 0.0)
            return peak * TERA or None
    return None


def work(manifest: Mapping[str, Any]) -> Work | None:
    """What ``manifest.json`` says of a run's work; None where parameters or peak are not known."""
    parameters, device = manifest.get("parameters"), manifest.get("device")
    if not isinstance(parameters, Mapping) or not isinstance(device, Mapping):
        return None
    total, trainable = _figure(parameters, "total"), _figure(parameters, "trainable")
    if not total or not trainable:
        return None
    operations = flops_per_token(total, trainable)
    if device.get("kind") == "cuda":
        peak = device_peak(str(device.get("name", "")), str(device.get("dtype", "")))
        return Work(operations, peak, "datasheet") if peak else None
    measured = _figure(device, "matmul_flops")
    return Work(operations, measured, "measured") if measured else None


def _figure(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    return float(value) if good and value is not None else None
