"""The table of dialogues as a Table: chosen columns of chosen rows, for a file, a pipe or a person."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from engine.data.quoting import quoted
from engine.errors import SpecError
from engine.results.query import QueryError, Schema, syntax
from engine.results.query.parser import parse_value
from engine.results.table import Column, Kind, Table

if TYPE_CHECKING:
    from engine.results.rows import Row
    from engine.results.rows.store import Rows

Text = Literal["id", "topic", "dialogue", "reference", "summary"]
TEXTS: tuple[Text, ...] = ("id", "topic", "dialogue", "reference", "summary")


@dataclass(frozen=True)
class Shown:
    """A column that is asked for: ``value`` of the query language, or a text."""

    key: str
    label: str
    value: syntax.Value | Text
    model: str = ""
    """Whose summary; of other columns empty."""

    @property
    def needs_texts(self) -> bool:
        """Whether rows have to be read from disk for it."""
        return self.value in ("dialogue", "reference", "summary")


def columns(schema: Schema, text: str, metric: str) -> list[Shown]:
    """The columns that ``text`` lists, with commas between them; a figure's name alone is every model's.

    id, topic, dialogue, reference, summary (of every model), MODEL.summary, and whatever a query can compare.
    Raises SpecError.
    """
    found: list[Shown] = []
    for part in _split(text):
        found += _column(schema, part, metric)
    if not found:
        raise SpecError("No columns are asked for", "", "Name some: --columns id,topic,rouge1")
    return list({one.key: one for one in found}.values())


def usual(schema: Schema, metric: str, texts: bool) -> list[Shown]:
    """Id, topic and every model's score; with ``texts`` all that was written too."""
    found = [*_column(schema, "id", metric), *_column(schema, "label" if schema.labelled else "topic", metric)]
    if texts or schema.labelled:
        found += [*_column(schema, "dialogue", metric)]
    if texts and not schema.labelled:
        found += [*_column(schema, "reference", metric)]
    for model in schema.models:
        found.append(Shown(f"{model}.{metric}", model, syntax.Score(model, metric)))
        if schema.labelled:
            found.insert(-1, _summary(model))
        elif texts:
            found.append(_summary(model))
    return found


def table(rows: Rows, places: Iterable[int], shown: Sequence[Shown], caption: str = "", mean: bool = False) -> Table:
    """The rows ``places`` in their order; with ``mean``, then the means over those that have all figures.

    Figures are exact; one that is unknown is None. Raises WorkspaceError when texts cannot be read.
    """
    from engine.results.query.evaluate import Evaluation

    places = [int(place) for place in places]
    work = Evaluation(rows)
    figures: dict[str, list[float]] = {}
    for one in shown:
        if not isinstance(one.value, str):
            figures[one.key] = work.column(one.value)[places].tolist() if places else []
    most = int(rows.references[places].max()) if places else 0
    whole = any(one.needs_texts for one in shown)
    cells = [
        {
            **dict(_texts(rows, place, rows.detail(place) if whole else None, shown)),
            **{one.key: _figure(figures[one.key][at], kind(one.value)) for one in shown if one.key in figures},
        }
        for at, place in enumerate(places)
    ]
    if mean and figures:
        known = [line for line in zip(*figures.values(), strict=True) if not any(map(math.isnan, line))]
        means = {key: math.fsum(line[at] for line in known) / len(known) for at, key in enumerate(figures) if known}
        whole_numbers = {one.key for one in shown if kind(one.value) == "count"}
        means = {key: round(value, 2) if key in whole_numbers else value for key, value in means.items()}
        cells.append({shown[0].key: "mean", **means} if shown[0].value in TEXTS else means)
    return Table(tuple(_columns(shown, most)), tuple(cells), caption)


def kind(value: syntax.Value | str) -> Kind:
    """How the figures of a column are shown."""
    match value:
        case syntax.Score(_, metric) | syntax.Across(_, metric):
            if metric.startswith(("rouge", "p_")) or metric in ("novelty", "confidence", "gold_probability"):
                return "score"
            return "count" if metric in ("tokens", "words", "truncated", "correct") else "bleu"
        case syntax.Rank() | syntax.Column():
            return "count"
        case syntax.Call(_, values):
            return kind(values[0])
        case syntax.Arithmetic(operator, left, right):
            if operator in "+-" and "score" in (kind(left), kind(right)):
                return "delta"
            return "count" if kind(left) == kind(right) == "count" and operator != "/" else "bleu"
        case syntax.Number():
            return "bleu"
    return "text"


def sort_words(keys: str) -> str:
    """``keys``, with commas between, as a query sorts by them; unlike in a query there may be spaces in them."""
    parts = []
    for key in _split(keys):
        body = key.rstrip("+-").rstrip() or key
        direction = key[len(key.rstrip("+-")) :]
        parts.append(f"({body}){direction}" if any(map(str.isspace, body)) else body + direction)
    return f"sort:{','.join(parts)}"


def _column(schema: Schema, text: str, metric: str) -> Iterator[Shown]:
    """What one word of a list of columns asks for."""
    folded = text.casefold()
    if folded in ("references", "reference"):
        folded = "reference"
    if schema.labelled and folded in ("label", "gold", "topic"):
        yield Shown("label", "label", "topic")
        return
    if schema.labelled and folded == "text":
        folded = "dialogue"
    if folded in ("summary", "summaries", *(("predicted",) if schema.labelled else ())):
        yield from map(_summary, schema.models)
        return
    if folded in TEXTS:
        label = {"id": "dialogue", "dialogue": "text"}.get(folded, folded)
        yield Shown(folded, label, folded)  # type: ignore[arg-type]
        return
    if text not in schema.models and (name := schema.metric(text)) is not None:
        for model in schema.models:
            label = model if name == metric else f"{model} {name}"
            yield Shown(f"{model}.{name}", label, syntax.Score(model, name))
        return
    stem = text[: -len(".summary")] if folded.endswith(".summary") else ""
    try:
        if stem:
            value = parse_value(schema, stem, metric)
            if isinstance(value, syntax.Score):
                yield _summary(value.model)
                return
        yield Shown(text, text, parse_value(schema, text, metric))
    except QueryError as error:
        why, todo = error.problem.message, "`dialtune compare --help` says what there can be"
        raise SpecError(f"There can be no column {quoted([text])}", why, todo) from None


def _summary(model: str) -> Shown:
    return Shown(f"{model}.summary", f"{model} says", "summary", model)


def _columns(shown: Sequence[Shown], references: int) -> Iterator[Column]:
    for one in shown:
        if one.value == "reference":
            yield from (Column(f"reference_{at}", f"reference {at}") for at in range(1, references + 1))
        else:
            yield Column(one.key, one.label, kind(one.value))


def _texts(rows: Rows, place: int, row: Row | None, shown: Sequence[Shown]) -> Iterator[tuple[str, Any]]:
    for one in shown:
        match one.value:
            case "id":
                yield one.key, row.id if row else rows.ids[place]
            case "topic":
                yield one.key, row.topic if row else rows.topics[place]
            case "dialogue":
                yield one.key, row.dialogue if row else None
            case "reference":
                for at, text in enumerate(row.references if row else (), start=1):
                    yield f"reference_{at}", text
            case "summary":
                said = row.summaries.get(one.model) if row else None
                yield one.key, said.summary if said else None


def _figure(value: float, kind: Kind) -> float | int | None:
    if math.isnan(value):
        return None
    return int(value) if kind == "count" and value.is_integer() else value


def _split(text: str) -> list[str]:
    """Parts between commas that stand in no brackets and no quotation marks."""
    parts, depth, within = [""], 0, False
    for letter in text:
        within ^= letter == '"'
        depth += (letter == "(") - (letter == ")") if not within else 0
        if letter == "," and depth == 0 and not within:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
