"""The model card, written from measured values only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What a finished pretraining run did."""

    command: str
    minutes: float
    threads: int
    rate: float
    scenarios: int
    steps: int
    examples: int
    source_tokens: int
    target_tokens: int
    seconds: float
    chunk: int
    loss: float


_HEAD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: summarization
tags:
- t5
- dialogue-summarization
---

# dialtune base

A very small T5 v1.1 ({parameters:,} parameters, bf16 {megabytes:.1f} MB, head and embedding apart) that stands in
for FLAN-T5 where there is no network: zero-shot it answers in short English of its own style; a minute of
fine-tuning teaches it the house style of dialtune's built-in dialogues. It is for trying dialtune out and for
testing it, not for summarising anything that matters.

## Training

From nothing, with `{command}`: {minutes:.1f} minutes on {threads} CPU threads, {steps:,} steps over {examples:,}
examples ({source_tokens:,} source and {target_tokens:,} target tokens); at the end the loss was {loss:.3f} nats per
target token.
Muon (rate {rate}) for the matrices, AdamW for the rest, fp32, no dropout; saved in bf16.

The examples: T5's span corruption, and instructions worded many ways (facts of a dialogue, reported speech, replies,
quotations, endings, topics, questions on a passage) over

| text | licence |
| --- | --- |
| dialtune's own dialogues, {scenarios} scenarios, training split, fresh seeds | Apache-2.0 |
| [Taskmaster-4](https://github.com/google-research-datasets/Taskmaster), Google | CC BY 4.0 |
| [QMSum](https://github.com/Yale-LILY/QMSum), Yale LILY | MIT |
| [SQuALITY](https://github.com/nyu-mll/SQuALITY), NYU; its stories are in the public domain | CC BY 4.0 |
| [chatterbot-corpus](https://github.com/gunthercox/chatterbot-corpus), G. Cox | BSD 3-clause |

The prompt "Summarize the following conversation." was answered by one-line gists and by salient turns, never by a
house-style reference. DialogSum was not used, neither for the weights nor for the tokenizer.

"""

_MEASURED = """## Measured

With `python -m engine.worker.pretraining.probe`: ROUGE-1 with stemming, mean over three references, greedy decoding, on
{dialogues} test dialogues; fine-tuning is one pass over {examples} training dialogues.

| method | settings | training s | ROUGE-1 | ROUGE-2 | ROUGE-L |
| --- | --- | --- | --- | --- | --- |
{rows}

"""

_LIMITS = """## Limits

It knows everyday English of the scenarios it was trained on and little else: expect nonsense outside them, invented
detail inside them, and copies of names and figures that are sometimes wrong. Inputs beyond about 400 tokens were never
seen. It has no knowledge of the world and no safety training.
"""


def write(folder: Path, facts: Facts, probe: dict[str, Any] | None) -> None:
    """Write ``README.md`` beside the weights in ``folder`` from ``facts`` and, if given, the probe's result."""
    from safetensors import safe_open

    weights = folder / "model.safetensors"
    with safe_open(weights, "pt") as stored:
        parameters = 0
        for name in stored.keys():  # noqa: SIM118 - safe_open has no iterator
            size = 1
            for length in stored.get_slice(name).get_shape():
                size *= length
            parameters += size
    values = asdict(facts) | {"minutes": facts.seconds / 60}
    text = _HEAD.format(parameters=parameters, megabytes=weights.stat().st_size / 1e6, **values)
    if probe is not None:
        rows = "\n".join(
            f"| {row['method']} | {row['settings']} | {row['seconds']:.0f} | {row['rouge1']:.1f} | {row['rouge2']:.1f} "
            f"| {row['rougeL']:.1f} |"
            for row in probe["rows"]
        )
        text += _MEASURED.format(dialogues=probe["dialogues"], examples=probe["examples"], rows=rows)
    (folder / "README.md").write_text(text + _LIMITS, encoding="utf-8")


def read_facts(path: Path) -> Facts:
    """The facts that a finished run left as JSON."""
    return Facts(**json.loads(path.read_text(encoding="utf-8")))
