"""The recipes people start from: our own, the built-in demo's, and those known from tutorials.

A preset is the part of a spec that it fixes; the rest keeps the spec's defaults.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from engine.errors import SpecError

_FLAN = {"base": {"name": "google/flan-t5-base"}, "data": {"source": "knkarthick/dialogsum"}}

_DEMO_DATA = {"data": {"validation": 100}}
_DEMO_DECODE = {"max_new_tokens": 64, "no_repeat_ngram": 4}
"""A base of 7 million parameters repeats itself more than FLAN-T5 does."""

_DEMO_TEXTS = {"epochs": 4, "batch_size": 16, "warmup": 0.05, "metric": "macro_f1"}
_TWEETS = {
    "base": {"name": "openai-community/gpt2"},
    "data": {"source": "mteb/tweet_sentiment_extraction", "max_source_tokens": 128},
}
_TWEETS_TRAIN = {"epochs": 3, "batch_size": 32, "warmup": 0.06, "metric": "macro_f1"}


@dataclass(frozen=True)
class Preset:
    """A named start for a spec."""

    name: str
    about: str
    """One line for lists."""
    values: dict[str, Any]
    """Nested tables as TOML would give them."""


def _preset(
    name: str, about: str, method: str, *parts: dict[str, Any], task: str = "", **tables: dict[str, Any]
) -> Preset:
    values: dict[str, Any] = {"method": method, **({"task": task} if task else {})}
    for part in (*parts, tables):
        for table, fields in part.items():
            values[table] = {**values.get(table, {}), **fields}
    return Preset(name, about, values)


_ALL = (
    _preset("zero-shot", "FLAN-T5-base as it is, no training.", "zero-shot", _FLAN),
    _preset(
        "full", "Full fine-tuning of FLAN-T5-base on DialogSum.", "full", _FLAN,
        train={"learning_rate": 1e-4, "epochs": 3, "batch_size": 8, "warmup": 0.03, "weight_decay": 0.01},
    ),
    _preset(
        "lora-r32", "LoRA of rank 32 on q and v of FLAN-T5-base, on DialogSum.", "lora", _FLAN,
        train={"learning_rate": 1e-3, "epochs": 3, "batch_size": 8, "warmup": 0.03},
        lora={"rank": 32, "alpha": 32},
    ),
    _preset(
        "lora-r8", "LoRA of rank 8, alpha 16: a quarter of the adapter.", "lora", _FLAN,
        train={"learning_rate": 1e-3, "epochs": 3, "batch_size": 8, "warmup": 0.03},
        lora={"rank": 8, "alpha": 16},
    ),
    _preset(
        "course-lab", "The course's notebook: every hundredth row (125/5/15) and a handful of steps.", "full", _FLAN,
        data={"every": 100},
        train={"learning_rate": 1e-5, "epochs": 1, "max_steps": 4, "weight_decay": 0.01, "keep_best": False},
        decode={"max_new_tokens": 200},
    ),
    _preset(
        "course-lora", "The course's LoRA: rank 32, learning rate 1e-3, one epoch.", "lora", _FLAN,
        train={"learning_rate": 1e-3, "epochs": 1, "keep_best": False},
        lora={"rank": 32, "alpha": 32, "dropout": 0.05},
        decode={"max_new_tokens": 200},
    ),
    _preset(
        "blog-lora", "The blog posts' LoRA: learning rate 1e-3, 10 epochs, whole data, shorter prompt.", "lora", _FLAN,
        prompt={"template": "Summarise the following conversation:\n\n{dialogue}"},
        train={"learning_rate": 1e-3, "epochs": 10},
    ),
    _preset(
        "cloud-lora", "The cloud guides' LoRA: learning rate 1e-4, 5 epochs, whole data.", "lora", _FLAN,
        train={"learning_rate": 1e-4, "epochs": 5},
    ),
    _preset(
        "article-lora", "The articles' LoRA: early stopping, accumulation 2, warm-up 250, at most 1,000 steps.",
        "lora", _FLAN,
        train={
            "learning_rate": 1e-3, "epochs": 10, "max_steps": 1000, "accumulation": 2, "max_grad_norm": 1.0,
            "warmup": 250, "evaluate_every": 100, "patience": 3, "keep_best": True,
        },
    ),
    _preset(
        "few-shot-one", "FLAN-T5-base with one training example before each dialogue.", "few-shot", _FLAN,
        data={"max_source_tokens": 1024}, few_shot={"examples": 1},
    ),
    _preset(
        "few-shot-three", "FLAN-T5-base with the three likest training examples before each dialogue.", "few-shot",
        _FLAN, data={"max_source_tokens": 2048}, few_shot={"examples": 3, "choice": "similar"},
    ),
    _preset(
        "prompt-tuning", "Prompt tuning as published: 100 virtual tokens, Adafactor, constant rate of 0.3.",
        "soft-prompt", _FLAN,
        train={
            "learning_rate": 0.3, "optimizer": "adafactor", "schedule": "constant", "weight_decay": 1e-5, "epochs": 5,
            "batch_size": 8, "accumulation": 4,
        },
        soft_prompt={"tokens": 100, "init": "vocabulary"},
    ),
    _preset(
        "prompt-tuning-text", "The guides' prompt tuning: 20 virtual tokens that begin as an instruction.",
        "soft-prompt", _FLAN,
        train={"learning_rate": 0.3, "epochs": 5, "warmup": 0.06},
        soft_prompt={"tokens": 20, "init": "text", "init_text": "Summarize the following conversation."},
    ),
    _preset(
        "lora-decoder", "LoRA of rank 32 on q and v of the decoder only.", "lora", _FLAN,
        train={"learning_rate": 1e-3, "epochs": 3, "batch_size": 8, "warmup": 0.03},
        lora={"rank": 32, "alpha": 32, "pattern": "decoder.*[.](q|v)"},
    ),
    _preset(
        "rslora-r64", "rsLoRA of rank 64 on every linear module: the scale that keeps high ranks learning.", "lora",
        _FLAN,
        train={"learning_rate": 3e-4, "epochs": 3, "batch_size": 8, "warmup": 0.03},
        lora={"rank": 64, "alpha": 16, "rslora": True, "targets": ("all-linear",)},
    ),
    _preset(
        "dora-r16", "DoRA of rank 16 on q and v: direction and length of the weights apart.", "lora", _FLAN,
        train={"learning_rate": 5e-4, "epochs": 3, "batch_size": 8, "warmup": 0.03},
        lora={"rank": 16, "alpha": 32, "dora": True},
    ),
    _preset(
        "qlora", "QLoRA: a base of 4 bits under LoRA of rank 16 on every linear module. Needs a CUDA GPU.", "lora",
        _FLAN, base={"quantise": "4bit"},
        train={"learning_rate": 2e-4, "epochs": 3, "batch_size": 8, "warmup": 0.03, "gradient_checkpointing": True},
        lora={"rank": 16, "alpha": 16, "targets": ("all-linear",)},
    ),
    _preset(
        "full-then-lora", "LoRA on top of a fully fine-tuned model: --from RUN says which.", "lora", _FLAN,
        base={"from_run": "full-flan-t5-base"},
        train={"learning_rate": 3e-4, "epochs": 1, "batch_size": 8, "warmup": 0.03},
        lora={"rank": 32, "alpha": 32},
    ),
    _preset(
        "demo-zero-shot", "The built-in base as it is, on the built-in dialogues.", "zero-shot",
        decode=_DEMO_DECODE,
    ),
    _preset(
        "demo-full", "Full fine-tuning of the built-in base on the built-in dialogues.", "full", _DEMO_DATA,
        train={"learning_rate": 1e-3, "epochs": 1, "batch_size": 16, "warmup": 0.05, "evaluate_every": 40},
        decode=_DEMO_DECODE,
    ),
    _preset(
        "demo-lora", "LoRA of the built-in base on the built-in dialogues.", "lora", _DEMO_DATA,
        train={"learning_rate": 5e-3, "epochs": 1, "batch_size": 16, "warmup": 0.05, "evaluate_every": 40},
        decode=_DEMO_DECODE,
    ),
    _preset(
        "demo-few-shot", "The built-in base with the likest built-in dialogue before each.", "few-shot",
        data={"max_source_tokens": 1024}, few_shot={"examples": 1, "choice": "similar"}, decode=_DEMO_DECODE,
    ),
    _preset(
        "demo-soft-prompt", "Prompt tuning of the built-in base: 20 virtual tokens.", "soft-prompt", _DEMO_DATA,
        train={"learning_rate": 0.3, "epochs": 2, "batch_size": 16, "warmup": 0.05, "evaluate_every": 40},
        soft_prompt={"tokens": 20, "init": "vocabulary"}, decode=_DEMO_DECODE,
    ),
    _preset(
        "demo-lora-decoder", "LoRA on the decoder of the built-in base only.", "lora", _DEMO_DATA,
        train={"learning_rate": 5e-3, "epochs": 1, "batch_size": 16, "warmup": 0.05, "evaluate_every": 40},
        lora={"pattern": "decoder.*[.](q|v)"}, decode=_DEMO_DECODE,
    ),
    _preset(
        "demo-full-then-lora", "LoRA on top of the run demo-full (or --from RUN).", "lora", _DEMO_DATA,
        base={"from_run": "demo-full"},
        train={"learning_rate": 1e-3, "epochs": 1, "batch_size": 16, "warmup": 0.05, "evaluate_every": 40},
        decode=_DEMO_DECODE,
    ),
    _preset(
        "demo-texts", "Sentiment of the built-in short texts: the built-in GPT-2, every weight.", "full",
        task="classification", train={**_DEMO_TEXTS, "learning_rate": 1e-3},
    ),
    _preset(
        "demo-texts-lora", "Sentiment of the built-in short texts: LoRA of rank 8 on the built-in GPT-2.", "lora",
        task="classification", train={**_DEMO_TEXTS, "learning_rate": 5e-3},
        lora={"rank": 8, "alpha": 16, "targets": ("c_attn",)},
    ),
    _preset(
        "tweets-full", "Full fine-tuning of GPT-2 on the sentiment of tweets.", "full", _TWEETS,
        task="classification", train={**_TWEETS_TRAIN, "learning_rate": 2e-5, "weight_decay": 0.01},
    ),
    _preset(
        "tweets-lora", "LoRA of rank 8 on GPT-2's c_attn, on the sentiment of tweets.", "lora", _TWEETS,
        task="classification", train={**_TWEETS_TRAIN, "learning_rate": 3e-4},
        lora={"rank": 8, "alpha": 16, "dropout": 0.1, "targets": ("c_attn",)},
    ),
)  # fmt: skip

PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}
DEMO = ("demo-zero-shot", "demo-full", "demo-lora")
"""What ``dialtune demo`` runs, in order."""


def get(name: str) -> Preset:
    """The preset called ``name``. Raises SpecError with the nearest name when there is none."""
    if name in PRESETS:
        return PRESETS[name]
    close = difflib.get_close_matches(name, PRESETS, n=1, cutoff=0.4)
    todo = f"The nearest is {close[0]}" if close else "`dialtune presets` lists them"
    raise SpecError(f"There is no preset {name!r}", "", todo)
