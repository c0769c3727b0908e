"""One dialogue, its references and every model's summary, as text."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui import format as fmt
from tui.comparison import METRICS, Row
from tui.text import clean, fit

SPEAKERS = 4
BEST = "▲"
_LONGEST_LABEL = 40


def dialogue(text: str) -> list[Content]:
    """A line a turn; each speaker's label in a colour of its own, the first four told apart by it."""
    speakers: dict[str, int] = {}
    lines = []
    for turn in clean(text, lines=True).split("\n"):
        label, colon, words = turn.partition(":")
        if colon and label.strip() and len(label) <= _LONGEST_LABEL:
            number = speakers.setdefault(label.strip(), len(speakers)) % SPEAKERS + 1
            lines.append(Content.assemble((label + colon, f"bold $speaker-{number}"), words))
        elif turn.strip():
            lines.append(Content(turn))
    return lines


def summaries(row: Row, runs: Sequence[str]) -> list[Content]:
    """The references, then each run's summary under its name and scores."""
    lines: list[Content] = []
    for number, reference in enumerate(row.references, start=1):
        heading = f"reference {number}: " if len(row.references) > 1 else "reference: "
        lines.append(Content.assemble((heading, "$reference"), clean(reference)))
    best = row.best()
    for letter, run in zip(letters(len(runs)), runs, strict=True):
        prediction = row.predictions.get(run)
        lines += [Content("")] if lines else []
        name = Content.assemble((f"{letter} ", "bold $primary"), (fit(run, 40), "bold"))
        if prediction is None:
            lines += [name, Content.styled("did not decode this dialogue", "$label")]
            continue
        figures = "  ".join(
            f"{short} {fmt.score(prediction.scores.get(key))}"
            for key, short in zip(METRICS, ("R1", "R2", "RL"), strict=True)
        )
        mark = Content.styled(f" {BEST} best", "bold $best") if run in best else Content("")
        cut = Content.styled("  prompt cut to fit", "$notice-warning") if prediction.truncated else Content("")
        lines.append(Content.assemble(name, mark, cut, (f"  {figures}", "$label")))
        lines += [
            Content(clean(prediction.summary)) if prediction.summary.strip() else Content.styled("(empty)", "$label")
        ]
    return lines


def letters(amount: int) -> list[str]:
    """``A``, ``B``, ... ``Z``, ``AA``, ...: short names of the runs compared."""
    return [(chr(64 + i // 26) if i >= 26 else "") + chr(65 + i % 26) for i in range(amount)]
