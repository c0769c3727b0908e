"""The same functions, computed faster: what a model's modules are swapped for before training.

Measured on two CPU cores with FLAN-T5-small's shape; ``tests/benchmarks`` repeats the measurement.
- ``gelu_new`` as one fused kernel instead of seven passes over memory: the identical formula.
- Dropout on a CPU draws its mask from one thread of Mersenne twister and costs a fifth of a step. Ours
  draws bytes from SFC64, so that the probability is rounded to a 256th (0.1 becomes 0.1016).
- A product of a few rows with a large matrix, which is what decoding does at every token: MKL copies the
  operand it takes for the second one before it multiplies, so the matrix goes first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.activations import NewGELUActivation
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

CPU_ATTENTION = "dialtune_cpu"
"""Name under which :func:`_attention` is registered with transformers."""
FEW_ROWS = 128
"""Up to this many rows :class:`FewRowsLinear` multiplies its own way."""


def byte_mask(shape: torch.Size, probability: float, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """A CPU tensor of ``shape``: 0 with ``probability`` (to the nearest 256th), else 1 / (1 - that).

    Seeded from torch's generator, so that a run's seed and a resumed run's state decide it.
    """
    threshold = min(255, round(probability * 256))
    seed = int(torch.randint(0, 2**62, (1,)).item())
    count = shape.numel()
    drawn = np.frombuffer(np.random.Generator(np.random.SFC64(seed)).bytes(count), dtype=np.uint8)
    keep = torch.from_numpy(drawn >= threshold)
    return keep.view(shape).to(dtype).mul_(256 / (256 - threshold))


class ByteDropout(nn.Dropout):
    """``nn.Dropout`` that draws a byte per element on a CPU. Values elsewhere: torch's own."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(any shape) -> the same shape."""
        if not self.training or self.p == 0 or input.device.type != "cpu":
            return super().forward(input)
        return input * byte_mask(input.shape, self.p, input.dtype)


class FewRowsLinear(nn.Linear):
    """``nn.Linear`` without a bias that multiplies the other way round where a few rows are decoded."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(..., in) -> (..., out)."""
        rows = input.numel() // self.in_features
        if torch.is_grad_enabled() or not 1 < rows <= FEW_ROWS:
            return super().forward(input)
        output = torch.matmul(self.weight, input.reshape(rows, self.in_features).t())
        return output.t().contiguous().view(*input.shape[:-1], self.out_features)


def quicken(model: nn.Module, device: torch.device) -> None:
    """Swap ``model``'s modules in place for faster ones of the same function."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, NewGELUActivation):
                setattr(parent, name, nn.GELU(approximate="tanh").train(child.training))
            elif device.type == "cpu" and type(child) is nn.Dropout:
                setattr(parent, name, ByteDropout(child.p).train(child.training))  # a new module is in training
            elif device.type == "cpu" and type(child) is nn.Linear and child.bias is None:
                few = FewRowsLinear(child.in_features, child.out_features, bias=False, device="meta")
                few.weight = child.weight
                setattr(parent, name, few.train(child.training))
    config: Any = getattr(model, "config", None)
    if device.type == "cpu" and getattr(config, "model_type", "") in ("t5", "mt5", "umt5", "longt5"):
        model.set_attn_implementation(CPU_ATTENTION)  # type: ignore[operator]


def _attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    position_bias: torch.Tensor | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """T5's attention on a CPU: (batch, heads, queries, d), (batch, heads, keys, d) x 2 -> (batch, queries, heads, d).

    Scaled-dot-product attention where nothing is dropped; written out where something is, because torch's
    kernel then falls back to the same steps with its slow dropout.
    """
    scaling = query.size(-1) ** -0.5 if scaling is None else scaling
    bias = position_bias
    if attention_mask is not None:
        bias = attention_mask if bias is None else bias + attention_mask
    if dropout == 0.0:
        if bias is not None:
            bias = bias.to(query.dtype)
        output = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=scaling)
        return output.transpose(1, 2).contiguous(), None
    scores = torch.matmul(query, key.transpose(2, 3))
    if scaling != 1.0:
        scores = scores * scaling
    if bias is not None:
        scores = scores + bias
    weights = nn.functional.softmax(scores, dim=-1)
    weights = weights * byte_mask(weights.shape, dropout, weights.dtype)
    return torch.matmul(weights.to(value.dtype), value).transpose(1, 2).contiguous(), None


AttentionInterface.register(CPU_ATTENTION, _attention)
AttentionMaskInterface.register(CPU_ATTENTION, ALL_MASK_ATTENTION_FUNCTIONS["eager"])  # additive float masks
