"""What one dialogue's page says: the references, each model's summary with its figures, or two texts word by word.

Made in a thread: words are stemmed and texts compared. Everything that is coloured is underlined or bracketed too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content, Span

from engine.results import marks
from engine.results.marks import KINDS, Kind
from engine.results.verdicts import Said, Verdict, digest
from tui.metrics import KNOWN, extremes, metric
from tui.text import clean, fit
from tui.widgets.dialogue import BEST, MOST_DRAWN, WORST, dialogue, drawn, folded, letters

if TYPE_CHECKING:
    from engine.results.rows import Row
    from engine.runs.folder import Prediction

MARKS = {
    "": "", "rouge1": "words counted by ROUGE-1", "rouge2": "bigrams counted by ROUGE-2",
    "rougeL": "longest common subsequence", "novel": "words nowhere in the dialogue",
}  # fmt: skip
"""What can be underlined in the summaries, in the order it is gone through."""
FIGURES = ("rouge1", "rouge2", "rougeL", "bleu", "length_ratio", "novelty")
MOST_LABELS, BAR = 10, 20
"""Labels whose probability is shown, and cells of a bar that is full."""
REFERENCE = "reference "
"""Name of a reference's text with its number; no model's name has a space."""
BLIND = ("◀ first", "▶ second")
"""What two models are called while their names are hidden."""


@dataclass(frozen=True)
class Reading:
    """How a dialogue is read."""

    models: tuple[str, ...]
    """In their order."""
    metric: str = "rouge1"
    marks: str = ""
    difference: bool = False
    texts: tuple[str, str] | None = None
    """The two texts to compare; the pair's summaries without any."""
    pair: tuple[str, str] | None = None
    """The models that a verdict is about."""
    blind: bool = False
    """Whether names and figures are hidden; ``models`` are then the pair, in the order shown."""
    folded: bool = True
    fold_key: str = "z"

    @property
    def labels(self) -> Mapping[str, str]:
        """What each model is called."""
        if self.blind:
            return dict(zip(self.models, BLIND, strict=False))
        return {model: f"{letter} {fit(model, 40)}" for letter, model in named(self.models)}


@dataclass(frozen=True)
class Page:
    """A dialogue, laid out."""

    title: Content
    dialogue: tuple[Content, ...] = ()
    said: tuple[Content, ...] = ()
    about: str = ""
    """What the right side shows."""


def named(models: Sequence[str]) -> list[tuple[str, str]]:
    """Each model with its letter."""
    return list(zip(letters(len(models)), models, strict=True))


def page(row: Row, said: Said, reading: Reading) -> Page:
    """Everything about ``row``, as ``reading`` asks. Blocks for some milliseconds."""
    lines = folded(row.dialogue, reading.fold_key) if reading.folded else dialogue(row.dialogue)
    title = Content(f"{fit(row.id, 30)}  {fit(row.topic, 40)}".rstrip())
    right: list[Content] = []
    if note := said.notes.get(row.key):
        right += [Content.assemble(("¶ ", "bold $accent"), clean(note)), Content("")]
    if reading.difference:
        before, after = compared(row, reading)
        right += _difference(row, reading, before, after)
        about = ""
    else:
        right += _summaries(row, reading)
        about = f"underlined: {MARKS[reading.marks]}" if reading.marks else ""
    right += _verdicts(row, said, reading)
    return Page(title, tuple(drawn(lines)), tuple(drawn(right)), about)


# -- references and summaries ---------------------------------------------------------------------


def _references(row: Row) -> list[Content]:
    many = len(row.references) > 1
    what = "gold label" if any(prediction.probabilities for prediction in row.summaries.values()) else "reference"
    return [
        Content.assemble((f"{what} {number}: " if many else f"{what}: ", "$reference"), clean(reference))
        for number, reference in enumerate(row.references, start=1)
    ]


def _summaries(row: Row, reading: Reading) -> list[Content]:
    """The references first; while judging blind last, so that both summaries are in sight."""
    lines: list[Content] = [] if reading.blind else _references(row)
    of = metric(reading.metric)
    values = [_score(row.summaries.get(model), reading.metric) for model in reading.models]
    best, worst = extremes(values, of)
    for place, model in enumerate(reading.models):
        lines += [Content("")] if lines else []
        mark = (f" {BEST} best", "bold $best") if place in best else (f" {WORST} worst", "$warning")
        lines += _summary(row, model, reading, mark if place in best | worst else ("", ""))
    return [*lines, Content(""), *_references(row)] if reading.blind else lines


def _summary(row: Row, model: str, reading: Reading, mark: tuple[str, str]) -> list[Content]:
    name = _name(reading, model)
    prediction = row.summaries.get(model)
    if prediction is None:
        return [name, Content.styled("did not decode this dialogue", "$label")]
    cut = ("  prompt cut to fit", "$notice-warning") if prediction.truncated else ("", "")
    if prediction.probabilities:
        return _labelled(name, prediction, row.references, cut, reading.blind)
    text = clean(prediction.summary)
    body = Content(text) if text.strip() else Content.styled("(empty)", "$label")
    note = ""
    if reading.marks and text.strip():
        spans, note = _marked(text, row, reading.marks)
        colour = "$warning" if reading.marks == "novel" else "$best"
        body = Content(text, [Span(start, end, f"underline {colour}") for start, end in spans])
    if reading.blind:
        return [name, body]
    heading = Content.assemble(name, mark, cut, (f"  {_figures(prediction)}", "$label"))
    below = "  ".join(part for part in (_by_reference(prediction, row.references, reading), note) if part)
    return [heading, body, *([Content.styled(below, "$label")] if below else [])]


def _labelled(
    name: Content, prediction: Prediction, gold: Sequence[str], cut: tuple[str, str], blind: bool
) -> list[Content]:
    """The label that a model chose, right or wrong, and how likely each label is to it."""
    right = ("✓ right", "bold $best") if prediction.summary in gold else ("✗ wrong", "$warning")
    lines = [Content.assemble(name, "  ", (clean(prediction.summary), "bold"), "  ", right if gold else "", cut)]
    shares = sorted(prediction.probabilities.items(), key=lambda pair: -pair[1])
    for label, share in () if blind else shares[:MOST_LABELS]:
        bar = "█" * round(BAR * max(0.0, min(share, 1.0)))
        lines.append(Content.assemble(f"{fit(label, 14):<14} {100 * share:>5.1f}%  ", (bar, "$accent")))
    return lines


def _name(reading: Reading, model: str) -> Content:
    letter, _, rest = reading.labels[model].partition(" ")
    return Content.assemble((f"{letter} ", "bold $primary"), (rest, "bold"))


def _figures(prediction: Prediction) -> str:
    found = (
        f"{KNOWN[key].short}\xa0{KNOWN[key].text(prediction.scores[key])}"
        for key in FIGURES
        if key in prediction.scores
    )
    return "  ".join(found)


def _score(prediction: Prediction | None, key: str) -> float:
    if prediction is None:
        return float("nan")
    return float(prediction.tokens) if key == "tokens" else prediction.scores.get(key, float("nan"))


def _kind(reading: Reading) -> Kind:
    """The ROUGE that is looked at: of the marks, else of the table, else ROUGE-1."""
    asked = {kind: kind for kind in KINDS} | {f"{kind}_best": kind for kind in KINDS} | {"rougeLsum": KINDS[2]}
    return asked.get(reading.marks) or asked.get(reading.metric) or KINDS[0]


def _by_reference(prediction: Prediction, references: Sequence[str], reading: Reading) -> str:
    kind = _kind(reading)
    found = marks.shared(prediction.summary, references, kind) if len(references) > 1 else None
    if found is None:
        return ""
    figures = (
        f"{number}:\xa0{KNOWN[kind].text(score)}{BEST if number == found.reference + 1 else ''}"
        for number, score in enumerate(found.scores, start=1)
    )
    return f"{KNOWN[kind].short} by reference {'  '.join(figures)}"


def _marked(text: str, row: Row, asked: str) -> tuple[tuple[marks.Span, ...], str]:
    """What to underline, and a few words about it."""
    if asked == "novel":
        spans, amount = marks.novel(text, row.dialogue)
        return spans, f"{len(spans)} of {amount} words are nowhere in the dialogue"
    kind: Kind = asked  # type: ignore[assignment]
    found = marks.shared(text, row.references, kind)
    if found is None:
        return (), "no reference to compare with"
    unit = "bigrams" if kind == "rouge2" else "words"
    return found.spans, f"{found.counted} of {found.possible} {unit} shared with reference {found.reference + 1}"


# -- two texts ------------------------------------------------------------------------------------


def texts(row: Row, reading: Reading) -> dict[str, str]:
    """Every text of a dialogue that can be compared, by name: references, then summaries."""
    found = {f"{REFERENCE}{number}": text for number, text in enumerate(row.references, start=1)}
    return found | {model: row.summaries[model].summary for model in reading.models if model in row.summaries}


def compared(row: Row, reading: Reading) -> tuple[str, str]:
    """Names of the two texts to compare: those asked for, else the pair's, else a reference and the model."""
    if reading.texts is not None:
        return reading.texts
    if len(reading.models) > 1:
        pair = reading.models if reading.blind else reading.pair or reading.models
        return pair[0], pair[1]
    return f"{REFERENCE}1", (*reading.models, "")[0]


def _difference(row: Row, reading: Reading, before: str, after: str) -> list[Content]:
    known, labels = texts(row, reading), reading.labels
    heading = Content.assemble(
        (labels.get(before, before), "bold"), (" → ", "$label"), (labels.get(after, after), "bold")
    )
    for name in (before, after):
        if name not in known:
            return [heading, Content.styled(f"There is no {labels.get(name, name)} here.", "$label")]
    parts: list[Any] = []
    amounts = {"same": 0, "gone": 0, "new": 0}
    for piece in marks.difference(clean(known[before])[:MOST_DRAWN], clean(known[after])[:MOST_DRAWN]):
        amounts[piece.change] += len(marks.words(piece.text))
        words = piece.text.lstrip(" ")
        parts += [" "] if len(words) < len(piece.text) else []
        if piece.change == "gone":
            parts.append((f"[-{words}-]", "$error"))
        elif piece.change == "new":
            parts.append((f"{{+{words}+}}", "bold $success"))
        else:
            parts.append(words)
    legend = Content.assemble(
        (f"{amounts['same']} words the same  ", "$label"), ("[-gone-]", "$error"), (f" {amounts['gone']}  ", "$label"),
        ("{+new+}", "bold $success"), (f" {amounts['new']}", "$label"),
    )  # fmt: skip
    return [heading, Content.assemble(*parts) if parts else Content.styled("Both are empty.", "$label"), legend]


# -- verdicts -------------------------------------------------------------------------------------


def _verdicts(row: Row, said: Said, reading: Reading) -> list[Content]:
    if reading.pair is None:
        return []
    found = [said.verdict(row.key, *reading.pair, blind) for blind in ((True,) if reading.blind else (True, False))]
    lines = [_verdict(row, verdict, reading) for verdict in found if verdict is not None]
    return [Content(""), *lines] if lines else []


def _verdict(row: Row, verdict: Verdict, reading: Reading) -> Content:
    first, second = verdict.pair
    if not verdict.winner:
        words = f"{_called(reading, first)} and {_called(reading, second)} are equally good"
    else:
        loser = second if verdict.winner == first else first
        words = f"{_called(reading, verdict.winner)} is better than {_called(reading, loser)}"
    now = tuple(digest(row.summaries[model].summary) if model in row.summaries else "" for model in verdict.pair)
    how = "judged blind" if verdict.blind and not reading.blind else "judged"
    old = "" if now == verdict.said else ", of summaries that were written anew since"
    return Content.assemble((f"{how}: ", "bold $accent"), words, (old, "$warning"))


def _called(reading: Reading, model: str) -> str:
    return reading.labels.get(model) or fit(model, 40)


# -- to be copied ---------------------------------------------------------------------------------


def whole(row: Row, reading: Reading) -> str:
    """The dialogue, its references and every summary shown, all of it, as text; of blind models no figures."""
    lines = [f"{clean(row.id)}  {clean(row.topic)}".rstrip(), clean(row.dialogue, lines=True), ""]
    lines += [f"{REFERENCE}{number}: {clean(text)}" for number, text in enumerate(row.references, start=1)]
    for model in reading.models:
        prediction = row.summaries.get(model)
        lines += ["", reading.labels[model]]
        if prediction is None:
            lines.append("did not decode this dialogue")
            continue
        if not reading.blind:
            lines[-1] += f"  {_figures(prediction)}"
        lines.append(clean(prediction.summary))
    return "\n".join(lines)
