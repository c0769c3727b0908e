"""What the New run screen keeps while one is elsewhere: draft, probes, price. Knows no Textual."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace

from engine import config, forecast, launch, preflight, queue, resources
from engine.config import Config
from engine.errors import DialtuneError
from engine.forecast import Forecast
from engine.forecast.probe import Probed, key
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from engine.spec import RunSpec
from tui.draft import Draft, of_preset, of_spec


@dataclass
class Drafting:
    """One of these a terminal."""

    workspace: Workspace
    draft: Draft | None = None
    probes: dict[str, Probed] = field(default_factory=dict)
    """By what they hold for."""
    price: float | None = None
    """Typed on the screen; it stands above the settings file's."""
    notices: list[str] = field(default_factory=list)
    """What is wrong with the settings file, not yet told."""
    _config: Config | None = None

    @property
    def now(self) -> Draft:
        """The draft, a fresh one where there was none."""
        if self.draft is None:
            self.draft = of_preset()
        return self.draft

    def config(self) -> Config:
        """The settings, read once. Slow: a file."""
        if self._config is None:
            self._config, self.notices = config.load()
        return self._config if self.price is None else replace(self._config, price_per_hour=self.price)

    def forecast(self, spec: RunSpec) -> Forecast:
        """What ``spec`` needs here and now. Slow: files, perhaps all of a data set."""
        return forecast.current(spec, self.workspace, self.probes.get(key(spec)), self.config())

    def from_run(self, name: str) -> Draft:
        """A draft that starts from the run ``name``. Raises DialtuneError. Slow: files."""
        run = self.workspace.open(name)
        run.refuse_imported("the start of a new run")
        return of_spec(run.spec(), f"run {name}")

    def start(self, spec: RunSpec, later: bool, anyway: bool = False) -> RunFolder:
        """Make a run of ``spec`` and start it (``later``: after those at work). Raises DialtuneError. Slow.

        A run that could be made but not started stays, queued. ResourceError: the machine has too little for it; it is
        not made then, unless ``anyway``.
        """
        whole = preflight.prepared(spec)
        made = self.forecast(spec)
        if not anyway:
            resources.refuse(resources.concerns(made, self.workspace.path))
        run = self.workspace.create(whole)
        with contextlib.suppress(OSError):  # a run is not worth less without
            forecast.keep(run, made)
        if later:
            queue.start(self.workspace.path, [run.name])
        else:
            launch.start(run)
        return run

    def starts(self) -> list[tuple[str, str]]:
        """Every run of the workspace that a draft can start from, and what it is. Slow: files."""
        found = []
        for run in self.workspace.runs():
            with contextlib.suppress(DialtuneError):
                asked = run.spec()
                found.append((run.name, f"{asked.method} of {asked.base.name} on {asked.data.source}"))
        return found
