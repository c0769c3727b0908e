"""A run's health in words: what was found, with its figures and what to do, and all that was looked at."""

from __future__ import annotations

from typing import Any

from textual.content import Content

from engine.runs.health.finding import Finding
from engine.runs.health.looks import looks, tasks
from engine.runs.health.record import Health
from tui import format as fmt
from tui.text import clean

MOST_NAMED = 2
"""Concerns that a title names; of more, how many there are."""


def mark(health: Health) -> list[Any]:
    """``  ! overfitting, leak`` for a title; nothing where there is no concern."""
    if not (found := health.concerns):
        return []
    style = fmt.level(found[0].level)
    named = ", ".join(one.name for one in found[:MOST_NAMED])
    more = f" +{len(found) - MOST_NAMED}" if len(found) > MOST_NAMED else ""
    return [(f"  {style.glyph} {named}{more}", f"bold ${style.style}")]


def lines(health: Health, over: bool) -> list[Content]:
    """The gravest finding first; then what was looked at, found or not. ``over``: of a run that is."""
    found: list[Content] = []
    for finding in health.gravest:
        found += _finding(finding)
    if not found:
        found = [Content("Nothing was found wrong." if over else "Nothing was found wrong so far."), Content("")]
    for look in looks(health, over):
        found.append(
            Content.assemble((f"{look.what:<11}", "bold"), ("" if look.seen else "– ", "$label"), clean(look.said))
        )
        if look.what == "forgetting":
            found += [
                Content.assemble((f"{'':<11}{clean(task):<20} ", "$label"), clean(said))
                for task, said in tasks(health.forgetting)
            ]
    return found


def _finding(finding: Finding) -> list[Content]:
    style = fmt.level(finding.level)
    head = Content.assemble((f"{style.glyph} {style.word} ", f"bold ${style.style}"), (finding.name, "bold"))
    figures = "  ".join(f"{clean(name)} {_figure(value)}" for name, value in finding.evidence.items())
    told = [head, Content(clean(finding.text))]
    if finding.todo:
        told.append(Content.assemble(("What to do: ", "bold"), clean(finding.todo)))
    return [*told, *([Content.styled(figures, "$label")] if figures else []), Content("")]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) and abs(value) < 1e15 else fmt.number(value)
