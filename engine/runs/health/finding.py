"""A finding: one plain sentence with its figures, how grave it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.runs.events import Level

CODES: dict[str, str] = {
    "not-finite": "a figure that is no number",
    "divergence": "divergence",
    "overfitting": "overfitting",
    "underfitting": "underfitting",
    "plateau": "plateau",
    "leak": "leak",
    "leak-validation": "leak into validation",
    "forgetting": "forgetting",
    "unchanged": "changed nothing",
}
"""Stable code of each finding about a run's health, and its name in words; the gravest first."""
ONCE = frozenset({"underfitting", "leak", "leak-validation", "forgetting", "unchanged"})
"""Found once a run; when a resumed run looks again, the new word takes the place of the old one."""


@dataclass(frozen=True)
class Finding:
    """What a notice is made of."""

    level: Level
    code: str
    """One of :data:`CODES`, or another for what does not concern the run's health (``memory-limit``)."""
    text: str
    """What was found, with its figures."""
    todo: str = ""
    """What to do, a sentence; empty where there is nothing to do."""
    evidence: dict[str, float] = field(default_factory=dict)
    """The figures by name, exact: ``step``, ``best``, ``best_step``, ... Losses in nats per token."""
    time: float = 0.0
    """When it was found (seconds since the epoch); 0 until it is recorded."""

    @property
    def told(self) -> str:
        """The sentence and what to do."""
        return f"{self.text} {self.todo}".rstrip()

    @property
    def name(self) -> str:
        """The code in words."""
        return CODES.get(self.code, self.code)
