"""What a run costs: the hours it holds its machine, by the price of that machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.config import Config
from engine.results.facts import at, figure, word
from engine.runs.files import read_json
from engine.runs.folder import RunFolder

FORECAST = "forecast.json"
"""In a run's folder: what was expected of it, the price that was known then among that."""


@dataclass(frozen=True)
class Price:
    """Of an hour of a machine."""

    per_hour: float
    currency: str

    def of(self, seconds: float) -> float:
        """What so long costs."""
        return seconds / 3600 * self.per_hour


def price_of(run: RunFolder, config: Config | None = None, manifest: Any = None) -> Price | None:
    """The price of the machine that ``run`` ran on; None where nobody has set one.

    As the run itself has it, wherever it is read now: a run that was copied here keeps the price of where it was made.
    Else as it was when the run was started, else as ``config`` has it here. ``manifest`` saves reading it again.
    """
    manifest = run.manifest() if manifest is None else manifest
    own = figure(manifest, "price", "per_hour")
    if own is not None and own >= 0:
        return Price(float(own), word(manifest, "price", "currency") or Config.currency)
    foreseen = read_json(run.path / FORECAST)
    then = figure(foreseen, "price_per_hour")
    if then is not None and then >= 0:
        return Price(float(then), word(foreseen, "currency") or Config.currency)
    if config is None or config.price_per_hour is None:
        return None
    return Price(config.price_per_hour, config.currency)


def per_point(cost: Any, score: Any, base: Any) -> float | None:
    """Cost of each ROUGE point (x 100) gained over ``base``; None where nothing was gained, or something is unknown."""
    if cost is None or score is None or base is None or score <= base:
        return None
    return float(cost / (100 * (score - base)))


def written(manifest: Any) -> tuple[float, str] | None:
    """Amount and currency that the run's end wrote into its manifest; None before, and without a price."""
    amount = figure(manifest, "cost", "amount")
    currency = at(manifest, "cost", "currency")
    return None if amount is None or not isinstance(currency, str) else (float(amount), currency)
