"""A run's phase, figures and outcome in words and numbers."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from engine.amounts import pace
from engine.runs.events import WORK
from engine.runs.folder import Status
from tui import format as fmt
from tui.feed import RunSnapshot
from tui.metrics import METRICS
from tui.text import clean


class PhaseLine(Static):
    """Phase, bar, percent, what is done of what, time left. One line."""

    snapshot: reactive[RunSnapshot | None] = reactive(None)

    def render(self) -> Content:
        """The line, its bar as long as the width allows."""
        if self.snapshot is None:
            return Content.styled("Reading the run …", "$label")
        status, share = self.snapshot.status, self.snapshot.progress
        if status.state != "running":
            return _rest(self.snapshot)
        done, total, unit = status.done, status.total, clean(status.unit)
        if status.phase == "training" and status.total_steps:
            done, total, unit = status.step, status.total_steps, "steps"
        left = Content.assemble((clean(status.phase) or "starting", "bold"), "  ")
        right = Content(
            "  ".join(
                part
                for part in (
                    fmt.percent(share) if share is not None else "",
                    f"{done:,}/{total:,} {unit}".rstrip() if total else "",
                    f"{fmt.duration(status.eta)} left" if status.eta is not None else "",
                    f"{fmt.duration(self.snapshot.elapsed)} so far",
                )
                if part
            )
        )
        width = max(self.content_size.width - left.cell_length - right.cell_length - 2, 0)
        full, empty = fmt.bar(share, min(width, 60)) if share is not None else ("", "")
        return Content.assemble(left, (full, "$primary"), (empty, "$label"), "  " if full or empty else "", right)


def _rest(snapshot: RunSnapshot) -> Content:
    """The line of a run that does not work now."""
    status = snapshot.status
    mark = fmt.state(status.state)
    parts: list[Any] = [(f"{mark.glyph} {clean(mark.word)}", f"bold ${mark.style}")]
    if status.started:
        parts.append(f" after {fmt.duration(snapshot.elapsed)}")
    if status.step:
        parts.append(f", {fmt.count(status.step, 'step')}")
    if status.reason:
        parts.append(f": {clean(status.reason)}")
    elif status.state == "queued":
        parts.append(": waiting to be started")
    return Content.assemble(*parts)


def figures(snapshot: RunSnapshot) -> Content:
    """The latest training and validation figures, each with its name."""
    step, evaluation = snapshot.step, snapshot.evaluation
    pairs: list[tuple[str, str]] = []
    if step is not None:
        if not (snapshot.status.state == "running" and snapshot.status.phase == "training"):  # else the bar says it
            total = f"/{snapshot.status.total_steps:,}" if snapshot.status.total_steps else ""
            pairs.append(("step", f"{step.step:,}{total}"))
        pairs += [
            ("epoch", f"{step.epoch:.2f}"),
            ("loss", fmt.number(step.loss)),
            ("learning rate", fmt.number(step.learning_rate)),
            ("grad norm", fmt.number(step.grad_norm)),
            ("samples/s", fmt.number(step.samples_per_second)),
            ("tokens/s", fmt.number(step.tokens_per_second)),
        ]
        if (share := snapshot.utilisation) is not None:
            pairs.append(("MFU", f"{100 * share:.1f}%"))
    if evaluation is not None:
        if "loss" in evaluation.metrics:
            best = ", the best" if evaluation.best else ""
            pairs.append(("validation loss", f"{fmt.number(evaluation.metrics['loss'])} at {evaluation.step:,}{best}"))
        if "rouge1" in evaluation.metrics:
            pairs.append(("validation ROUGE-1", fmt.score(evaluation.metrics["rouge1"])))
    if snapshot.checkpoint is not None and not snapshot.status.over:
        pairs.append(("checkpoint", f"{snapshot.checkpoint.step:,}"))
    # A no-break space keeps a figure on the line of its name.
    return Content("  ").join(
        Content.assemble((name.replace(" ", "\xa0") + "\xa0", "$label"), (value.replace(" ", "\xa0"), "bold"))
        for name, value in pairs
    )


def outcome(snapshot: RunSnapshot) -> Content:
    """What came of it: the final scores; for a run that failed what happened, why and what to do; warnings."""
    lines: list[Content] = []
    status = snapshot.status
    if snapshot.silent is not None:
        lines.append(
            Content.styled(
                f"! The worker has given no sign of life for {fmt.duration(snapshot.silent)}.", "bold $notice-warning"
            )
        )
    if status.state == "running":
        lines += [Content.styled(f"! {clean(text)}", "bold $notice-warning") for text in trouble(status)]
    if snapshot.outline.problem:
        lines.append(Content.styled(f"! {clean(snapshot.outline.problem)}", "$notice-warning"))
    if status.error:
        for name, word in (("happened", "What happened"), ("why", "Why"), ("todo", "What to do")):
            if text := clean(status.error.get(name, "")).strip():
                lines.append(Content.assemble((f"{word}: ", "bold $state-failed"), text))
    if scores := scores_line(snapshot.scores):
        lines.append(scores)
    return Content("\n").join(lines)


def trouble(status: Status) -> list[str]:
    """Why a running run does not move, or is about to end."""
    told = []
    if status.paused:
        told.append(f"Paused, {status.paused}. It goes on where there is room, or stops when asked to.")
    if status.idle is not None:
        told.append(f"{stalled(status)}. The device, or a disk, may hang; s stops the run.")
    if status.insisted:
        told.append("Told to end at once.")
    elif status.stopping:
        told.append("Asked to stop: it ends after this step. s again goes further.")
    return told


def stalled(status: Status) -> str:
    """``No step for 3m 10s, usually 0.8 s``."""
    unit = WORK.get(status.phase, "progress")
    usual = f", usually {pace(status.usual)}" if status.usual is not None else ""
    return f"No {unit} for {fmt.duration(status.idle)}{usual}"


def scores_line(scores: dict[str, Any]) -> Content | None:
    """The test split's figures, with what they are means of."""
    metrics = scores.get("metrics")
    if not isinstance(metrics, dict):
        return None
    found = {name: metrics[key] for key, name in METRICS.items() if isinstance(metrics.get(key), int | float)}
    if not found:
        return None
    parts: list[Any] = [("Test ", "bold $state-finished")]
    for name, value in found.items():
        parts += [(f"{name} ", "$label"), (fmt.score(value), "bold"), "  "]
    dialogues, references = scores.get("examples"), scores.get("references")
    note = "mean over references"
    if isinstance(dialogues, int) and isinstance(references, int):
        note += f", {fmt.count(dialogues, 'dialogue')}, {fmt.count(references, 'reference')}"
    return Content.assemble(*parts, (f"×100, {note}", "$label"))
