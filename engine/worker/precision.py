"""One device and one compute dtype, chosen once, with the reason in words.

T5 overflows in float16 (its activations were trained in bfloat16), so float16 is never chosen.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import torch

PROBE_SIZE = 512
"""Rows and columns of the matrices that time a CPU's arithmetic."""
WORTHWHILE = 1.2
"""bfloat16 must be this much faster than float32 on a CPU: casts cost time too."""


@dataclass(frozen=True)
class Precision:
    """Where and in what numbers a run computes. Weights stay float32; ``dtype`` is autocast's."""

    device: torch.device
    dtype: torch.dtype
    reason: str
    matmul_flops: float | None = None
    """Operations a second that the CPU reached in ``dtype`` on square matrices; None where it was not timed."""

    @property
    def bf16(self) -> bool:
        """Whether autocast to bfloat16 is on."""
        return self.dtype == torch.bfloat16

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """The context forward passes run in."""
        if not self.bf16:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def choose(asked: str) -> Precision:
    """The best device there is, and ``asked`` (auto, float32, bfloat16) resolved for it."""
    device = torch.device(
        "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    )
    if asked != "auto":
        return Precision(device, getattr(torch, asked), "the spec asks for it")
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Precision(device, torch.bfloat16, "the GPU computes bfloat16 natively")
        return Precision(device, torch.float32, "the GPU has no native bfloat16, and T5 overflows in float16")
    if device.type == "mps":
        return Precision(device, torch.float32, "float32 is the safe choice on Apple GPUs")
    speed = cpu_matmul_flops()
    gain = speed[torch.bfloat16] / speed[torch.float32]
    if gain >= WORTHWHILE:
        reason = f"bfloat16 multiplies {gain:.1f} times as fast as float32 on this CPU"
        return Precision(device, torch.bfloat16, reason, speed[torch.bfloat16])
    reason = f"bfloat16 runs at {gain:.2f} times float32's speed on this CPU"
    return Precision(device, torch.float32, reason, speed[torch.float32])


def cpu_matmul_flops() -> dict[torch.dtype, float]:
    """Operations a second (2·n³ a product) at which this CPU multiplies matrices, by dtype (a few milliseconds)."""
    times = {}
    for dtype in (torch.float32, torch.bfloat16):
        left, right = (torch.ones(PROBE_SIZE, PROBE_SIZE, dtype=dtype) for _ in range(2))
        best = float("inf")
        for _ in range(4):  # the first call compiles a kernel
            began = time.perf_counter()
            torch.nn.functional.linear(left, right)
            best = min(best, time.perf_counter() - began)
        times[dtype] = best
    return {dtype: 2 * PROBE_SIZE**3 / seconds for dtype, seconds in times.items()}


def cpu_bf16_speedup() -> float:
    """How many times as fast this CPU multiplies bfloat16 matrices as float32 ones."""
    speed = cpu_matmul_flops()
    return speed[torch.bfloat16] / speed[torch.float32]
