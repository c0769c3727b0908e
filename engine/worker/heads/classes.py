"""Classification heads: one of a few labels for a text, with a probability for each.

GPT-2 and its like have no pad token, yet their head reads the last token that is no padding, so they are given one:
the end mark, in tokenizer and configuration alike, and no embedding is resized. An empty text is read as that mark
alone; its attention mask says that it is there, so nothing is divided by zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from engine import builtin, tasks
from engine.data.examples import Example, Splits
from engine.errors import BaseError
from engine.runs.events import PhaseName
from engine.runs.folder import Prediction, RunFolder
from engine.spec import BaseSpec, RunSpec
from engine.worker import labels as labelling
from engine.worker.bases import adapted, check_learnt, load_as, load_config, load_tokenizer, merged
from engine.worker.batches import Collator, Counts, Row, Rows
from engine.worker.classes import ClassEvaluator, ClassLoss, judge, prepare, probabilities
from engine.worker.labels import Labels
from engine.worker.memory import Room
from engine.worker.precision import Precision
from engine.worker.reporting import Reporter


class Head:
    """See :class:`engine.worker.heads.Head`."""

    phase: PhaseName = "predicting"

    def __init__(self, spec: RunSpec, reporter: Reporter | None = None) -> None:
        self.spec, self.reporter = spec, reporter
        self.task = tasks.named(spec.task)
        self.place = _place(spec)
        self.labels = Labels(())

    @property
    def learnt_facts(self) -> dict[str, Any]:
        """The labels in the order of the head's outputs."""
        return {"labels": list(self.labels.names)}

    def tokenizer(self) -> Any:
        """The base's own, with a pad token."""
        return _padded(load_tokenizer(self.place), self.place.name)

    def meet(self, splits: Splits, resumed: dict[str, Any]) -> None:
        """The labels: a base's own where it is asked as it is, those of the manifest, else those of training."""
        config = load_config(self.place)
        if self.spec.method == "zero-shot":
            self.labels, notices = labelling.of_base(config, splits.test, self.spec.base.name)
        else:
            known = resumed.get("labels")
            self.labels, notices = labelling.of_training(splits, config, known if isinstance(known, list) else ())
        for level, code, text in notices:
            self._tell(level, code, text)

    def base(self, tokenizer: Any) -> Any:
        """The base with a head for the labels: its own where it has one for just these, else a new one."""
        return _with_head(self.place, self.labels, tokenizer)

    def learnt(self, folder: RunFolder, tokenizer: Any) -> Any:
        """Adapters merged."""
        return load_run(folder)[0]

    def prepare(self, model: Any, tokenizer: Any) -> Any:
        """Nothing, everything, or adapters and the head."""
        model, targets = prepare(model, self.spec)
        if targets:
            self._tell("info", "lora-targets", f"Adapters stand on {targets}; the head is trained whole beside them.")
        return model

    def limits(self, tokenizer: Any, model: Any) -> tuple[tuple[int, str], tuple[int, str]]:
        """The spec's, or what the base can read at once; a label has no length."""
        asked, most = self.spec.data.max_source_tokens, labelling.context(tokenizer, model)
        return ((asked, "data.max_source_tokens") if asked <= most else (most, "the base's context")), (0, "")

    def tokenise(self, tokenizer: Any, model: Any, examples: Sequence[Example], targets: bool) -> tuple[Rows, Counts]:
        """Texts as they are, cut at their end; the target is the label's number, none for an unknown one."""
        limit = self.limits(tokenizer, model)[0][0]
        ids = tokenizer([example.dialogue for example in examples])["input_ids"] if examples else []
        lengths = [len(row) for row in ids]
        for at, length in enumerate(lengths):
            if length > limit:
                ids[at] = tokenizer(examples[at].dialogue, truncation=True, max_length=limit)["input_ids"]
            elif not length:
                ids[at] = [tokenizer.pad_token_id]
        rows = [
            Row(example, source, self.labels.target(example) if targets else [], length > limit)
            for example, source, length in zip(examples, ids, lengths, strict=True)
        ]
        cut = sum(length > limit for length in lengths)
        labelled = sum(len(example.references) for example in examples)
        return Rows(rows), Counts(len(rows), labelled, cut, 0, max(lengths, default=0))

    def loss(self, model: Any) -> ClassLoss:
        """Cross-entropy over the labels."""
        return ClassLoss()

    def evaluator(
        self, model: Any, tokenizer: Any, rows: Rows, precision: Precision, folder: Path, loss: Any
    ) -> ClassEvaluator:
        """Loss, accuracy and macro F1 in one pass."""
        assert self.reporter is not None
        return ClassEvaluator(self.labels, model, tokenizer, rows, self.spec, precision, folder, self.reporter, loss)

    def predict(
        self, model: Any, tokenizer: Any, rows: Sequence[Row], have: frozenset[int], precision: Precision,
        room: Room, check: Callable[[], None],
    ) -> Iterator[list[tuple[int, Prediction]]]:  # fmt: skip
        """The likeliest label of each text."""
        for batch in probabilities(model, rows, Collator(tokenizer.pad_token_id), precision, room, check, have):
            yield [(at, self._prediction(rows[at], shares)) for at, shares in batch]

    def score(
        self, rows: Sequence[Row], predictions: Sequence[Prediction]
    ) -> tuple[list[Prediction], dict[str, Any]] | None:
        """Right or wrong, and what follows from that for each label and all of them."""
        return judge(predictions, self.labels.names)

    def _prediction(self, row: Row, shares: list[float]) -> Prediction:
        example, names = row.example, self.labels.names
        best = max(range(len(names)), key=shares.__getitem__)
        return Prediction(
            example.id, names[best], example.dialogue, example.topic, example.references, {}, row.truncated, 0,
            dict(zip(names, shares, strict=True)),
        )  # fmt: skip

    def _tell(self, level: Any, code: str, text: str) -> None:
        if self.reporter is not None:
            self.reporter.notice(level, code, text)


def load_run(run: RunFolder) -> tuple[Any, Any]:
    """A run's model, ready for inference (adapters merged), and its tokenizer. Raises BaseError."""
    spec = run.spec()
    head = Head(spec)
    tokenizer = head.tokenizer()
    known = run.manifest().get("labels")
    head.labels = Labels(tuple(map(str, known)) if isinstance(known, list) else ())
    if spec.method == "zero-shot":
        return head.base(tokenizer), tokenizer
    check_learnt(run)
    if spec.method == "full":
        place = BaseSpec(name=str(run.model_path), allow_remote_code=spec.base.allow_remote_code)
        return _with_head(place, head.labels, tokenizer), tokenizer
    return merged(adapted(head.base(tokenizer), run.model_path)), tokenizer


def _place(spec: RunSpec) -> BaseSpec:
    """The base to load: the task's own for the built-in one."""
    if spec.base.name != builtin.NAME:
        return spec.base
    return spec.base.model_copy(update={"name": str(tasks.named(spec.task).base)})


def _with_head(place: BaseSpec, labels: Labels, tokenizer: Any) -> Any:
    known = labelling.own(load_config(place))
    model = load_as(
        AutoModelForSequenceClassification, place,
        num_labels=len(labels.names),
        id2label=dict(enumerate(labels.names)),
        label2id={name: at for at, name in enumerate(labels.names)},
        ignore_mismatched_sizes=len(known) != len(labels.names),  # a head for other labels is made anew
    )  # fmt: skip
    if known and not labels.same_order(known) and not labels.keeps_head:
        _anew(model)
    model.config.problem_type = "single_label_classification"
    model.config.pad_token_id = tokenizer.pad_token_id
    if hasattr(model.config, "use_cache"):
        model.config.use_cache = False
    if tokenizer.pad_token_id >= model.get_input_embeddings().num_embeddings:
        raise BaseError(
            f"The base {place.name} has no embedding for its pad token", f"Its number is {tokenizer.pad_token_id}",
            "Choose another base, or save it with its embeddings resized to its tokenizer",
        )  # fmt: skip
    return model


def _anew(model: Any) -> None:
    """Give a head that was trained for other labels new random weights."""
    prefix = model.base_model_prefix
    for name, child in model.named_children():
        if name != prefix:
            for module in child.modules():
                if isinstance(module, torch.nn.Linear):
                    torch.nn.init.normal_(module.weight, std=getattr(model.config, "initializer_range", 0.02))
                    if module.bias is not None:
                        torch.nn.init.zeros_(module.bias)


def _padded(tokenizer: Any, name: str) -> Any:
    """``tokenizer`` with a pad token that is one of its own tokens. Raises BaseError."""
    if tokenizer.pad_token_id is None:
        for token in (tokenizer.eos_token, tokenizer.bos_token, tokenizer.unk_token):
            if token is not None:
                tokenizer.pad_token = token
                break
        else:
            raise BaseError(f"The tokenizer of {name} has no pad token", "Nor any other special token to pad with")
    tokenizer.padding_side = "right"
    return tokenizer
