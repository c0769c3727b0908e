"""What is being found out about one data set, in threads: examples, duplicates, tokens. Knows no Textual."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine import study
from engine.asking import Cancel, Cancelled
from engine.data.leakage import Leakage
from engine.data.sources import absolute
from engine.errors import DialtuneError
from engine.results.facts import asked
from engine.runs.folder import RunFolder
from engine.spec import BaseSpec, DataSpec, RunSpec, from_dict
from engine.study import Lengths
from tui.background import Background, Work
from tui.dataset import Dataset, dataset

READING, FINDING, COUNTING = "reading", "duplicates", "tokens"
"""What is at work, as the title says it."""


class Inquiry(Background):
    """All that is known so far. Only :meth:`start` and what it hands to ``later`` change it, save for the progress."""

    def __init__(
        self, asked: RunSpec | RunFolder, thread: Callable[[Work], Any], later: Callable[[Work], Any], changed: Work
    ) -> None:
        """``asked``: what to look at, or the run whose spec says it. For the rest see :class:`Background`."""
        super().__init__(thread, later, changed)
        self.run = asked if isinstance(asked, RunFolder) else None
        self.spec = asked if isinstance(asked, RunSpec) else RunSpec()
        self._reading, self._counting = Cancel(), Cancel()
        self._forget()

    def _forget(self) -> None:
        self.data: Dataset | None = None
        self.leakage: Leakage | None = None
        self.lengths: Lengths | None = None
        self.problems: dict[str, str] = {}
        """Why a job came to nothing."""
        self.jobs: dict[str, tuple[int, int]] = {}
        """What is at work: done and total, (0, 0) while nobody knows."""

    def cancel(self) -> None:
        """Give up whatever is at work."""
        self._reading()
        self._counting()

    def start(self, fresh: bool = False) -> None:
        """Begin from the beginning; ``fresh`` asks the hub again."""
        self.cancel()
        self._reading = Cancel()
        self._forget()
        self.jobs[READING] = (0, 0)
        self._thread(partial(self._read, self._reading, fresh))
        self._changed()

    def take_source(self, source: str) -> None:
        """Look at another source, read with no settings of this one's."""
        self.run = None
        self.spec = self.spec.model_copy(update={"data": DataSpec(source=source)})
        self.start()

    def take_base(self, name: str) -> None:
        """Count another base's tokens."""
        self.spec = self.spec.model_copy(update={"base": BaseSpec(name=name)})
        self._count_anew()
        self._changed()

    # -- in threads -------------------------------------------------------------------------------

    def _read(self, cancel: Cancel, fresh: bool) -> None:
        job = READING
        try:
            spec = self.spec if self.run is None else imported(self.run) if self.run.imported else self.run.spec()
            data = spec.data.model_copy(update={"source": absolute(spec.data.source)})
            found = dataset(study.load(data, fresh, cancel))
            self._tell(cancel, self._have_data, spec.model_copy(update={"data": data}), found)
            job = FINDING
            leakage = Leakage(found.loaded.splits, study.duplicates(found.loaded, partial(self._note, job), cancel))
            leakage.work_out()
            self._tell(cancel, self._have_leakage, leakage)
        except DialtuneError as error:
            self._tell(cancel, self._have_problem, job, str(error))
        except Cancelled:
            return

    def _count(self, cancel: Cancel, found: Dataset, spec: RunSpec) -> None:
        try:
            note = partial(self._note, COUNTING)
            lengths = study.lengths(found.loaded, spec.base, spec.prompt.template, note, cancel)
            self._tell(cancel, self._have_lengths, lengths)
        except DialtuneError as error:
            self._tell(cancel, self._have_problem, COUNTING, str(error))
        except Cancelled:
            return

    def _note(self, job: str, done: int, total: int) -> None:
        if job in self.jobs:
            self.jobs[job] = (done, total)

    # -- where the rest lives ---------------------------------------------------------------------

    def _have_data(self, spec: RunSpec, found: Dataset) -> None:
        self.spec, self.data = spec, found
        self.jobs = {FINDING: (0, 0)}
        self._count_anew()

    def _count_anew(self) -> None:
        self._counting()
        self._counting, self.lengths = Cancel(), None
        self.problems.pop(COUNTING, None)
        if self.data is not None:
            self.jobs[COUNTING] = (0, 0)
            self._thread(partial(self._count, self._counting, self.data, self.spec))

    def _have_leakage(self, leakage: Leakage) -> None:
        self.leakage = leakage
        self.jobs.pop(FINDING, None)

    def _have_lengths(self, lengths: Lengths) -> None:
        self.lengths = lengths
        self.jobs.pop(COUNTING, None)

    def _have_problem(self, job: str, problem: str) -> None:
        self.problems[job] = problem
        self.jobs.pop(job, None)


def imported(run: RunFolder) -> RunSpec:
    """A spec for the data that imported summaries are of; with nothing else to go by, the rest is usual."""
    return from_dict({"data": asked(run).get("data", {})}, f"the data of {run.name}")
