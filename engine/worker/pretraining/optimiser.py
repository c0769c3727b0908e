"""Muon for matrices inside the blocks, AdamW for embedding, head, norms and position biases.

``torch.optim.Muon`` orthogonalises in bf16, nine times slower than fp32 on CPUs without bf16
units, and one matrix at a time; this one works in fp32 on all matrices of a shape together.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

# Quintic Newton-Schulz steps of "The Polar Express" (Amsel et al., 2025); four of them suffice for momentum.
_STEPS = (
    (8.156554524902461, -22.48329292557795, 15.878769915207462),
    (4.042929935166739, -2.808917465908714, 0.5000178451051316),
    (3.8916678022926607, -2.772484153217685, 0.5060648178503393),
    (3.285753657755655, -2.3681294933425376, 0.46449024233003106),
)


def orthogonalise(stack: Tensor) -> Tensor:
    """The nearest (roughly) orthogonal matrices to a (count, rows, columns) stack with rows <= columns."""
    x = stack / (stack.norm(dim=(1, 2), keepdim=True) * 1.01 + 1e-7)
    for a, b, c in _STEPS:
        gram = x @ x.mT
        x = a * x + torch.baddbmm(b * gram, gram, gram, alpha=c) @ x
    return x


class Muon:
    """Momentum, orthogonalised; one call of :meth:`step` moves every matrix by about ``rate`` in spectral norm."""

    def __init__(self, matrices: list[nn.Parameter], momentum: float = 0.92, decay: float = 0.01) -> None:
        self.momentum = momentum
        self.decay = decay
        shapes: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
        for matrix in matrices:
            rows, columns = matrix.shape
            shapes[torch.Size((min(rows, columns), max(rows, columns)))].append(matrix)
        self.groups = list(shapes.values())
        self.moments = [torch.zeros(len(group), min(group[0].shape), max(group[0].shape)) for group in self.groups]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Update every matrix from its gradient."""
        for group, moment in zip(self.groups, self.moments, strict=True):
            flat = [p.grad if p.shape[0] <= p.shape[1] else p.grad.mT for p in group if p.grad is not None]
            gradient = torch.stack(flat)
            moment.lerp_(gradient, 1 - self.momentum)
            update = orthogonalise(gradient.lerp_(moment, self.momentum))
            for parameter, change in zip(group, update, strict=True):
                rows, columns = parameter.shape
                change = change if rows <= columns else change.mT
                parameter.mul_(1 - rate * self.decay).add_(change, alpha=-rate * max(1.0, rows / columns) ** 0.5)

    def state_dict(self) -> dict[str, list[Tensor]]:
        """Everything :meth:`load_state_dict` needs."""
        return {"moments": self.moments}

    def load_state_dict(self, state: dict[str, list[Tensor]]) -> None:
        """Continue from a saved state of the same model."""
        self.moments = state["moments"]


def split(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter], dict[str, list[nn.Parameter]]]:
    """(matrices for Muon, query matrices for a slower Muon, the rest for AdamW by what they are).

    T5 does not scale its attention scores down, so its queries are small and want small steps.
    """
    matrices: list[nn.Parameter] = []
    queries: list[nn.Parameter] = []
    rest: dict[str, list[nn.Parameter]] = {"embedding": [], "head": [], "small": []}
    for name, parameter in model.named_parameters():
        if name.startswith("shared"):
            rest["embedding"].append(parameter)
        elif name.startswith("lm_head"):
            rest["head"].append(parameter)
        elif parameter.ndim == 2 and "relative_attention_bias" not in name:
            (queries if name.endswith(".q.weight") else matrices).append(parameter)
        else:
            rest["small"].append(parameter)
    return matrices, queries, rest
