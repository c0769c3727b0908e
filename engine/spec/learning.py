"""What training needs: the optimizer's settings, and those of each method that adds parameters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.spec.sections import Section, unit

Schedule = Literal["linear", "cosine", "constant", "constant_with_warmup", "inverse_sqrt", "polynomial"]
StopMetric = Literal["loss", "rouge1", "rouge2", "rougeL", "rougeLsum"]
Dtype = Literal["auto", "float32", "bfloat16"]


class TrainSpec(Section):
    """How the model is trained; unused by zero-shot."""

    learning_rate: Annotated[float, Field(gt=0, le=10)] = 1e-4
    """Peak learning rate. Usual: 1e-5 to 3e-4 for full fine-tuning, 1e-4 to 1e-3 for LoRA."""
    schedule: Schedule = "linear"
    """How the learning rate moves after warm-up."""
    warmup: Annotated[float, Field(ge=0), unit("steps")] = 0.0
    """Steps over which the learning rate rises; below 1, a share of all steps."""
    epochs: Annotated[float, Field(gt=0, le=10_000), unit("epochs")] = 3.0
    """Passes over the training examples."""
    max_steps: Annotated[int, Field(ge=0), unit("steps")] = 0
    """Stop after this many optimizer steps whatever ``epochs`` says; 0 leaves it to ``epochs``."""
    batch_size: Annotated[int, Field(ge=1, le=4096), unit("examples")] = 8
    """Examples a device handles at once."""
    accumulation: Annotated[int, Field(ge=1, le=4096), unit("batches")] = 1
    """Batches whose gradients are added before one optimizer step."""
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.0
    """AdamW's decoupled weight decay."""
    max_grad_norm: Annotated[float, Field(ge=0)] = 1.0
    """Gradients are scaled down to this norm; 0 leaves them alone."""
    evaluate_every: Annotated[int, Field(ge=0), unit("steps")] = 0
    """Evaluate on the validation split this often; 0 evaluates once an epoch."""
    save_every: Annotated[int, Field(ge=0), unit("steps")] = 0
    """Write a checkpoint this often; 0 writes one with each evaluation."""
    keep_checkpoints: Annotated[int, Field(ge=1, le=1000), unit("checkpoints")] = 2
    """How many resumable checkpoints stay on disk; the best weights are kept beside them."""
    metric: StopMetric = "loss"
    """Validation figure that early stopping and the best checkpoint go by. ROUGE decodes the split each time."""
    patience: Annotated[int, Field(ge=0), unit("evaluations")] = 0
    """Stop after this many evaluations without improvement; 0 never stops early."""
    keep_best: bool = True
    """End with the best checkpoint's weights rather than the last ones."""
    samples: Annotated[int, Field(ge=0, le=20), unit("examples")] = 3
    """Validation dialogues summarised at each evaluation, always the same ones."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    """Seed of every random number generator."""
    dtype: Dtype = "auto"
    """Arithmetic: auto takes bfloat16 where the device is faster with it, else float32. Weights stay float32."""
    auto_batch: bool = True
    """When memory runs out, go on with half the batch and twice the accumulation: the effective batch, the data's order
    and the loss stay the same, and the step is redone. False ends the run instead."""


class LoraSpec(Section):
    """Low-rank adapters (Hu et al. 2021); used by the lora method."""

    rank: Annotated[int, Field(ge=1, le=1024)] = 32
    """Rank of each adapter."""
    alpha: Annotated[float, Field(gt=0, le=4096)] = 32.0
    """Scale: an adapter's output is multiplied by alpha / rank."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Dropout on an adapter's input while training."""
    targets: Annotated[tuple[str, ...], Field(min_length=1)] = ("q", "v")
    """Names of the linear modules that get an adapter."""
