"""The base's architecture, its training forward pass, and how it is saved.

A T5 v1.1 (gated GELU) with a head of its own. transformers 5 ties every T5 built from a config;
:func:`build` undoes that and :func:`save` proves that it stays undone on disk.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    AutoModelForSeq2SeqLM,
    GenerationConfig,
    PreTrainedTokenizerBase,
    T5Config,
    T5ForConditionalGeneration,
)

from engine.worker.bases import untie

SHAPE = {"d_model": 256, "d_kv": 48, "num_heads": 4, "d_ff": 512, "num_layers": 3, "num_decoder_layers": 2}
SHIPPED_DROPOUT = 0.05


def build(vocabulary: int, shape: dict[str, int] | None = None) -> T5ForConditionalGeneration:
    """A fresh model with embedding and head apart, in fp32, without dropout."""
    config = T5Config(
        vocab_size=vocabulary,
        **(shape or SHAPE),
        feed_forward_proj="gated-gelu",
        dropout_rate=0.0,
        tie_word_embeddings=False,  # also what switches off the scaling of decoder outputs
        decoder_start_token_id=0,
        relative_attention_max_distance=256,
    )
    model = T5ForConditionalGeneration(config)
    untie(model)
    with torch.no_grad():
        # What the head reads starts out where the embedding writes it, and cross-attention hands on what it
        # sees: copying, the first thing a summariser needs, is then nearly there before training starts.
        model.lm_head.weight.copy_(model.shared.weight * config.d_model**-0.5)
        for block in model.decoder.block:
            cross = block.layer[1].EncDecAttention
            nn.init.orthogonal_(cross.v.weight)
            cross.o.weight.copy_(cross.v.weight.T)
    return model


class _FusedNorm(nn.Module):
    """T5's norm as one kernel; shares the weight of the module it stands in for."""

    def __init__(self, weight: nn.Parameter, epsilon: float) -> None:
        super().__init__()
        self.weight = weight
        self.epsilon = epsilon

    def forward(self, hidden: Tensor) -> Tensor:
        return functional.rms_norm(hidden, self.weight.shape, self.weight, self.epsilon)


def quicken(model: T5ForConditionalGeneration, norms: bool = False) -> None:
    """Swap slow elementwise modules for fused ones; parameters and their names stay the same."""
    for module in model.modules():
        if hasattr(module, "wi_0"):
            module.act = nn.GELU(approximate="tanh")
        if norms:
            for name, child in list(module.named_children()):
                if type(child).__name__ == "T5LayerNorm":
                    setattr(module, name, _FusedNorm(child.weight, child.variance_epsilon))


def loss_of(model: T5ForConditionalGeneration, source: Tensor, target: Tensor) -> tuple[Tensor, int]:
    """(summed cross-entropy, how many labels) over real label positions only; padding is id 0.

    ``source`` is (batch, source_length), ``target`` (batch, target_length).
    """
    mask = source.ne(0)
    encoded = model.encoder(input_ids=source, attention_mask=mask).last_hidden_state
    shifted = torch.cat([target.new_zeros(target.shape[0], 1), target[:, :-1]], dim=1)
    decoded = model.decoder(
        input_ids=shifted, encoder_hidden_states=encoded, encoder_attention_mask=mask, use_cache=False
    ).last_hidden_state
    real = target.ne(0)
    logits = model.lm_head(decoded[real])  # (labels, vocabulary): no logits are made for padding
    return functional.cross_entropy(logits, target[real], reduction="sum"), int(real.sum())


def save(weights: dict[str, Tensor], vocabulary: int, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write model and tokenizer to ``folder`` in bf16, with settings that fine-tuning and decoding start from.

    Raises ``RuntimeError`` when the folder, read back the plain way, ties head and embedding.
    """
    model = build(vocabulary)
    model.load_state_dict(weights)
    model.config.dropout_rate = SHIPPED_DROPOUT
    model.to(torch.bfloat16)
    model.config.dtype = torch.bfloat16
    model.generation_config = GenerationConfig(
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, max_new_tokens=64
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    again = AutoModelForSeq2SeqLM.from_pretrained(folder)
    if again.lm_head.weight is again.shared.weight or not torch.equal(again.lm_head.weight, model.lm_head.weight):
        raise RuntimeError(f"{folder} loads with its head tied to its embedding")
    if again.config.scale_decoder_outputs:
        raise RuntimeError(f"{folder} would scale decoder outputs, which it was not trained with")
