"""What is known of a data set as tables, for the command line and for files. Knows no Textual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.data.audit import Spread, spread
from engine.data.columns import SplitName
from engine.data.duplicates import GRAM, NEAR_PERCENT
from engine.data.leakage import Leakage, Overlap, Pair
from engine.errors import DataError
from engine.results.table import Column, Table
from engine.runs.files import write_new
from engine.spec import RunSpec
from engine.study import Lengths
from tui import tables
from tui.dataset import Dataset, Row, over
from tui.text import clean

RULE = (
    "Exact: the same but for case, punctuation and spaces. "
    f"Near: at least {NEAR_PERCENT} % of all their word {GRAM}-grams in common (Jaccard index)."
)
TOPICS = 20


def splits_table(data: Dataset, leakage: Leakage, spec: RunSpec, lengths: Lengths | None) -> Table:
    """A row a split: how many, how long, how many twice."""
    columns = [
        Column("split", "split"), Column("dialogues", "dialogues", "count"),
        Column("references", "references", "count"), Column("topics", "topics", "count"),
        Column("turns_median", "turns", "count"), Column("speakers_most", "speakers", "count"),
        Column("words_median", "words", "count"), Column("words_most", "longest", "count"),
        Column("summary_words_median", "summary", "count"), Column("summary_words_most", "longest", "count"),
        Column("compression", "ratio"),
        Column("copies", "copies", "count"), Column("copies_near", "near", "count"),
        Column("leaked", "leaked", "count"), Column("leaked_near", "near", "count"),
    ]  # fmt: skip
    if lengths is not None:
        columns += [
            Column("source_tokens_median", "prompt tokens", "count"), Column("source_tokens_most", "longest", "count"),
            Column("source_over", f">{spec.data.max_source_tokens}", "count"),
            Column("target_tokens_median", "summary tokens", "count"), Column("target_tokens_most", "longest", "count"),
            Column("target_over", f">{spec.data.max_target_tokens}", "count"),
        ]  # fmt: skip
    rows = []
    for facts in data.facts:
        copies = next(o for o in leakage.overlaps if o.split == o.other == facts.split)
        twins = [twin for place, twin in leakage.twins.items() if place.split == facts.split and twin.leak]
        row: dict[str, Any] = {
            "split": facts.split, "dialogues": facts.dialogues, "references": facts.references,
            "topics": len(facts.topics), "turns_median": facts.turns.median, "speakers_most": facts.speakers.most,
            "words_median": facts.words.median, "words_most": facts.words.most,
            "summary_words_median": facts.summary_words.median, "summary_words_most": facts.summary_words.most,
            "compression": round(facts.compression.median, 2), "copies": copies.exact, "copies_near": copies.near,
            "leaked": sum(twin.exact for twin in twins), "leaked_near": sum(not twin.exact for twin in twins),
        }  # fmt: skip
        if lengths is not None:
            row |= _tokens(lengths, facts.split, spec)
        rows.append(row)
    caption = [
        "Medians, unless a column says otherwise; ratio: words of dialogue for a word of summary. copies: dialogues "
        "that repeat an earlier one of the split; leaked: dialogues that another split has too. " + RULE,
        *sentences(leakage, data),
    ]
    return Table(tuple(columns), tuple(rows), "\n".join(caption))


def _tokens(lengths: Lengths, split: SplitName, spec: RunSpec) -> dict[str, Any]:
    source, target = lengths.source[split], lengths.target[split]
    sources, targets = spread(source), spread(target)
    return {
        "source_tokens_median": sources.median, "source_tokens_most": sources.most,
        "source_over": over(source, spec.data.max_source_tokens),
        "target_tokens_median": targets.median, "target_tokens_most": targets.most,
        "target_over": over(target, spec.data.max_target_tokens),
    }  # fmt: skip


def sentences(leakage: Leakage, data: Dataset) -> list[str]:
    """What was found twice, leaks first; and what a run could leave out."""
    said = [_sentence(overlap) for overlap in leakage.overlaps if overlap.exact or overlap.near]
    exact, near = leakage.excluded(near=False), leakage.excluded(near=True)
    if near:
        total = len(data.loaded.splits.train)
        said.append(
            f"data.exclude_leaked leaves {exact:,} (exact) or {near:,} (near) of {total:,} training examples out."
        )
    if not leakage.complete:
        said.append("There are more near pairs than are worth finding: the dialogues seem to be made from templates.")
    return said or ["No dialogue occurs twice."]


def _sentence(overlap: Overlap) -> str:
    amount = f"{overlap.exact:,} exactly, {overlap.near:,} nearly"
    if overlap.leak:
        return f"{overlap.split} dialogues that are in {overlap.other}: {amount}."
    return f"{overlap.split} dialogues that repeat an earlier one: {amount}."


def pairs_table(data: Dataset, pairs: Iterable[Pair]) -> Table:
    """A row a pair of duplicates."""
    rows: list[dict[str, Any]] = []
    for pair in pairs:
        left, right = data.row(pair.left).example, data.row(pair.right).example
        row = {
            "kind": "exact" if pair.exact else "near", "similarity": 100 * pair.similarity,
            "split": pair.left.split, "id": left.id, "other_split": pair.right.split, "other_id": right.id,
            "topic": left.topic, "dialogue": left.dialogue, "other_dialogue": right.dialogue,
        }  # fmt: skip
        rows.append(row)
    columns = (
        Column("kind", "kind"), Column("similarity", "alike", "percent"), Column("split", "split"), Column("id", "id"),
        Column("other_split", "split"), Column("other_id", "id"), Column("topic", "topic"),
        Column("dialogue", "", exported_only=True), Column("other_dialogue", "", exported_only=True),
    )  # fmt: skip
    return Table(columns, tuple(rows), RULE)


def rows_table(rows: Sequence[Row], leakage: Leakage | None) -> Table:
    """A row a dialogue."""
    columns = (
        Column("id", "id"), Column("split", "split"), Column("topic", "topic"), Column("turns", "turns", "count"),
        Column("speakers", "speakers", "count"), Column("words", "words", "count"),
        Column("summary_words", "summary words", "count"), Column("references", "references", "count"),
        Column("duplicate", "duplicate"), Column("duplicate_in", "in"), Column("dialogue", "", exported_only=True),
    )  # fmt: skip
    made = []
    for row in rows:
        twin = leakage.twins.get(row.place) if leakage else None
        values = {
            "id": row.example.id, "split": row.place.split, "topic": row.example.topic,
            "turns": row.measure.turns, "speakers": row.measure.speakers, "words": row.measure.words,
            "summary_words": row.summary_words, "references": len(row.example.references),
            "duplicate": ("exact" if twin.exact else "near") if twin else "",
            "duplicate_in": twin.other if twin else "", "dialogue": row.example.dialogue,
        }  # fmt: skip
        made.append(values)
    return Table(columns, tuple(made))


def whole(data: Dataset, leakage: Leakage, spec: RunSpec, lengths: Lengths | None) -> dict[str, Any]:
    """All figures, exact, as JSON takes them."""
    splits = []
    for facts in data.facts:
        values = asdict(facts) | {"topics": [{"topic": topic, "dialogues": n} for topic, n in facts.topics]}
        if lengths is not None:
            values["tokens"] = _tokens(lengths, facts.split, spec)
        splits.append(values)
    return {
        "source": spec.data.source,
        "base": spec.base.name if lengths is not None else None,
        "fingerprint": data.loaded.splits.fingerprint(),
        "revision": data.loaded.revision or None,
        "notices": list(data.loaded.notices),
        "excluded": data.loaded.excluded,
        "splits": splits,
        "duplicates": [asdict(overlap) for overlap in leakage.overlaps],
        "excludable": {"exact": leakage.excluded(near=False), "near": leakage.excluded(near=True)},
        "near": {"gram": GRAM, "least_percent": NEAR_PERCENT, "complete": leakage.complete},
    }


def markdown(data: Dataset, leakage: Leakage, spec: RunSpec, lengths: Lengths | None) -> str:
    """The report as a Markdown page."""
    parts = [f"# {_heading(spec.data.source)}\n", tables.markdown(splits_table(data, leakage, spec, lengths))]
    if data.loaded.notices:
        parts.append("".join(f"- {_heading(notice)}\n" for notice in data.loaded.notices))
    counted: dict[str, int] = {}
    for facts in data.facts:
        for topic, amount in facts.topics:
            counted[topic] = counted.get(topic, 0) + amount
    if counted:
        top = sorted(counted.items(), key=lambda topic: (-topic[1], topic[0]))[:TOPICS]
        rows: tuple[Mapping[str, Any], ...] = tuple({"topic": topic, "dialogues": amount} for topic, amount in top)
        columns = (Column("topic", "topic"), Column("dialogues", "dialogues", "count"))
        parts += [
            f"## The {len(top)} most frequent of {len(counted):,} topics\n",
            tables.markdown(Table(columns, rows)),
        ]
    if leakage.pairs:
        parts += ["## Duplicates\n", tables.markdown(pairs_table(data, leakage.pairs))]
    return "\n".join(parts)


def _heading(text: str) -> str:
    return tables.escaped(clean(text))


def write(path: Path, text: str) -> None:
    """Write a new file. Raises DataError when there is one of that name already, or it cannot be written."""
    try:
        write_new(path, text)
    except FileExistsError:
        raise DataError(f"{path} is there already", "Nothing is ever overwritten", "Choose another name") from None
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise DataError(f"{path} cannot be written", getattr(error, "strerror", None) or str(error)) from None


def spread_line(figures: Spread) -> str:
    """``median 187, mean 190.2, 12 to 1,024``."""
    if not figures.count:
        return "none"
    return f"median {figures.median:,.0f}, mean {figures.mean:,.1f}, {figures.least:,.0f} to {figures.most:,.0f}"
