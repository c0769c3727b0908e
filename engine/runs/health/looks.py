"""What was looked at in a run, and what was seen there, in sentences: also where nothing was found."""

from __future__ import annotations

from dataclasses import dataclass

from engine.runs.health.change import Change
from engine.runs.health.forgetting import ABLE, RISE, Forgetting, TaskLoss
from engine.runs.health.leaks import PAIRS, Leaks
from engine.runs.health.record import Health


@dataclass(frozen=True)
class Look:
    """One thing that is looked at."""

    what: str
    said: str
    """What was seen; why nothing was, where it was not looked at."""
    seen: bool


NOT = (
    "Not looked at: the run trained nothing, broke off before, was asked not to, or is of a version that did not look."
)


def looks(health: Health, over: bool) -> tuple[Look, ...]:
    """The splits, the curves, the outputs and the general prompts. ``over``: nothing more will be looked at."""
    curves = "Overfitting, divergence and plateaus were looked for all along, underfitting at the end."
    coming = {
        "leakage": "Looked for before the training.",
        "curves": "Looked at as they grow; underfitting is judged when the training comes to its end.",
        "outputs": "Compared with the base's when the training comes to its end.",
        "forgetting": "Measured before the training and after it, unless forgetting.check is off.",
    }
    seen = {
        "leakage": _leaks(health.leaks) if health.leaks is not None else "",
        "curves": curves if health.curves else "",
        "outputs": _outputs(health.change) if health.change is not None else "",
        "forgetting": _forgetting(health.forgetting) if health.forgetting is not None else "",
    }
    return tuple(Look(what, said or (NOT if over else coming[what]), bool(said)) for what, said in seen.items())


def _leaks(found: Leaks) -> str:
    sizes = found.examples or {}
    parts = []
    for split, other in PAIRS:
        if (of := sizes.get(split, 0)) and sizes.get(other, 0):
            one = found.between(split, other)
            parts.append(f"{one.all:,} of {of:,} {split} dialogues are in {other} ({one.exact:,} exactly)")
    near = "" if found.near else " Only exact duplicates were looked for."
    return f"{'; '.join(parts) or 'There is but one split'}. Looked for in {found.seconds:.1f} s.{near}"


def _outputs(change: Change) -> str:
    weights = (
        f"weights changed in {change.moved:,} of {change.tensors:,} trained tensors, by up to {change.weights:.2g}"
    )
    if not change.prompts:
        return f"{weights[:1].upper()}{weights[1:]}."
    return f"They differ from the base's by up to {change.outputs:.3g} on {change.prompts} prompts; {weights}."


def _forgetting(found: Forgetting) -> str:
    if not found.tasks:
        return "No general prompt gave a loss."
    all_of = "None of the tasks could be done before, so none is judged."
    if found.overall is not None:
        all_of = f"The loss on general prompts ({found.source}) went from {rise(found.overall)}."
    return (
        f"{all_of} Called forgetting where the low end of an interval is above {RISE:.2f} nats a token (the perplexity "
        f"doubles), of tasks below {ABLE:g} before. {sum(row.prompts for row in found.tasks):,} prompts, twice, took "
        f"{found.seconds:.1f} s."
    )


def rise(row: TaskLoss) -> str:
    """``4.67 to 5.23 (+0.56 [+0.30, +0.83])``."""
    interval = "" if row.low is None else f" [{row.low:+.2f}, {row.high:+.2f}]"
    return f"{row.before:.2f} to {row.after:.2f} ({row.rise:+.2f}{interval})"


def tasks(found: Forgetting | None) -> tuple[tuple[str, str], ...]:
    """Each task of the general prompts, and how its loss went; the row over all judged ones last."""
    if found is None:
        return ()
    rows = [*found.tasks, *([found.overall] if found.overall is not None else [])]
    return tuple((row.task, rise(row) + _remark(row)) for row in rows)


def _remark(row: TaskLoss) -> str:
    if not row.judged:
        return "  not known before"
    return "  forgotten" if row.forgotten else ""
