"""``python -m engine.worker.pretraining.short``: makes the built-in GPT-2 of the task classification, in a minute.

A tokenizer (byte-level BPE) and a language model of a third of a million parameters, both of texts drawn from
:mod:`engine.builtin.opinions` with another seed; no text of the shipped splits is among them. Labels are not seen.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from engine import builtin
from engine.builtin import opinions
from engine.runs.files import write_atomic

END = "<|endoftext|>"
SEED = 20_240_229
TEXTS = 60_000
VOCABULARY = 1024
STEPS, BATCH, WARMUP, RATE = 700, 64, 60, 3e-3
CARD = """\
# The built-in GPT-2

A language model of {size:,} parameters that ships with dialtune for its task classification. It has no classification
head: a run trains one.

It and its tokenizer (byte-level BPE, {tokens:,} tokens) were made by `python -m engine.worker.pretraining.short` of
short texts drawn from the phrasings in `engine/builtin/opinions.py`; the texts of the built-in splits are not among
them. It knows those phrasings and nothing else.
"""


def texts() -> list[str]:
    """What is learnt from."""
    shipped = {row["text"].casefold() for rows in opinions.build().values() for row in rows}
    drawn = itertools.islice(opinions.texts("pretraining"), TEXTS)
    return [text for text, _ in drawn if text.casefold() not in shipped]


def tokenizer_of(found: list[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE, so that no text has an unknown token."""
    pieces = ByteLevelBPETokenizer()
    pieces.train_from_iterator(found, VOCABULARY, min_frequency=2, special_tokens=[END], show_progress=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer, eos_token=END, bos_token=END, unk_token=END, model_max_length=128
    )


def train(found: list[str], tokenizer: PreTrainedTokenizerFast) -> GPT2LMHeadModel:
    """The language model, each text between two end marks."""
    torch.manual_seed(SEED)
    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=128, n_embd=96, n_layer=2, n_head=4, bos_token_id=end, eos_token_id=end,
        resid_pdrop=0.05, embd_pdrop=0.05, attn_pdrop=0.05,
    )  # fmt: skip
    model = GPT2LMHeadModel(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS, pct_start=WARMUP / STEPS)
    ids = tokenizer(found)["input_ids"]
    for step in range(STEPS):
        chosen = torch.randint(0, len(ids), (BATCH,)).tolist()
        rows = [[end, *ids[at], end] for at in chosen]
        width = max(map(len, rows))
        batch = torch.tensor([row + [end] * (width - len(row)) for row in rows])
        there = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        loss = model(input_ids=batch, attention_mask=there, labels=batch.masked_fill(there == 0, -100)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(f"step {step}: loss {float(loss):.3f}", flush=True)
    return model.eval()


def main() -> int:
    """Make it and write it."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker.pretraining.short")
    parser.add_argument("folder", type=Path, nargs="?", default=builtin.TEXTS_BASE)
    folder: Path = parser.parse_args().folder
    found = texts()
    tokenizer = tokenizer_of(found)
    model = train(found, tokenizer)
    tokenizer.save_pretrained(folder)
    model.to(torch.bfloat16).save_pretrained(folder, safe_serialization=True)
    size = sum(p.numel() for p in model.parameters())
    front = {"library_name": "transformers", "license": "apache-2.0", "tags": ["gpt2", "dialtune"]}
    lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in front.items())
    write_atomic(folder / "README.md", f"---\n{lines}\n---\n{CARD.format(size=size, tokens=len(tokenizer))}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
