"""``python -m engine.worker.pushing``: an exported folder uploaded as a repository; one request as a JSON line in.

The request has ``folder``, ``hub_id``, ``private``, ``form`` and ``run``. Out come {"phase"}, {"notice"}, {"progress":
[bytes, bytes]} and at last {"pushed": {...}}, or {"error": ...} with its exit code. Large files are sent one by one,
and a hub keeps those that have arrived, so that an upload that broke off goes on where it was; then one commit makes
them a whole. The token is huggingface_hub's business: from HF_TOKEN or ``hf auth login``; it is in no message here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.data.quoting import count, plain
from engine.errors import HubError
from engine.worker.answering import answered, say

MINE = "dialtune.json"
"""A repository with this file is one that a push has made, and the next push may replace what it holds."""
THEIRS = {".gitattributes", "README.md"}
"""What a hub puts into a new repository by itself."""
_TOKEN = "Log in with `hf auth login`, or set HF_TOKEN, with a token that may write to {owner}"


def main() -> int:
    """Upload what standard input asks for."""
    asked = json.loads(sys.stdin.readline())
    return answered(lambda: push(Path(asked["folder"]), asked["hub_id"], bool(asked["private"]), asked["run"]))


def push(folder: Path, hub_id: str, private: bool, run: str) -> None:
    """Upload ``folder``, and compare what the hub then holds with it. Raises HubError."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    todo = _TOKEN.format(owner=hub_id.partition("/")[0])
    if get_token() is None:
        raise HubError(f"{hub_id} cannot be pushed", "There is no token for the hub", todo)
    api = HfApi(library_name="dialtune")
    files = sorted((file for file in folder.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    sizes = {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}
    total, done = sum(sizes.values()), 0
    say(phase="uploading")
    say(progress=[0, total])
    with _explained(hub_id, todo, lambda: f"{done:,} of {total:,} bytes had arrived"):
        private, gone = _repository(api, hub_id, private, sizes)
        operations: list[Any] = []
        for name, size in sizes.items():
            one = CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(folder / name))
            api.preupload_lfs_files(hub_id, additions=[one])  # a small file is left to the commit
            operations.append(one)
            done += size
            say(progress=[done, total])
        if gone:
            say(notice=f"{count(len(gone), 'file')} of the last push that this one does not have: removed.")
            operations += [CommitOperationDelete(path_in_repo=name) for name in gone]
        made = api.create_commit(hub_id, operations, commit_message=f"{run}, exported by dialtune")
        say(phase="comparing")
        _compare(api, hub_id, folder, sizes)
    say(
        pushed={
            "url": f"{api.endpoint}/{hub_id}",
            "commit": str(made.oid),
            "files": len(sizes),
            "size": total,
            "private": private,
        }
    )


def _repository(api: Any, hub_id: str, private: bool, sizes: dict[str, int]) -> tuple[bool, list[str]]:
    """Make sure that there is one; whether it is private, and what a former push left in it that is no more.

    Raises HubError for a repository that holds something else.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        known = api.model_info(hub_id)
    except RepositoryNotFoundError:
        api.create_repo(hub_id, private=private, exist_ok=True)
        return private, []
    names = {sibling.rfilename for sibling in known.siblings or ()}
    if MINE not in names and (foreign := names - THEIRS):
        raise HubError(
            f"The repository {hub_id} holds something else",
            f"It has {count(len(foreign), 'file')} that no push of dialtune has put there",
            "Choose another name",
        )
    return bool(known.private), sorted(names - THEIRS - set(sizes))


def _compare(api: Any, hub_id: str, folder: Path, sizes: dict[str, int]) -> None:
    """Raise HubError unless the hub has every file, of its size and, where it says one, its SHA-256."""
    import hashlib

    there: dict[str, Any] = {
        entry.path: entry for entry in api.list_repo_tree(hub_id, recursive=True) if hasattr(entry, "size")
    }
    for name, size in sizes.items():
        entry = there.get(name)
        if (large := getattr(entry, "lfs", None)) is not None:
            with (folder / name).open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == large.sha256
        else:
            same = entry is not None and entry.size == size
        if not same:
            raise HubError(f"{plain(name)} did not arrive whole at {hub_id}", "", "Push it again")


@contextmanager
def _explained(hub_id: str, todo: str, arrived: Any) -> Iterator[None]:
    """Turns what the library raises into a sentence."""
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    from engine.worker.hub import HTTPError, reason

    try:
        yield
    except RepositoryNotFoundError as error:
        raise HubError(f"{hub_id} cannot be pushed", reason(error), todo) from None
    except HfHubHTTPError as error:
        status = error.response.status_code
        again = "Give the same command again: what has arrived is not sent twice"
        why = f"{reason(error)}; {arrived()}"
        raise HubError(f"{hub_id} cannot be pushed", why, todo if status in (401, 403) else again) from None
    except (HTTPError, OSError, ValueError, RuntimeError) as error:
        raise HubError(
            f"The upload to {hub_id} broke off", f"{reason(error)}; {arrived()}",
            "Give the same command again: what has arrived is not sent twice",
        ) from None  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
