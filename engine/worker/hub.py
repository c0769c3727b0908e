"""Dialogues from the Hugging Face hub, or from its cache when the hub cannot be reached.

``datasets`` retries a dead connection for 23 seconds before it looks into its cache, and no setting of its own
shortens that. So one plain question to the hub comes first: it gives the commit, or shows within one timeout
(``HF_HUB_ETAG_TIMEOUT``, 10 s unless set) that there is no hub; then the rest happens in offline mode. Only
rows are read. ``datasets`` 5 runs no code that comes with a data set, and neither do we.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import datasets
from datasets.exceptions import DatasetNotFoundError, DatasetsError
from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # kept for downstream, says its module

from engine.data.columns import SPLITS, SplitName, find
from engine.data.quoting import plain, quoted
from engine.data.sources import Loaded, Table, assemble, split_of
from engine.errors import DataError, DialtuneError, HubError
from engine.spec import DataSpec
from engine.tasks import Task, named

HTTPError = httpx.HTTPError
"""What goes wrong below HTTP, too: no connection, no answer in time."""
USE_FILES = "Use files instead: --set data.source=DIR, where DIR has train.jsonl, validation.jsonl and test.jsonl"
_COMMIT = re.compile(r"[0-9a-f]{40}")


def load_hub(spec: DataSpec, *, need_train: bool = False, need_test: bool = True, task: Task | None = None) -> Loaded:
    """The dialogues of the hub data set ``spec.source``, at ``spec.revision``, in configuration ``spec.config``.

    Without a connection the cached copy serves, and a notice says so; with a revision asked for, only a copy of
    that revision does. A data set that has nothing but a train split is divided as a single file would be.

    Raises HubError when the data set cannot be had: no hub and no copy, no such data set or revision, no access;
    DataError when it can, but holds no dialogues that can be used.
    """
    found, commit, notices = _download(spec)
    task = task or named()
    tables = _tables(found, spec, notices, task)
    return assemble(
        tables, spec, plain(spec.source), notices=notices, need_train=need_train, need_test=need_test,
        revision=commit, task=task,
    )  # fmt: skip


def reason(error: BaseException) -> str:
    """Why the hub did not answer as it should, in a few words: for HubErrors about bases and data sets alike."""
    if isinstance(error, OfflineModeIsEnabled):
        return "offline mode is on (HF_HUB_OFFLINE)"
    if isinstance(error, HfHubHTTPError):
        return f"the hub answered with status {error.response.status_code}"
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return f"the hub gave no answer within {constants.HF_HUB_ETAG_TIMEOUT} s"
    if isinstance(error, (HTTPError, OSError)):
        return f"the hub at {plain(constants.ENDPOINT)} cannot be reached ({plain(str(error)) or type(error).__name__})"
    return f"what answered at {plain(constants.ENDPOINT)} is not the hub"


# -- getting it -----------------------------------------------------------------------------------


def _download(spec: DataSpec) -> tuple[datasets.DatasetDict, str, list[str]]:
    """The data set, the commit it is of (empty if unknown), and what a person should know."""
    name = plain(spec.source)
    offline = commit = ""
    full_name = spec.source
    if constants.HF_HUB_OFFLINE or datasets.config.HF_HUB_OFFLINE:
        offline = reason(OfflineModeIsEnabled())
    else:
        try:
            full_name, commit = _newest_commit(spec)
        except _UnreachableError as error:
            offline = str(error)
    if offline:
        found = _cached(spec, offline)
    else:
        try:
            found = _load(spec, full_name, commit)
        except (HTTPError, ConnectionError, TimeoutError) as error:  # the connection broke while it went on
            found = _cached(spec, offline := reason(error))
    got = _commit_of(found)
    wanted = commit or (_known_commit(spec) if spec.revision else "")
    if spec.revision and got != wanted and not (got and got.startswith(spec.revision)):
        raise HubError(
            f"The data set {name} cannot be had at revision {plain(spec.revision)}",
            f"{offline or reason(ConnectionError())}, and the cached copy is of {got[:10] or 'an unknown commit'}",
            USE_FILES,
        )
    notices = []
    if offline or (commit and got != commit):
        which = f" (commit {got[:10]})" if got else ""
        notices.append(f"The cached copy of {name}{which} was used, for {offline or 'its download failed'}.")
    return found, got, notices


class _UnreachableError(Exception):
    """There is no hub to be had; the message says why."""


def _newest_commit(spec: DataSpec) -> tuple[str, str]:
    """The data set's full name and the commit that the revision stands for now.

    Old names without an owner (``squad``) are answered with the new one (``rajpurkar/squad``), and only that can be
    loaded. Raises HubError when there is no such thing or no access.
    """
    name = plain(spec.source)
    try:
        # One request, no retries.
        info = HfApi().dataset_info(
            spec.source, revision=spec.revision, timeout=constants.HF_HUB_ETAG_TIMEOUT, expand=["sha"]
        )
    except RevisionNotFoundError:
        raise HubError(f"The data set {name} has no revision {plain(spec.revision or '')}") from None
    except GatedRepoError:
        raise _gated(name) from None
    except RepositoryNotFoundError:
        raise HubError(
            f"There is no data set {name} on the hub that you have access to, nor a file or folder of that name",
            "",
            "Check data.source; for a private data set, log in with `hf auth login` or set HF_TOKEN",
        ) from None
    except (HTTPError, OSError, ValueError, TypeError, KeyError) as error:
        raise _UnreachableError(reason(error)) from None
    commit = info.sha or ""
    if not _COMMIT.fullmatch(commit):
        raise _UnreachableError(reason(ValueError()))
    # Leaves refs/<revision> in the cache, so that the revision can be told from others when there is no hub.
    with contextlib.suppress(EntryNotFoundError, HTTPError, OSError):
        hf_hub_download(info.id, "README.md", repo_type="dataset", revision=spec.revision)
    return info.id, commit


def _gated(name: str) -> HubError:
    todo = "Accept its terms on its page, then log in with `hf auth login` or set HF_TOKEN"
    return HubError(f"The data set {name} is gated, and you have no access", "", todo)


def _load(spec: DataSpec, full_name: str, commit: str) -> datasets.DatasetDict:
    """Download and build the data set. Raises HubError, DataError, or what a broken connection raises."""
    name = plain(spec.source)
    try:
        return _dict(spec, full_name, commit)
    except DatasetNotFoundError as error:
        if "gated" in str(error):
            raise _gated(name) from None
        raise HubError(f"The data set {name} cannot be loaded", _first_line(error)) from None
    except (HTTPError, ConnectionError, TimeoutError):
        raise
    except (DatasetsError, ValueError, RuntimeError, OSError, TypeError, NotImplementedError) as error:
        raise _unusable(spec, error) from error  # the log keeps the whole story


def _dict(spec: DataSpec, full_name: str, commit: str) -> datasets.DatasetDict:
    # The prefix keeps a folder of that name in the worker's own directory from being taken for it. With a commit
    # as revision, datasets does not ask the dataset viewer, another host.
    found = datasets.load_dataset(
        f"hf://datasets/{full_name}", spec.config, revision=commit or None, keep_in_memory=False
    )
    assert isinstance(found, datasets.DatasetDict)
    return found


def _cached(spec: DataSpec, why: str) -> datasets.DatasetDict:
    """The copy in the cache. Raises HubError when there is none."""
    name = plain(spec.source)
    try:
        with _offline():
            return _dict(spec, spec.source, "")
    except (OSError, HTTPError):
        nothing = "nothing is cached"
    except (DatasetsError, ValueError) as error:  # another configuration is cached; the copy is damaged
        nothing = f"the cache has no copy that fits: {_first_line(error)}"
    raise HubError(f"The data set {name} cannot be loaded", f"{why[:1].upper()}{why[1:]}, and {nothing}", USE_FILES)


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Let nothing below try the network. What both libraries read from the environment once, at import."""
    before = constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = datasets.config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE = before


def _commit_of(found: datasets.DatasetDict) -> str:
    """The commit a built data set is of: its folder in the cache is called that."""
    for split in found.values():
        for file in split.cache_files:
            if _COMMIT.fullmatch(commit := Path(file["filename"]).parent.name):
                return commit
    return ""


def _known_commit(spec: DataSpec) -> str:
    """The commit that the revision stood for when the hub was last asked; empty if it never was."""
    revision = spec.revision or constants.DEFAULT_REVISION
    if _COMMIT.fullmatch(revision):
        return revision
    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=spec.source, repo_type="dataset")
    try:
        return (folder / "refs" / revision).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _unusable(spec: DataSpec, error: Exception) -> DialtuneError:
    name, why, todo = plain(spec.source), _first_line(error), ""
    if "scripts are no longer supported" in why:
        why, todo = "It is a script, and dialtune runs no code that comes with data", USE_FILES
    elif match := re.search(r"available configs: (\[.*\])|not found\. Available: (\[.*\])", str(error)):
        asked = f"has no configuration {plain(spec.config)}" if spec.config else "has several configurations"
        configs = plain(match[1] or match[2])
        return DataError(
            f"The data set {name} {asked}", f"There are {configs}", "Say which with --set data.config=NAME"
        )
    elif isinstance(error, OSError) and error.errno:
        return HubError(f"The data set {name} cannot be stored", error.strerror or why, "Set HF_HOME to another folder")
    return DataError(f"The data set {name} cannot be read", why, todo)


def _first_line(error: BaseException) -> str:
    """The first line of what began it; the libraries wrap the cause of a failure in a general sentence."""
    while isinstance(error, DatasetsError) and error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return plain(lines[0]) if lines else type(error).__name__


# -- reading it -----------------------------------------------------------------------------------


def _tables(
    found: datasets.DatasetDict, spec: DataSpec, notices: list[str], task: Task
) -> dict[SplitName | None, list[Table]]:
    name = plain(spec.source)
    chosen: dict[SplitName | None, str] = {}
    for split in found:
        if (role := split_of(Path(str(split)))) is not None and (role not in chosen or split == role):
            chosen[role] = str(split)
    if len(found) == 1 and set(chosen) <= {"train"}:
        chosen = {None: str(next(iter(found)))}  # hub data sets without splits have all in "train"
    if not chosen:
        raise DataError(f"The data set {name} has no split called train, validation or test", f"It has {quoted(found)}")
    if ignored := [str(split) for split in found if split not in chosen.values()]:
        notices.append(f"Splits of {name} that are not used: {quoted(ignored)}.")
    tables: dict[SplitName | None, list[Table]] = {}
    for role in (None, *SPLITS):
        if role not in chosen or (role is not None and getattr(spec, role) == 0):
            continue
        split, where = found[chosen[role]], f"{name} ({plain(chosen[role], 40)})"
        columns, _ = find(split.column_names, spec.columns, where, task)
        # Only what is needed becomes Python objects: data sets may have images or embeddings beside the text.
        rows = split.select_columns([c for c in columns if c is not None]).to_list()
        if isinstance(feature := split.features[columns.summary], datasets.ClassLabel):  # numbers that have names
            for row in rows:
                number = row[columns.summary]
                row[columns.summary] = feature.int2str(number) if number is not None and number >= 0 else None
        tables[role] = [Table(where, rows)]
    return tables
