"""The loss over real label positions: what cross-entropy would skip is never given to the head."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from engine.worker.batches import IGNORED

SELECTS_POSITIONS = frozenset(
    {"t5", "mt5", "umt5", "longt5", "bart", "mbart", "pegasus", "marian", "blenderbot", "blenderbot-small", "led"}
)
"""Architectures whose head maps each position by itself, so that it may be given only those with a label."""


class LabelLoss:
    """Summed cross-entropy of ``model`` (PEFT or plain) over the labels of a batch.

    For the architectures above a hook hands the head only the labelled positions; for a vocabulary of 32,128
    the head is a large part of a small model's work, and padding half of the positions. Others compute all.
    """

    def __init__(self, model: Any) -> None:
        self._plain = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._positions: torch.Tensor | None = None
        self._selects = self._plain.config.model_type in SELECTS_POSITIONS
        if self._selects:
            self._plain.get_output_embeddings().register_forward_pre_hook(self._select)

    def __call__(
        self, model: Any, inputs: dict[str, torch.Tensor], smoothing: float = 0.0
    ) -> tuple[torch.Tensor, torch.Tensor, Any]:
        """Sum over labels, number of labels, and the model's output, for ``inputs`` as the collator makes them.

        ``smoothing`` (Szegedy et al. 2016, section 7) gives each label 1 - smoothing of its probability and spreads
        the rest evenly over the vocabulary: what transformers' ``label_smoothing_factor`` computes.

        ``model`` is the one to call: the one given to the constructor, or a wrapper of it.
        """
        labels = inputs["labels"]
        kept = labels != IGNORED
        if self._selects:
            rest = {key: value for key, value in inputs.items() if key != "labels"}
            shifted = self._plain.prepare_decoder_input_ids_from_labels(labels)
            self._positions = kept
            try:
                output = model(**rest, decoder_input_ids=shifted, use_cache=False)
            finally:
                self._positions = None
            logits = output.logits  # (labelled positions, vocabulary)
        else:
            output = model(**inputs, use_cache=False)
            logits = output.logits[kept]
        total = nn.functional.cross_entropy(logits.float(), labels[kept], reduction="sum", label_smoothing=smoothing)
        return total, kept.sum(), output

    def _select(self, _module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
        """(batch, target_length, d_model) -> (labelled positions, d_model), while a loss is computed."""
        return None if self._positions is None else (inputs[0][self._positions], *inputs[1:])
