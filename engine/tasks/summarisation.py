"""Summarisation: a dialogue in, a summary out, scored against one or several that people wrote."""

from __future__ import annotations

from engine import builtin
from engine.tasks.task import Metric, Role, Task, Words

TASK = Task(
    name="summarisation",
    about="Dialogues to summaries: an encoder-decoder writes them.",
    words=Words(("dialogue", "dialogues"), ("summary", "summaries"), ("reference summary", "reference summaries")),
    source=Role(
        "dialogue",
        (
            "dialogue", "dialog", "dialogues", "dialogs", "conversation", "conversations", "transcript", "turns",
            "utterances", "messages", "chat", "document", "article", "text", "source", "input", "inputs", "content",
        ),
    ),
    target=Role(
        "summary",
        (
            "summary", "summaries", "reference", "references", "target", "targets", "highlights", "abstract",
            "output", "outputs", "label", "labels",
        ),
    ),
    target_kind="text",
    head="seq2seq",
    metrics=(
        Metric("rouge1", "ROUGE-1", "R1"), Metric("rouge2", "ROUGE-2", "R2"), Metric("rougeL", "ROUGE-L", "RL"),
        Metric("rougeLsum", "ROUGE-Lsum", "RLsum"), Metric("bleu", "BLEU", "BLEU", stops=False),
    ),
    row_figures=("rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "length_ratio", "novelty", "tokens"),
    carries={"topic": "topic of the dialogue", "scores": "ROUGE 0 to 1, mean over references and _best; bleu 0 to 100"},
    explorer_columns=("topic", "turns", "words"),
    base=builtin.BASE,
    data=builtin.DIALOGUES,
)  # fmt: skip
