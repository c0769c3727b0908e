"""The base and the dialogues that ship with dialtune, so that it works with no network at all."""

from pathlib import Path

NAME = "builtin"
"""What a spec calls the shipped base and the shipped dialogues."""

BASE = Path(__file__).parent / "base"
"""Folder of the shipped T5: config, tokenizer and safetensors, loadable by ``from_pretrained``."""

DIALOGUES = Path(__file__).parent / "dialogues"
"""Folder of the shipped splits: ``train.jsonl``, ``validation.jsonl``, ``test.jsonl`` in DialogSum's form."""

GENERAL = Path(__file__).parent / "general.jsonl"
"""General prompts with answers, for measuring what a base forgets: ``task``, ``input`` and ``target`` a line."""

TEXTS_BASE = Path(__file__).parent / "texts-base"
"""Folder of the shipped GPT-2, a small language model of short texts for the task of classification."""

TEXTS = Path(__file__).parent / "texts"
"""Folder of the shipped short texts with a sentiment each: the same splits, with ``text`` and ``label``."""
