"""Panes of words: what the model says at each evaluation, and what a person should know."""

from __future__ import annotations

from typing import Any

from textual.content import Content

from engine.runs.events import Sample
from tui import format as fmt
from tui.feed import RunSnapshot
from tui.text import clean, content
from tui.tracks import STEP, VALIDATION
from tui.widgets.pane import Pane


class Samples(Pane):
    """The fixed validation dialogues, their references and what the model says of them, one evaluation at a time."""

    def __init__(self, id: str = "samples") -> None:
        super().__init__("samples", id, "No evaluation yet")
        self._snapshot: RunSnapshot | None = None
        self._step: int | None = None
        self._whole = False

    @property
    def step(self) -> int | None:
        """The evaluation that is shown; None where there is none."""
        place = self._place()
        return self._spoken[place][0].step if place is not None else None

    def take(self, snapshot: RunSnapshot) -> None:
        """Show the snapshot's samples: of the evaluation chosen, or of the latest."""
        self._snapshot = snapshot
        self._draw()

    def turn(self, by: int) -> int | None:
        """The evaluation ``by`` further; its step. The last one stays the latest as new ones come."""
        place = self._place()
        if place is None:
            return None
        place = min(max(place + by, 0), len(self._spoken) - 1)
        self._step = None if place == len(self._spoken) - 1 else self._spoken[place][0].step
        self._draw(top=True)
        return self._spoken[place][0].step

    def turn_to(self, step: float) -> int | None:
        """The evaluation nearest to ``step``; its step."""
        if not self._spoken:
            return None
        place = min(range(len(self._spoken)), key=lambda at: abs(self._spoken[at][0].step - step))
        return self.turn(place - (self._place() or 0))

    def enlarged(self, whole: bool) -> None:
        """Show the dialogues too, where there is room for them."""
        if whole != self._whole:
            self._whole = whole
            self._draw(top=True)

    @property
    def _spoken(self) -> tuple[tuple[Sample, ...], ...]:
        return self._snapshot.spoken if self._snapshot else ()

    def _place(self) -> int | None:
        if not self._spoken:
            return None
        steps = [samples[0].step for samples in self._spoken]
        return steps.index(self._step) if self._step in steps else len(steps) - 1

    def _draw(self, top: bool = False) -> None:
        place = self._place()
        if self._snapshot is None or place is None:
            self.border_title, self.border_subtitle = "samples", ""
            self.show(())
            return
        samples = self._spoken[place]
        step = samples[0].step
        losses = {row[STEP]: row[VALIDATION] for row in self._snapshot.history.evaluations}
        loss = f", loss {fmt.number(losses[step])}" if losses.get(step) is not None else ""
        self.border_title = f"samples at step {step:,}{loss}"
        self.border_subtitle = f", . {place + 1} of {len(self._spoken)}" if len(self._spoken) > 1 else ""
        lines: list[Content] = []
        for sample in samples:
            lines += self._sample(sample)
        self.show(lines[:-1], top)

    def _sample(self, sample: Sample) -> list[Content]:
        example = self._snapshot.examples.get(sample.example) if self._snapshot else None
        lines = [content(sample.example, "bold")]
        if example is not None and self._whole:
            lines += [*(Content(line) for line in clean(example.dialogue, lines=True).split("\n")), Content("")]
        if example is not None:
            lines += [Content.assemble(("reference ", "$reference"), clean(text)) for text in example.references]
        model = ("model     ", "$train") if example is not None else ("", "")
        return [*lines, Content.assemble(model, clean(sample.summary)), Content("")]


def notices(snapshot: RunSnapshot) -> list[Content]:
    """Newest first."""
    lines = []
    for notice in reversed(snapshot.notices):
        mark = fmt.level(notice.level)
        lines.append(Content.assemble((f"{mark.glyph} {mark.word} ", f"bold ${mark.style}"), clean(notice.text)))
    return lines


def counted(snapshot: RunSnapshot) -> Content:
    """How many notices there are of each level, the gravest first: ``notices  ✗ 1  ! 2  · 4``."""
    parts: list[Any] = ["notices"]
    for name in ("error", "warning", "info"):
        if count := snapshot.notice_counts.get(name, 0):
            mark = fmt.level(name)
            parts.append((f"  {mark.glyph} {count:,}", f"${mark.style}"))
    return Content.assemble(*parts)


def newest(snapshot: RunSnapshot) -> Content:
    """The newest notice that is more than information, else the newest, with how many more there are."""
    if not snapshot.notices:
        return Content("")
    grave = [notice for notice in snapshot.notices if notice.level != "info"]
    notice = (grave or list(snapshot.notices))[-1]
    mark = fmt.level(notice.level)
    others = sum(snapshot.notice_counts.values()) - 1
    more = (f"+{others:,} ", "$label") if others else ("", "")
    return Content.assemble((f"{mark.glyph} {mark.word} ", f"bold ${mark.style}"), more, clean(notice.text))
