"""The workspace: a folder of runs."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
import time
import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import DialtuneError, WorkspaceError
from engine.runs import state, versions
from engine.runs.files import VERSION, write_atomic
from engine.runs.folder import RunFolder, Status

if TYPE_CHECKING:
    from engine.spec import RunSpec

DEFAULT = Path("runs")
PRIVATE = 0o700
"""Mode of a run's folder: dialogues are people's. The files in it can be read by all, so that who opens the folder to
others (``chmod g+rx``; ``g+rwx`` for it and ``control`` to let them ask for a stop) need not think of each."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Workspace:
    """A folder of run folders; it need not exist until a run is created."""

    path: Path = DEFAULT

    def runs(self, archived: bool = True) -> list[RunFolder]:
        """Every run (without ``archived``, those that are not), newest first.

        An unreadable or missing workspace has none; drafts of new runs are left out.
        """
        try:
            found = [entry for entry in self.path.iterdir() if _is_run(entry)]
        except OSError:
            return []
        created = {entry: RunFolder(entry).status().created for entry in found}
        runs = [RunFolder(entry) for entry in sorted(found, key=lambda e: (created[e], e.name), reverse=True)]
        return runs if archived else [run for run in runs if not run.remarks().archived]

    def open(self, name: str) -> RunFolder:
        """The run called ``name``.

        Raises WorkspaceError with the nearest name when there is none, or when a newer dialtune made it.
        """
        if _NAME.fullmatch(name) and _is_run(self.path / name):
            run = RunFolder(self.path / name)
            versions.refuse(run)
            return run
        names = [run.name for run in self.runs()]
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        todo = f"Did you mean {close[0]}?" if close else "`dialtune runs` lists the runs there are"
        raise WorkspaceError(f"There is no run {name!r} in {self.path}", "", todo)

    def create(self, spec: RunSpec) -> RunFolder:
        """A new run folder holding ``spec``, state queued; complete or not there at all.

        A spec without a name gets one from its method and base, numbered if need be. Raises WorkspaceError
        when the name is taken or unfit for a folder, or the workspace cannot be written.
        """
        if spec.name is not None:
            check_name(spec.name)
        try:
            while True:
                name = spec.name or self._free_name(spec)
                if self._created(name, spec):
                    return RunFolder(self.path / name)
                if spec.name:
                    raise self._taken(name)
        except OSError as error:
            raise self._unwritable(error) from None

    def check_free(self, names: Sequence[str]) -> None:
        """Raise WorkspaceError for the first of ``names`` that is taken or unfit for a folder."""
        for name in names:
            check_name(name)
            if os.path.lexists(self.path / name):
                raise self._taken(name)

    def adopt(self, fills: Mapping[str, Callable[[RunFolder], None]]) -> list[RunFolder]:
        """New folders by these names, each filled by its function: complete, and all of them or none.

        Raises WorkspaceError when a name is taken or unfit, or the workspace cannot be written.
        """
        self.check_free(list(fills))
        drafts: dict[str, Path] = {}
        made: list[Path] = []
        try:
            for name, fill in fills.items():
                drafts[name] = self.path / f".{name}.{uuid.uuid4().hex}"
                self.path.mkdir(parents=True, exist_ok=True)
                drafts[name].mkdir(mode=PRIVATE)
                fill(RunFolder(drafts[name]))
            for name, draft in drafts.items():
                if os.path.lexists(self.path / name):  # it came there meanwhile
                    raise self._taken(name)
                draft.rename(self.path / name)
                made.append(self.path / name)
        except BaseException as error:
            for path in (*made, *drafts.values()):
                shutil.rmtree(path, ignore_errors=True)
            if isinstance(error, OSError):
                raise self._unwritable(error) from None
            raise
        return [RunFolder(path) for path in made]

    def rename(self, name: str, new: str) -> RunFolder:
        """Call the run ``name`` ``new``, in its spec too.

        Raises WorkspaceError when the run is queued or running (its worker and the queue know it by name), or
        ``new`` is taken or unfit for a folder, or the workspace cannot be written; nothing has then changed.
        """
        run = self._at_rest(name, "renamed")
        check_name(new)
        target = RunFolder(self.path / new)
        if os.path.lexists(target.path):
            raise self._taken(new)
        try:
            run.path.rename(target.path)
        except OSError as error:
            raise self._unwritable(error) from None
        with contextlib.suppress(DialtuneError, OSError):  # the folder's name is what counts
            from engine.runs.wholeness import keep_sum, spec_sum
            from engine.spec import to_toml

            before = spec_sum(target)
            write_atomic(target.path / "spec.toml", _versioned(to_toml(target.spec().model_copy(update={"name": new}))))
            keep_sum(target, before)
        return target

    def delete(self, name: str) -> int:
        """Remove the run and all it holds; the bytes that frees.

        The run is gone at once and whole: its folder is first moved out of sight. Raises WorkspaceError when it
        is queued or running, or cannot be removed.
        """
        run = self._at_rest(name, "deleted")
        freed = run.size()
        hidden = self.path / f".deleted.{uuid.uuid4().hex}"
        try:
            run.path.rename(hidden)
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            shutil.rmtree(hidden)
        except OSError as error:
            raise WorkspaceError(
                f"The run {name} is deleted, but part of it still takes up space in {hidden}",
                error.strerror or str(error), "Remove that folder by hand",
            ) from None  # fmt: skip
        return freed

    def _at_rest(self, name: str, what: str) -> RunFolder:
        run = self.open(name)
        now = state.settled(run).state
        if now in ("queued", "running"):
            raise WorkspaceError(f"The run {name} cannot be {what} while it is {now}", "", "Stop it first")
        from engine.runs import lineage  # listing runs does not need it

        lineage.refuse(self.runs(), name, what)
        return run

    def _taken(self, name: str) -> WorkspaceError:
        return WorkspaceError(f"There is already a run called {name} in {self.path}", "", "Choose another name")

    def _unwritable(self, error: OSError) -> WorkspaceError:
        return WorkspaceError(
            f"The workspace {self.path} cannot be written",
            error.strerror or str(error),
            "Choose another with --workspace DIR",
        )

    def _created(self, name: str, spec: RunSpec) -> bool:
        """Whether the run came to be; not when the name is taken, be it at the last moment. Raises OSError."""
        from engine.spec import to_toml  # pydantic; listing runs does not need it

        target = self.path / name
        if os.path.lexists(target):
            return False
        draft = self.path / f".{name}.{uuid.uuid4().hex}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            draft.mkdir(mode=PRIVATE)
            (draft / "control").mkdir()
            write_atomic(draft / "spec.toml", _versioned(to_toml(spec.model_copy(update={"name": name}))))
            RunFolder(draft).write_status(Status(created=time.time()))
            draft.rename(target)
        except BaseException as error:
            shutil.rmtree(draft, ignore_errors=True)
            if isinstance(error, OSError) and os.path.lexists(target):
                return False
            raise
        return True

    def _free_name(self, spec: RunSpec) -> str:
        base = unicodedata.normalize("NFKD", spec.base.name.rstrip("/").rsplit("/", 1)[-1])
        base = base.encode("ascii", "ignore").decode()  # é without its accent
        stem = re.sub(r"[^A-Za-z0-9.]+", "-", f"{spec.method}-{base}").strip("-.")[:70].lower()
        if spec.method == "lora":
            stem = stem.replace("lora", f"lora-r{spec.lora.rank}", 1)
        number, name = 1, stem
        while os.path.lexists(self.path / name):
            number += 1
            name = f"{stem}-{number}"
        return name


def _versioned(toml: str) -> str:
    return f"version = {VERSION}\n{toml}"


def check_name(name: str) -> None:
    """Raise WorkspaceError for a name that is unfit for a run's folder."""
    if not _NAME.fullmatch(name):
        raise WorkspaceError(
            f"A run cannot be called {name!r}", "",
            "Use 1 to 80 letters, digits, dots, dashes and underscores, the first a letter or digit",
        )  # fmt: skip


def _is_run(path: Path) -> bool:
    try:
        return bool(_NAME.fullmatch(path.name)) and (path / "spec.toml").is_file()
    except OSError:  # not ours to read
        return False
