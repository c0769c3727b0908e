"""Sequence classification at work: its loss, its adapters, its evaluation, probabilities, and scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from peft import LoraConfig, TaskType, get_peft_model
from torch import nn

from engine.errors import SpecError
from engine.results import classes
from engine.runs.folder import Prediction
from engine.spec import LoraSpec, RunSpec
from engine.worker.batches import IGNORED, Collator, Row, by_tokens
from engine.worker.decoding import CPU_ROWS, CPU_TOKENS, GPU_ROWS, GPU_TOKENS
from engine.worker.evaluation import Evaluator
from engine.worker.labels import Labels
from engine.worker.memory import Room, cut, halving
from engine.worker.precision import Precision

ATTENTION = (
    ("q", "v"), ("q_proj", "v_proj"), ("query", "value"), ("q_lin", "v_lin"), ("c_attn",), ("query_key_value",),
    ("qkv_proj",), ("Wqkv",),
)  # fmt: skip
"""What families call the products that make queries and values, which is where Hu et al. put their adapters."""


class ClassLoss:
    """Summed cross-entropy over a batch's labels, called as :class:`engine.worker.loss.LabelLoss` is."""

    def __call__(
        self, model: Any, inputs: dict[str, torch.Tensor], smoothing: float = 0.0
    ) -> tuple[torch.Tensor, torch.Tensor, Any]:
        """Sum over texts with a label, how many they are, and the model's output.

        ``smoothing``: share of each label's probability that is spread over all of them (Szegedy et al. 2016).

        ``labels`` (batch, padded) has the label's number in its first column, or -100.
        """
        rest = {key: value for key, value in inputs.items() if key != "labels"}
        output = model(**rest)
        logits = output.logits.float()  # (batch, labels)
        if "labels" not in inputs:
            return logits.sum() * 0, torch.zeros((), dtype=torch.long, device=logits.device), output
        labels = inputs["labels"][:, 0]
        total = nn.functional.cross_entropy(
            logits, labels, reduction="sum", ignore_index=IGNORED, label_smoothing=smoothing
        )
        return total, (labels != IGNORED).sum(), output


def prepare(model: Any, spec: RunSpec) -> tuple[Any, str]:
    """``model`` with just what the method trains set to train, and where new adapters stand (empty without any).

    With adapters the whole head is trained and saved too. ``lora.targets`` as a spec has them by itself are those of
    T5; a base without such modules gets them where its own family makes queries and values. Raises SpecError.
    """
    if spec.method == "full":
        return model.requires_grad_(True), ""
    model.requires_grad_(False)
    if spec.method == "zero-shot":
        return model, ""
    last_names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    targets = list(spec.lora.targets)
    if spec.lora.targets == LoraSpec().targets and not last_names.issuperset(targets):
        targets = next((list(names) for names in ATTENTION if last_names.issuperset(names)), targets)
    head = [name for name, child in model.named_children() if name != model.base_model_prefix and _has_weights(child)]
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=spec.lora.rank,
        lora_alpha=spec.lora.alpha,  # type: ignore[arg-type]  # peft divides by the rank; a float is fine
        lora_dropout=spec.lora.dropout,
        target_modules=targets,
        modules_to_save=head,
        # GPT-2 keeps its weights the other way round than nn.Linear.
        fan_in_fan_out=any(_is_turned(module, name, targets) for name, module in model.named_modules()),
        bias="none",
    )
    try:
        return get_peft_model(model, config), ", ".join(targets)
    except ValueError as error:
        linear = sorted(
            {name.rpartition(".")[2] for name, m in model.named_modules() if type(m).__name__ in ("Linear", "Conv1D")}
        )
        raise SpecError(
            f"lora.targets = {targets} cannot be used with this base", str(error).split(". ")[0],
            f"Its linear modules are called {', '.join(linear)}",
        ) from None  # fmt: skip


def _has_weights(module: nn.Module) -> bool:
    return any(True for _ in module.parameters())


def _is_turned(module: nn.Module, name: str, targets: Sequence[str]) -> bool:
    return type(module).__name__ == "Conv1D" and name.rpartition(".")[2] in targets


@torch.inference_mode()
def probabilities(
    model: Any, rows: Sequence[Row], collate: Collator, precision: Precision, room: Room,
    check: Callable[[], None] = lambda: None, have: frozenset[int] = frozenset(),
) -> Iterator[list[tuple[int, list[float]]]]:  # fmt: skip
    """Each row's place and the probability of every label, a batch at a time, longest texts first.

    Batches whose rows are all in ``have`` are left out; the others are what they would be without it. When memory runs
    out the batch is halved, which ``room`` tells and remembers; a single text that does not fit raises what the
    allocator does.
    """
    on_gpu = precision.device.type != "cpu"
    budget, most = (GPU_TOKENS, GPU_ROWS) if on_gpu else (CPU_TOKENS, CPU_ROWS)
    batches = cut(by_tokens([len(row.source) for row in rows], budget, most), room.parts("decoding"))
    batches = [batch for batch in batches if not have.issuperset(batch)]

    def shares(batch: list[int]) -> list[list[float]]:
        check()
        inputs = collate([Row(rows[at].example, rows[at].source) for at in batch])
        with precision.autocast():
            logits = model(**{key: value.to(precision.device) for key, value in inputs.items()}).logits
        found: list[list[float]] = torch.softmax(logits.float(), dim=-1).tolist()  # (batch, labels)
        return found

    was_training = model.training
    model.eval()
    try:
        for batch, found in halving(batches, shares, room.smaller_work("decoding")):
            yield list(zip(batch, found, strict=True))
    finally:
        model.train(was_training)


class ClassEvaluator(Evaluator):
    """Loss as every evaluator has it; accuracy and macro F1 of the same split; samples are labels with a share."""

    def __init__(self, labels: Labels, *rest: Any) -> None:
        self._labels = labels
        super().__init__(*rest)

    def _measure(self) -> dict[str, float]:
        names = self._labels.names
        metrics = {"loss": self._loss()}
        found = self._shares(self.rows.rows)
        gold = [row.example.references[0] if row.example.references else None for row in self.rows.rows]
        said = [names[max(range(len(names)), key=shares.__getitem__)] for shares in found]
        table = classes.confusion(gold, said, names)
        return metrics | {"accuracy": table.accuracy, "macro_f1": table.macro_f1}

    def _summaries(self, rows: Any, count: bool = False) -> list[str]:
        names = self._labels.names
        found = []
        for shares in self._shares(rows):
            best = max(range(len(names)), key=shares.__getitem__)
            found.append(f"{names[best]}  {100 * shares[best]:.0f}%")
        return found

    def _shares(self, rows: Sequence[Row]) -> list[list[float]]:
        collate = Collator(self.tokenizer.pad_token_id)
        found: list[list[float]] = [[] for _ in rows]
        for batch in probabilities(self.model, rows, collate, self.precision, self.room, self.reporter.check):
            for at, shares in batch:
                found[at] = shares
        return found


def judge(predictions: Sequence[Prediction], names: Sequence[str]) -> tuple[list[Prediction], dict[str, Any]] | None:
    """Predictions with their scores, and what scores.json holds; None where no text has a label."""
    scored = [
        replace(p, scores=classes.scores(p.references[0], p.summary, p.probabilities)) if p.references else p
        for p in predictions
    ]
    labelled = [p for p in scored if p.references]
    if not labelled:
        return None
    return scored, classes.aggregate(
        [p.references[0] for p in labelled], [p.summary for p in labelled], names, [p.scores for p in labelled]
    )
