"""What training needs: the optimizer's settings, and those of each method that adds parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from engine import tasks
from engine.spec.sections import Section, unit

Schedule = Literal["linear", "cosine", "constant", "constant_with_warmup", "inverse_sqrt", "polynomial"]
if TYPE_CHECKING:
    StopMetric = str
else:
    StopMetric = Literal[tasks.stop_metrics()]
Dtype = Literal["auto", "float32", "bfloat16"]
Optimizer = Literal["adamw", "adafactor"]
AdapterStart = Literal["continue", "merge"]
ALL_LINEAR = "all-linear"
"""The target that stands for every linear module but the head, as PEFT has it."""


class TrainSpec(Section):
    """How the model is trained; unused by zero-shot."""

    learning_rate: Annotated[float, Field(gt=0, le=10)] = 1e-4
    """Peak learning rate. Usual: 1e-5 to 3e-4 for full fine-tuning, 1e-4 to 1e-3 for LoRA, near 0.3 for soft
    prompts (which have that where none is given)."""
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
    """Validation figure that early stopping and the best checkpoint go by. ROUGE decodes the split each time; accuracy
    and macro_f1 are those of the task classification."""
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
    optimizer: Optimizer = "adamw"
    """adamw keeps two moments of every weight; adafactor (Shazeer and Stern 2018) only means of rows and columns."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of each label's probability that is spread over the whole vocabulary (Szegedy et al. 2016); usual: 0.1.
    Validation losses are measured without it."""
    neftune_alpha: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Noise on the embeddings while training (NEFTune, Jain et al. 2023): uniform, scaled by alpha /
    sqrt(tokens x d_model); usual: 5. 0 adds none; evaluation and decoding never have any."""
    gradient_checkpointing: bool = False
    """Keep only each layer's input for the backward pass and compute the rest again: about a third slower, a fraction
    of the activations' memory."""
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
    """Names of the linear modules that get an adapter, or all-linear for every one but the head; q and v become the
    usual ones of a base that is no T5."""
    pattern: str | None = None
    """Regular expression in place of targets: modules whose whole dotted name matches get an adapter, such as
    decoder.*[.](q|v) for the decoder only."""
    rslora: bool = False
    """Scale by alpha / sqrt(rank) instead (rsLoRA, Kalajdzievski 2023), which keeps high ranks learning."""
    dora: bool = False
    """Learn the length of each output's weights apart from their direction (DoRA, Liu et al. 2024); slower."""
    from_adapter: AdapterStart = "continue"
    """What becomes of the adapter of base.from_run: continue trains that same adapter further, merge folds it into the
    base and adds a new one."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"must be a regular expression ({error})") from None
        return value or None


class ForgettingSpec(Section):
    """What a training does to what the base could do before (catastrophic forgetting); unused by zero-shot."""

    check: bool = True
    """Measure the loss on general prompts before and after training; a few seconds, more for a large base on a CPU."""
    prompts: Annotated[str, Field(min_length=1)] = "builtin"
    """``builtin`` (60 prompts of seven tasks), or a JSONL, CSV or Parquet file with input and target, perhaps task."""
