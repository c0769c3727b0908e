"""Models' answers side by side; below each other where there is no room beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tui import format as fmt
from tui import keys
from tui.bench import MOST_MODELS, Answer
from tui.text import clean, fit
from tui.widgets.dialogue import BEST, letters
from tui.widgets.pane import Scrolling

COLUMN = 32
"""Cells that an answer needs at least to stand beside another."""
CURSOR = "▌"
METRICS = {"rouge1": "R1", "rouge2": "R2", "rougeL": "RL", "rougeLsum": "RLsum"}


class Answers(Scrolling, VerticalScroll):
    """A box a model, which all scroll together."""

    BINDINGS = keys.bindings("table")
    DEFAULT_CSS = """
    Answers { height: 1fr; scrollbar-size: 1 1; }
    Answers > Grid { height: auto; grid-rows: auto; grid-gutter: 0; }
    Answers .answer {
        height: auto; min-height: 4; padding: 0 1; border: round $secondary 60%; background: $background;
        border-title-color: $foreground; border-subtitle-color: $label;
    }
    Answers:focus .answer { border: round $primary; }
    Answers .nothing { border: none; color: $label; padding: 1 1; }
    """

    def __init__(self, id: str = "answers") -> None:
        super().__init__(id=id)
        self._amount = 0
        self._titles: dict[int, Content] = {}

    def compose(self) -> ComposeResult:
        """As many boxes as there can be models; those that are not needed are hidden."""
        yield Static("", classes="nothing", markup=False)
        with Grid():
            for _ in range(MOST_MODELS):
                box = Static(markup=False, classes="answer")
                box.display = False
                yield box

    def on_resize(self, event: Resize) -> None:
        """As many columns as fit."""
        self._arrange()

    def say(self, words: Content) -> None:
        """What stands there while there are no answers."""
        self.query_one(".nothing", Static).update(words)

    def show(self, answers: Sequence[Answer], prompts: bool, reading: bool) -> None:
        """Draw ``answers``, or with ``prompts`` what was asked; ``reading``: all of the prompt."""
        self.query_one(".nothing").display = not answers
        best = _best(answers)
        boxes = list(self.query(".answer").results(Static))
        for place, box in enumerate(boxes):
            there = place < len(answers)
            if box.display != there:
                box.display = there
            if not there:
                continue
            answer = answers[place]
            letter = letters(len(answers))[place]
            title = Content.assemble((f"{letter} ", "bold $primary"), (fit(answer.model.key, 60), "bold"))
            if answer.model.key in best:
                title = Content.assemble(title, (f" {BEST} best", "bold $best"))
            if self._titles.get(place) != title:
                self._titles[place] = box.border_title = title  # setting it draws the box anew
            content = prompt_lines(answer, reading) if prompts else lines(answer)
            if box.content != content:
                box.update(content)
        if self._amount != len(answers):
            self._amount = len(answers)
            self._arrange()

    def _arrange(self) -> None:
        columns = max(1, min(self._amount, self.content_size.width // COLUMN))
        if self._amount and -(-self._amount // columns) * (columns - 1) >= self._amount:
            columns -= 1  # four in rows of three and one look worse than two and two
        self.query_one(Grid).styles.grid_size_columns = columns


def lines(answer: Answer) -> Content:
    """State and figures, scores, then the text."""
    found = [_figures(answer)]
    if answer.scores:
        found.append(_scores(answer))
    if answer.prompt is not None:
        found += _notes(answer)
    if answer.state == "failed":
        happened, why, todo = (clean(part) for part in answer.problem)
        found.append(Content.styled(_sentence(happened), "bold $notice-error"))
        found += [Content(_sentence(part)) for part in (why, todo) if part]
        return Content("\n").join(found)
    text = clean(answer.text, lines=True)
    if answer.state == "decoding" and answer.text:
        found.append(Content.assemble(text, (CURSOR, "$primary")))
    elif answer.state == "decoding" and answer.tokens:
        found.append(Content.styled("Beams are shown when they are done.", "$label"))
    elif text:
        found.append(Content(text))
    elif answer.over:
        found.append(Content.styled("(empty)", "$label"))
    return Content("\n").join(found)


def prompt_lines(answer: Answer, whole: bool) -> Content:
    """The prompt as it was sent."""
    if answer.prompt is None:
        return Content.styled("No prompt yet" if not answer.over else "It was not asked", "$label")
    asked = answer.prompt
    head = f"{fmt.count(asked.tokens, 'token')} of at most {asked.limit:,}"
    head += f", {fmt.count(len(asked.shots), 'shot')}: {', '.join(asked.shots)}" if asked.shots else ""
    text = clean(asked.prompt, lines=True)
    shown = text if whole or len(text) <= 4000 else f"{text[:1900]}\n[…]\n{text[-1900:]}"
    return Content("\n").join([Content.styled(clean(head), "$label"), *_notes(answer), Content(shown)])


def _figures(answer: Answer) -> Content:
    mark, word, style = {
        "waiting": ("○", "waits for its turn", "state-queued"),
        "loading": ("…", _loading(answer), "state-queued"),
        "reading": ("…", "reads the prompt", "state-running"),
        "decoding": ("▶", "", "state-running"),
        "done": ("✓", "", "state-finished"),
        "cancelled": ("■", "stopped", "state-stopped"),
        "failed": ("✗", "failed", "state-failed"),
    }[answer.state]
    parts: list[Any] = [(f"{mark} {word}".rstrip(), f"${style}")]
    if answer.tokens:
        figures = [fmt.count(answer.tokens, "token"), f"{answer.seconds:.1f}s"]
        figures += [f"{answer.speed:.1f} tok/s"] if answer.seconds > 0 else []
        if answer.over and answer.prompt is not None:
            figures.append(f"prompt {answer.prompt.tokens}")
        parts.append((" " + " · ".join(figures), "$label"))
    return Content.assemble(*parts)


def _loading(answer: Answer) -> str:
    if answer.loading is None:
        return "loading"
    size = f", {fmt.size(answer.loading.size)}" if answer.loading.size else ""
    return f"loading the {clean(answer.loading.what) or 'model'}{size}"


def _scores(answer: Answer) -> Content:
    figures = "  ".join(f"{label} {fmt.score(answer.scores.get(key))}" for key, label in METRICS.items())
    if answer.references > 1:
        best = fmt.score(answer.scores.get("rouge1_best"))
        figures += f"  mean of {answer.references} references; best R1 {best}"
    return Content.styled(figures, "$reference")


def _notes(answer: Answer) -> list[Content]:
    asked = answer.prompt
    assert asked is not None
    found = []
    if asked.dropped:
        among = len(asked.dropped) + len(asked.shots)
        what = f"! {len(asked.dropped)} of {fmt.count(among, 'shot')} left out: more than {asked.limit:,} tokens"
        found.append(Content.styled(what, "$notice-warning"))
    if asked.truncated:
        found.append(Content.styled(f"! the dialogue was cut to fit {asked.limit:,} tokens", "$notice-warning"))
    return found


def _best(answers: Sequence[Answer]) -> frozenset[str]:
    """Keys of the answers with the highest ROUGE-1, where all have one and they differ."""
    scores = {answer.model.key: answer.scores["rouge1"] for answer in answers if "rouge1" in answer.scores}
    if len(scores) < 2 or any(not answer.over for answer in answers):
        return frozenset()
    top = max(scores.values())
    winners = frozenset(key for key, value in scores.items() if top - value < 5e-4)
    return winners if len(winners) < len(scores) else frozenset()


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
