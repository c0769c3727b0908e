"""What a base is made of, counted: every weight and every linear module, without loading it.

The counts follow the modules of transformers' T5 and BART classes. They are exact for T5 (v1.0 with its tied
head, v1.1 and FLAN with their own) and BART; for the other families built like BART they are close.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.spec import ALL_LINEAR, RunSpec

BIAS_BUCKETS = 32
"""Distances that T5's position bias tells apart, unless its config says otherwise."""
BART_OFFSET = 2
"""Rows that BART's learnt positions have before the first position."""

Family = Literal["t5", "bart"]


@dataclass(frozen=True)
class Linear:
    """A linear module, as LoRA sees it; for an embedding ``inputs`` is its number of rows."""

    name: str
    """Dotted, as in the model."""
    inputs: int
    outputs: int
    bias: bool = False

    @property
    def weights(self) -> int:
        """Its parameters."""
        return self.inputs * self.outputs + (self.outputs if self.bias else 0)


@dataclass(frozen=True)
class Architecture:
    """The shape of an encoder-decoder."""

    family: Family
    width: int
    """``d_model``."""
    inner: int
    """Heads times the size of each: what queries, keys and values have."""
    heads: int
    feed_forward: int
    encoder_layers: int
    decoder_layers: int
    vocabulary: int
    gated: bool = False
    """Whether the feed-forward has two inputs (T5 v1.1): ``wi_0`` and ``wi_1``."""
    tied: bool = True
    """Whether the head is the embedding."""
    positions: int = 0
    """Learnt positions of each side (BART); 0 for T5, which has a bias instead."""
    buckets: int = BIAS_BUCKETS
    bias_in_every_layer: bool = False
    """UMT5 has a position bias in each layer, other T5s in the first."""
    final_norms: bool = False
    """Whether each side ends in a norm (mBART, Pegasus); T5 always does."""
    exact: bool = True
    """Whether the counts are exact for this model type, or close."""

    @property
    def parameters(self) -> int:
        """Every weight, shared ones once."""
        return sum(module.weights for module in self.modules()) + self._norms()

    @property
    def inner_linears(self) -> int:
        """Weights that quantising a base makes smaller: those of the linear modules but the head and T5's ``wo``."""
        return sum(
            m.weights for m in self.modules() if not _embedding(m.name) and not m.name.endswith(("lm_head", "wo"))
        )

    @property
    def in_linears(self) -> int:
        """Weights that autocast makes a second copy of: those of the linear modules, head included."""
        inside = sum(m.weights for m in self.modules() if not _embedding(m.name))
        return inside + (self.width * self.vocabulary if self.tied else 0)

    def lora(self, targets: Iterable[str], rank: int) -> int:
        """Parameters of adapters of ``rank`` on every module that ``targets`` name, as PEFT finds them.

        A linear module from n to m features gets rank * (n + m) of them (Hu et al. 2021, section 4.1).
        """
        return sum(rank * (module.inputs + module.outputs) for module in self.matching(targets))

    def added(self, spec: RunSpec) -> int:
        """Parameters that the method of ``spec`` adds to the base, as PEFT makes them; 0 where it adds none.

        DoRA (Liu et al. 2024) learns a length for each output beside LoRA's matrices; a soft prompt (Lester et al.
        2021) has tokens x d_model of them.
        """
        if spec.method == "soft-prompt":
            return spec.soft_prompt.tokens * self.width
        if spec.method != "lora":
            return 0
        lengths = sum(m.outputs for m in self.adapted(spec)) if spec.lora.dora else 0
        return sum(spec.lora.rank * (m.inputs + m.outputs) for m in self.adapted(spec)) + lengths

    def adapted(self, spec: RunSpec) -> list[Linear]:
        """The modules that get an adapter: none unless the method is lora."""
        if spec.method != "lora":
            return []
        if spec.lora.pattern is not None:
            return [m for m in self.modules(head=True) if re.fullmatch(spec.lora.pattern, m.name)]
        if spec.lora.targets == (ALL_LINEAR,):
            return [m for m in self.modules() if not _embedding(m.name) and m.name != "lm_head"]
        return self.matching(spec.lora.targets)

    def matching(self, targets: Iterable[str]) -> list[Linear]:
        """The modules whose name is a target, or ends in a dot and a target."""
        names = tuple(targets)
        return [m for m in self.modules(head=True) if any(m.name == t or m.name.endswith(f".{t}") for t in names)]

    @property
    def linear_names(self) -> tuple[str, ...]:
        """What the linear modules are called at their end, each once."""
        return tuple(sorted({m.name.rpartition(".")[2] for m in self.modules(head=True) if not _embedding(m.name)}))

    def modules(self, head: bool = False) -> Iterator[Linear]:
        """Every embedding and linear module; with ``head`` also a head that is tied to the embedding."""
        yield Linear("shared" if self.family == "t5" else "model.shared", self.vocabulary, self.width)
        yield from self._t5() if self.family == "t5" else self._bart()
        if head or not self.tied:
            yield Linear("lm_head", self.width, self.vocabulary)

    def _t5(self) -> Iterator[Linear]:
        for side, layers in (("encoder", self.encoder_layers), ("decoder", self.decoder_layers)):
            for layer in range(layers):
                at = f"{side}.block.{layer}.layer"
                yield from self._attention(f"{at}.0.SelfAttention")
                if layer == 0 or self.bias_in_every_layer:
                    yield Linear(f"{at}.0.SelfAttention.relative_attention_bias", self.buckets, self.heads)
                if side == "decoder":
                    yield from self._attention(f"{at}.1.EncDecAttention")
                last = f"{at}.{1 if side == 'encoder' else 2}.DenseReluDense"
                for name in ("wi_0", "wi_1") if self.gated else ("wi",):
                    yield Linear(f"{last}.{name}", self.width, self.feed_forward)
                yield Linear(f"{last}.wo", self.feed_forward, self.width)

    def _attention(self, at: str) -> Iterator[Linear]:
        for name in "qkv":
            yield Linear(f"{at}.{name}", self.width, self.inner)
        yield Linear(f"{at}.o", self.inner, self.width)

    def _bart(self) -> Iterator[Linear]:
        width, wide = self.width, self.feed_forward
        for side, layers in (("encoder", self.encoder_layers), ("decoder", self.decoder_layers)):
            yield Linear(f"model.{side}.embed_positions", self.positions, width)
            for layer in range(layers):
                at = f"model.{side}.layers.{layer}"
                for attention in ("self_attn", "encoder_attn")[: 1 if side == "encoder" else 2]:
                    for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
                        yield Linear(f"{at}.{attention}.{name}", width, width, bias=True)
                yield Linear(f"{at}.fc1", width, wide, bias=True)
                yield Linear(f"{at}.fc2", wide, width, bias=True)

    def _norms(self) -> int:
        """Scales of the norms (BART's have a shift too)."""
        inside = 2 * self.encoder_layers + 3 * self.decoder_layers
        if self.family == "t5":
            return self.width * (inside + 2)
        return 2 * self.width * (inside + 2 * self.final_norms + 2)  # the last two are the embeddings' norms


def _embedding(name: str) -> bool:
    return name.endswith(("shared", "embed_positions", "relative_attention_bias"))
