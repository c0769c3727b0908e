"""The memory a run needs, part by part, from the shapes of what it keeps.

Weights, gradients and AdamW's two moments are float32: 4 + 4 + 8 bytes for each weight that is trained, 4 for each
that is not. Activations are counted tensor by tensor as :mod:`engine.worker` lets autograd keep them: a float32
residual and, where its weights are trained, each product's input. On a CPU attention is written out (three
matrices of queries x keys for each head), because its dropout is our own; a GPU's fused attention keeps none.

Compared with peaks that ``python -m engine.worker.measure`` found on two CPU cores in float32, forecast / measured:
the built-in base, full, batch 8: 0.85 / 0.83 GiB, batch 16: 1.08 / 1.03, LoRA, batch 8: 0.79 / 0.76; FLAN-T5-small's
shape on DialogSum, full, batch 8: 5.2 / 5.5. What is said of GPUs and bfloat16 is counted the same way, not compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.forecast.architecture import Architecture
from engine.forecast.lengths import Batch
from engine.spec import RunSpec

# As in engine.worker.decoding and engine.worker.evaluation, which cannot be imported here; a test compares them.
CPU_DECODED = (16_384, 64)
CPU_EVALUATED = (16_384, 32)
GPU_BATCH = (65_536, 256)
"""Padded source tokens and rows a batch has at most without gradients."""
CPU_CACHE = 2 << 30
"""Bytes that keys and values of a batch's sources may fill on a CPU."""
CPU_ENCODED = 1024
"""Padded tokens encoded at once on a CPU."""

PROCESS = 560 << 20
"""Bytes of a worker on a CPU that has imported everything and loaded nothing."""
CUDA_CONTEXT = 600 << 20
"""Bytes of a CUDA context with its kernels and workspaces."""
RULE_OF_THUMB = 4 * 4
"""Bytes a parameter in the tutorials' rule: weight, gradient and two moments, four bytes each."""
FLOAT32 = 4
QUANTISED = {"none": FLOAT32, "8bit": 1.0, "4bit": 0.516}
"""Bytes of a quantised weight: NF4's half, and the scales of blocks of 64, themselves in 8 bits."""


@dataclass(frozen=True)
class Memory:
    """Bytes, by part and by phase."""

    parts: Mapping[str, int]
    """``weights``, ``gradients``, ``optimizer``, ... : not all are there at once."""
    phases: Mapping[str, int]
    """What ``training``, ``update``, ``evaluating`` and ``decoding`` need, all their parts together."""
    rule_of_thumb: int
    """4 x parameters x 4 bytes."""
    batch: Batch | None
    """The heaviest training batch."""

    @property
    def peak(self) -> int:
        """The most at any time."""
        return max(self.phases.values())

    @property
    def peak_phase(self) -> str:
        """When that is."""
        return max(self.phases, key=lambda name: self.phases[name])


@dataclass(frozen=True)
class Load:
    """What meets the model: the heaviest batches of each phase; None where a phase does not happen."""

    training: Batch | None
    evaluating: Batch | None
    decoding: Batch | None


def weigh(spec: RunSpec, base: Architecture, load: Load, kind: str, dtype: str, trainable: int) -> Memory:
    """Memory of a run of ``spec`` on a device of ``kind`` (cuda, mps, cpu) computing in ``dtype``.

    ``trainable``: parameters that are trained, adapters included.
    """
    on_cpu, half = kind == "cpu", dtype == "bfloat16"
    adapters = trainable if spec.adds_adapter else 0
    size = _Size(2 if half else FLOAT32, on_cpu)
    few = base.inner_linears if spec.base.quantise != "none" else 0
    parts = {"weights": FLOAT32 * (base.parameters - few) + round(QUANTISED[spec.base.quantise] * few)}
    if adapters:
        parts["soft prompt" if spec.method == "soft-prompt" else "LoRA weights"] = FLOAT32 * adapters
    if half:
        parts["bfloat16 copies"] = 2 * (base.in_linears - few)
    if load.training is not None:
        parts["gradients"], parts["optimizer"] = FLOAT32 * trainable, _optimizer(spec, base, trainable)
        parts["activations"] = activations(spec, base, load.training, size)
        parts["logits"] = _logits(base, load.training.labels, size)
    if load.evaluating is not None:
        parts["evaluation"] = _without_gradients(base, load.evaluating, size) + _logits(
            base, load.evaluating.labels, size
        )
    if load.decoding is not None:
        parts["decoding"] = _decoding(spec, base, load.decoding, size)
    parts["process"] = PROCESS if on_cpu else CUDA_CONTEXT

    held = sum(parts.get(name, 0) for name in ("weights", "LoRA weights", "soft prompt", "process"))
    copies, moments, gradients = (parts.get(name, 0) for name in ("bfloat16 copies", "optimizer", "gradients"))
    phases = {"loading": held}
    if load.training is not None:
        waiting = gradients if spec.train.accumulation > 1 else 0  # of the batches before
        phases["training"] = held + copies + moments + waiting + parts["activations"] + parts["logits"]
        phases["update"] = held + moments + gradients
    if load.evaluating is not None:
        phases["evaluating"] = held + copies + moments + parts["evaluation"]
    if load.decoding is not None:
        phases["decoding"] = held + copies + parts["decoding"]
    return Memory(parts, phases, RULE_OF_THUMB * base.parameters, load.training)


def _optimizer(spec: RunSpec, base: Architecture, trainable: int) -> int:
    """AdamW's two moments of each weight, or Adafactor's means of the rows and columns of each matrix."""
    if spec.train.optimizer == "adamw":
        return 2 * FLOAT32 * trainable
    if spec.method == "soft-prompt":
        return FLOAT32 * (spec.soft_prompt.tokens + base.width)
    if spec.method == "lora":
        return FLOAT32 * sum(m.inputs + m.outputs + 2 * spec.lora.rank for m in base.adapted(spec))
    return FLOAT32 * sum(m.inputs + m.outputs for m in base.modules())


def decoding_limits(spec: RunSpec, base: Architecture, on_cpu: bool) -> tuple[int, int]:
    """Padded source tokens and rows that are decoded at once."""
    tokens, rows = CPU_DECODED if on_cpu else GPU_BATCH
    if on_cpu:
        tokens = min(tokens, CPU_CACHE // max(1, 2 * FLOAT32 * base.decoder_layers * base.inner))
    beams = spec.decode.beams
    return spec.decode.batch_tokens or max(1, tokens // beams), max(1, rows // beams)


# -- activations ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Size:
    """Bytes of the elements that are kept."""

    product: int
    """Of what a product takes and gives: 4, or 2 under autocast to bfloat16. Norms and residuals have 4."""
    on_cpu: bool

    @property
    def mask(self) -> int:
        """Of dropout's mask: as large as what it is multiplied with on a CPU, a byte elsewhere."""
        return self.product if self.on_cpu else 1

    @property
    def inputs(self) -> int:
        """Copies of an input that several products share: one, or one each where autocast makes them."""
        return 1 if self.product == FLOAT32 else 3


def activations(spec: RunSpec, base: Architecture, batch: Batch, size: _Size) -> int:
    """Bytes that the forward pass of ``batch`` leaves for the backward pass, logits aside."""
    adapted = base.adapted(spec)
    layer = _Layer(
        base, size, not spec.adds_adapter, spec.lora.rank, frozenset(m.name.rpartition(".")[2] for m in adapted)
    )
    if spec.method == "soft-prompt":
        batch = replace(batch, source=batch.source + spec.soft_prompt.tokens)
    sources, targets = batch.rows * batch.source, batch.rows * batch.target
    encoder = layer.attention(sources, sources, batch.rows, batch.source, batch.source) + layer.feed_forward(sources)
    decoder = (
        layer.attention(targets, targets, batch.rows, batch.target, batch.target)
        + layer.attention(targets, sources, batch.rows, batch.target, batch.source)
        + layer.feed_forward(targets)
    )
    inputs = FLOAT32 * base.width * (base.encoder_layers * sources + base.decoder_layers * targets)
    before = base.encoder_layers
    if adapted and not any("encoder." in m.name for m in adapted):  # nothing flows back into it
        before, inputs = 0, FLOAT32 * base.width * base.decoder_layers * targets
    ends = 4 * (FLOAT32 + size.mask) * base.width * (sources + targets)  # embeddings, last norms and their dropouts
    bias = FLOAT32 * batch.rows * base.heads * (batch.source**2 + batch.target**2 + batch.source * batch.target)
    if spec.train.gradient_checkpointing:  # every layer's input, and one layer at a time computed again
        return inputs + max(encoder * bool(before), decoder) + ends + bias
    return before * encoder + base.decoder_layers * decoder + ends + bias


@dataclass(frozen=True)
class _Layer:
    """What one block keeps. Arguments are token counts of the whole batch."""

    base: Architecture
    size: _Size
    trained: bool
    rank: int
    targets: frozenset[str]

    def attention(self, queries: int, keys: int, rows: int, each_query: int, each_key: int) -> int:
        """Norm, queries, keys, values, scores, output, dropout, residual."""
        d, inner, c, m = self.base.width, self.base.inner, self.size.product, self.size.mask
        kept = queries * d * (FLOAT32 + m) + c * inner * (queries + 2 * keys)  # residual, mask; q, k, v
        if self.trained:
            kept += queries * d * (FLOAT32 + c * self.size.inputs) + queries * c * inner  # norm, its output; o's input
            if keys != queries and self.size.inputs > 1:
                kept += 2 * c * keys * d
        kept += self._adapters("q", queries, d) + self._adapters("o", queries, inner)
        kept += self._adapters("k", keys, d) + self._adapters("v", keys, d)
        scores = rows * self.base.heads * each_query * each_key
        if self.size.on_cpu and self.base.family == "t5":
            kept += scores * (2 * FLOAT32 + c)  # softmax, mask, what is multiplied with the values
        return kept

    def feed_forward(self, tokens: int) -> int:
        """Norm, one or two inputs, activation, dropout, output, dropout, residual."""
        d, wide, c, m = self.base.width, self.base.feed_forward, self.size.product, self.size.mask
        kept = tokens * d * (FLOAT32 + m) + tokens * wide * ((3 if self.base.gated else 1) * c + m)
        if self.trained:
            inputs = self.size.inputs if self.base.gated else 1
            kept += tokens * d * (FLOAT32 + c * min(inputs, 2)) + tokens * wide * c
        for name in ("wi_0", "wi_1", "wi", "fc1"):
            kept += self._adapters(name, tokens, d)
        return kept + self._adapters("wo", tokens, wide) + self._adapters("fc2", tokens, wide)

    def _adapters(self, name: str, tokens: int, inputs: int) -> int:
        """An adapter's dropped input, its mask and its narrow middle."""
        if self.trained or not self.targets & {name, f"{name}_proj", "out_proj" if name == "o" else name}:
            return 0
        c = self.size.product
        mask = FLOAT32 if self.size.on_cpu else 1
        return tokens * (inputs * (c + mask) + self.rank * c)


def _logits(base: Architecture, labels: int, size: _Size) -> int:
    """Logits of the labelled positions, their log-softmax, their gradient; under autocast both sizes of two."""
    return labels * base.vocabulary * (3 * FLOAT32 + (2 * size.product if size.product != FLOAT32 else 0))


def _without_gradients(base: Architecture, batch: Batch, size: _Size) -> int:
    """The largest moment of a forward pass that keeps nothing: the encoder's feed-forward, or its attention bias."""
    sources = batch.rows * batch.source
    hidden = sources * base.width * (2 * FLOAT32 + size.product)
    wide = sources * base.feed_forward * size.product * (3 if base.gated else 2)
    attention = sources * base.inner * size.product * 4
    bias = FLOAT32 * batch.rows * base.heads * batch.source**2
    return hidden + bias + max(wide, attention)


def _decoding(spec: RunSpec, base: Architecture, batch: Batch, size: _Size) -> int:
    """Keys and values of sources and of what was decoded, the encoder's states, a step's logits."""
    beams, new = spec.decode.beams, spec.decode.max_new_tokens
    rows, sources = batch.rows * beams, batch.rows * batch.source
    pair = 2 * base.inner * size.product
    cache = base.decoder_layers * pair * (sources * beams + rows * new) + pair * rows * new  # one layer's is copied
    states = sources * beams * base.width * FLOAT32
    logits = 3 * FLOAT32 * rows * base.vocabulary
    at_once = batch
    if size.on_cpu:
        at_once = Batch(max(1, CPU_ENCODED // batch.source), batch.source, 0, 0)
    return max(cache + states + logits, states + _without_gradients(base, at_once, size))
