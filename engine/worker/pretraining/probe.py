"""How well a base learns the house style: ``python -m engine.worker.pretraining.probe FOLDER``.

Zero-shot, then full fine-tuning, then LoRA, each scored on built-in test dialogues: ROUGE-1 with
stemming, every reference on its own, averaged. A plain loop of its own, so that it measures the base
and not the pipeline.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from rouge_score import rouge_scorer
from torch import nn
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from engine.builtin.generate import FOLDER, scenes
from engine.worker.pretraining.tasks import DEFAULT_PROMPT

METRICS = ("rouge1", "rouge2", "rougeL")
Pairs = list[tuple[str, tuple[str, ...]]]
"""(dialogue, its references)."""


def load_pairs(split: str, count: int) -> Pairs:
    """``count`` dialogues of the built-in ``split``: the shipped file where there is one, else fresh scenes."""
    path = FOLDER / f"{split}.jsonl"
    if not path.exists():
        return [(scene.dialogue, scene.references) for scene in scenes(split, count)]
    gathered: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gathered.setdefault(row["dialogue"], []).append(row["summary"])
    return [(dialogue, tuple(references)) for dialogue, references in list(gathered.items())[:count]]


def _pad(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])


class Prober:
    """One base folder and the dialogues it is probed with."""

    def __init__(self, folder: Path, train: Pairs, test: Pairs) -> None:
        self.folder = folder
        self.tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
        self.train = train
        self.test = test

    def base(self) -> PreTrainedModel:
        """The base, freshly loaded in fp32."""
        return AutoModelForSeq2SeqLM.from_pretrained(self.folder, dtype=torch.float32)

    def _ids(self, dialogue: str) -> list[int]:
        return self.tokenizer(DEFAULT_PROMPT.format(dialogue=dialogue), truncation=True, max_length=512)["input_ids"]

    @torch.no_grad()
    def summaries(self, model: Any, most: int = 64) -> list[str]:
        """Greedy summaries of the test dialogues, in order."""
        model.eval()
        sources = [self._ids(dialogue) for dialogue, _ in self.test]
        order = sorted(range(len(sources)), key=lambda at: len(sources[at]))
        made = [""] * len(sources)
        for start in range(0, len(order), 25):
            rows = order[start : start + 25]
            batch = _pad([sources[at] for at in rows], 0)
            out = model.generate(
                input_ids=batch, attention_mask=batch.ne(0).long(), max_new_tokens=most, do_sample=False, num_beams=1
            )
            for at, text in zip(rows, self.tokenizer.batch_decode(out, skip_special_tokens=True), strict=True):
                made[at] = text
        return made

    def score(self, summaries: Sequence[str]) -> dict[str, float]:
        """Mean F-measures in percent, each reference on its own."""
        scorer = rouge_scorer.RougeScorer(METRICS, use_stemmer=True)
        totals = dict.fromkeys(METRICS, 0.0)
        for (_, references), summary in zip(self.test, summaries, strict=True):
            for reference in references:
                for metric, value in scorer.score(reference, summary).items():
                    totals[metric] += 100 * value.fmeasure / len(references) / len(self.test)
        return totals

    def fine_tune(
        self, model: nn.Module, rate: float, batch: int, epochs: float = 1.0, smoothing: float = 0.0,
        seconds: float | None = None,
    ) -> tuple[int, float]:  # fmt: skip
        """AdamW with a linear fall of ``rate`` over the training dialogues; (steps, seconds) it took."""
        random_order = random.Random(0)
        torch.manual_seed(0)
        model.train()
        learning = [p for p in model.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(learning, lr=rate, weight_decay=0.01, fused=True)
        pairs = [
            (self._ids(dialogue), self.tokenizer(references[0], truncation=True, max_length=128)["input_ids"])
            for dialogue, references in self.train
        ]
        groups: list[list[int]] = []
        for _ in range(-(-int(epochs * 100) // 100)):
            order = list(range(len(pairs)))
            random_order.shuffle(order)
            for start in range(0, len(order), batch * 20):  # like lengths together, within a shuffled window
                window = sorted(order[start : start + batch * 20], key=lambda at: len(pairs[at][0]))
                cut = [window[at : at + batch] for at in range(0, len(window), batch)]
                random_order.shuffle(cut)
                groups += cut
        groups = groups[: round(epochs * len(pairs) / batch)]
        begun = time.monotonic()
        for step, rows in enumerate(groups):
            source = _pad([pairs[at][0] for at in rows], 0)
            labels = _pad([pairs[at][1] for at in rows], -100)
            warm = min(1.0, (step + 1) / 8)
            for group in optimiser.param_groups:
                group["lr"] = rate * warm * (1 - step / len(groups))
            logits = model(input_ids=source, attention_mask=source.ne(0).long(), labels=labels).logits
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=smoothing)
            loss.backward()
            nn.utils.clip_grad_norm_(learning, 1.0)
            optimiser.step()
            optimiser.zero_grad()
            if seconds is not None and time.monotonic() - begun > seconds:
                break
        return len(groups), time.monotonic() - begun

    def run(self, method: str, rate: float = 0.0, batch: int = 16, epochs: float = 1.0,
            dropout: float | None = None) -> dict[str, Any]:  # fmt: skip
        """Probe one ``method``: zero-shot, full or lora. The row has settings, seconds, scores and summaries."""
        model: Any = self.base()
        if dropout is not None:
            for module in model.modules():
                if isinstance(module, nn.Dropout):
                    module.p = dropout
                elif hasattr(module, "key_value_proj_dim"):
                    module.dropout = dropout
        steps, seconds = 0, 0.0
        settings = "-"
        if method != "zero-shot":
            settings = f"rate {rate:g}, batch {batch}, {epochs:g} pass"
            if method == "lora":
                model = get_peft_model(
                    model, LoraConfig(r=32, lora_alpha=32, target_modules=["q", "v"], task_type="SEQ_2_SEQ_LM")
                )
            steps, seconds = self.fine_tune(model, rate, batch, epochs)
            if method == "lora":
                model = model.merge_and_unload()
        made = self.summaries(model)
        return {"method": method, "settings": settings, "steps": steps, "seconds": seconds, **self.score(made),
                "summaries": made}  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Probe a folder and print one line a method; ``--card`` rewrites its model card with the figures."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker.pretraining.probe", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--test", type=int, default=100, help="test dialogues")
    parser.add_argument("--train", type=int, default=2000, help="training dialogues")
    parser.add_argument("--methods", nargs="*", default=["zero-shot", "full", "lora"])
    parser.add_argument("--full-rate", type=float, default=1e-3)
    parser.add_argument("--lora-rate", type=float, default=7e-3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--dropout", type=float, help="instead of the one the base ships with")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", type=int, default=0, help="summaries to print for each method")
    parser.add_argument("--card", type=Path, help="facts.json of the pretraining run: rewrite the model card with it")
    asked = parser.parse_args(argv)
    torch.set_num_threads(asked.threads)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    prober = Prober(asked.folder, load_pairs("train", asked.train), load_pairs("test", asked.test))
    rows = []
    for method in asked.methods:
        rate = {"full": asked.full_rate, "lora": asked.lora_rate}.get(method, 0.0)
        row = prober.run(method, rate, asked.batch, asked.epochs, asked.dropout)
        rows.append(row)
        print(f"{method:10} {row['settings']:32} {row['seconds']:5.0f} s  "
              + "  ".join(f"{metric} {row[metric]:.2f}" for metric in METRICS), flush=True)  # fmt: skip
        for (dialogue, references), made in list(zip(prober.test, row["summaries"], strict=True))[: asked.show]:
            print(f"--\n{dialogue if method == 'zero-shot' else ''}\n  REF {references[0]}\n  OUT {made}")
    if asked.card is not None:
        from engine.worker.pretraining import card

        card.write(asked.folder, card.read_facts(asked.card),
                   {"dialogues": len(prober.test), "examples": len(prober.train), "rows": rows})  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
