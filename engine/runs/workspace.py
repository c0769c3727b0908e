"""The workspace: a folder of runs."""

from __future__ import annotations

import difflib
import re
import shutil
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from engine.errors import WorkspaceError
from engine.runs.files import write_atomic
from engine.runs.folder import RunFolder, Status
from engine.spec import RunSpec, to_toml

DEFAULT = Path("runs")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Workspace:
    """A folder of run folders; it need not exist until a run is created."""

    path: Path = DEFAULT

    def runs(self) -> list[RunFolder]:
        """Every run, newest first. An unreadable or missing workspace has none."""
        try:
            found = [entry for entry in self.path.iterdir() if (entry / "spec.toml").is_file()]
            created = {entry: RunFolder(entry).status().created for entry in found}
        except OSError:
            return []
        return [RunFolder(entry) for entry in sorted(found, key=lambda e: (created[e], e.name), reverse=True)]

    def open(self, name: str) -> RunFolder:
        """The run called ``name``. Raises WorkspaceError with the nearest name when there is none."""
        if _NAME.fullmatch(name) and (self.path / name / "spec.toml").is_file():
            return RunFolder(self.path / name)
        names = [run.name for run in self.runs()]
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        todo = f"Did you mean {close[0]}?" if close else "`dialtune runs` lists the runs there are"
        raise WorkspaceError(f"There is no run {name!r} in {self.path}", "", todo)

    def create(self, spec: RunSpec) -> RunFolder:
        """A new run folder holding ``spec``, state queued; complete or not there at all.

        A spec without a name gets one from its method and base, numbered if need be. Raises WorkspaceError
        when the name is taken or unfit for a folder, or the workspace cannot be written.
        """
        if spec.name is not None and not _NAME.fullmatch(spec.name):
            raise WorkspaceError(
                f"A run cannot be called {spec.name!r}", "",
                "Use 1 to 80 letters, digits, dots, dashes and underscores, the first a letter or digit",
            )  # fmt: skip
        name = spec.name or self._free_name(spec)
        target = self.path / name
        taken = WorkspaceError(f"There is already a run called {name} in {self.path}", "", "Choose another name")
        if target.exists():
            raise taken
        draft = self.path / f".{name}.{time.time_ns()}"
        try:
            draft.mkdir(parents=True)
            (draft / "control").mkdir()
            write_atomic(draft / "spec.toml", to_toml(spec.model_copy(update={"name": name})))
            RunFolder(draft).write_status(Status(created=time.time()))
            draft.rename(target)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            if target.exists():
                raise taken from None
            raise WorkspaceError(
                f"The workspace {self.path} cannot be written", error.strerror or str(error), "Choose another with --workspace DIR"
            ) from None
        return RunFolder(target)

    def _free_name(self, spec: RunSpec) -> str:
        base = unicodedata.normalize("NFKD", spec.base.name.rstrip("/").rsplit("/", 1)[-1])
        stem = re.sub(r"[^A-Za-z0-9.]+", "-", f"{spec.method}-{base}").strip("-.")[:70].lower()
        if spec.method == "lora":
            stem = stem.replace("lora-", f"lora-r{spec.lora.rank}-", 1)
        number, name = 1, stem
        while (self.path / name).exists():
            number += 1
            name = f"{stem}-{number}"
        return name
