"""What a run costs, into its manifest: the price of this machine at once, the amount when the run is over."""

from __future__ import annotations

import logging

from engine import config
from engine.results.costs import price_of
from engine.results.usage import hours, usage
from engine.runs.folder import RunFolder
from engine.worker.reporting import Reporter
from engine.worker.saving import update_manifest

log = logging.getLogger("dialtune")


def begin(run: RunFolder, reporter: Reporter) -> None:
    """Write the price of an hour, if one is known, and see to it that the run's end writes what it cost."""
    price = price_of(run, config.load()[0], manifest={})  # what this machine costs now, also of a run that is resumed
    if price is None:
        return
    update_manifest(run, price={"per_hour": price.per_hour, "currency": price.currency})

    def end(_state: str, _reason: str) -> None:
        try:
            worked = hours(run, usage(run))
            if worked is not None:
                update_manifest(run, cost={"amount": price.per_hour * worked, "currency": price.currency})
        except OSError as error:  # a full disk; the run itself has said so
            log.warning("what the run cost cannot be written: %s", error)

    reporter.before_end.append(end)
