"""Secrets kept out of what a run writes: tokens in its environment never reach log, events, status or card.

A worker needs its environment's tokens for the hub and for trackers, and a library's error message may repeat one.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO

HIDDEN = "[secret]"
LEAST = 8
"""A shorter value is no secret worth hiding: ``1`` or ``true`` would blank out half of a log."""
_NAMED = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|APIKEY|(?:^|_)KEY(?:$|_)|(?:^|_)AUTH(?:$|_)", re.IGNORECASE
)
_LOOKS = re.compile(
    r"\bhf_[A-Za-z0-9]{16,}"  # Hugging Face
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}"  # GitHub
    r"|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|(?<=Bearer )[A-Za-z0-9._~+/=-]{12,}"
    r"|(?<=://)[^\s/@:]{1,256}:[^\s/@]{1,256}(?=@)"  # name and password in an address
)


class Redactor:
    """Blanks out secrets in text: values of variables with telling names, and what looks like a token."""

    def __init__(self, environment: Mapping[str, str], further: Iterable[str] = ()) -> None:
        """``further``: secrets that are not in the environment."""
        values = [value.strip() for name, value in environment.items() if _NAMED.search(name)]
        # A path or a plain word is a setting (TOKENIZERS_PARALLELISM=false, SSH_AUTH_SOCK=/tmp/...), no secret.
        known = {v for v in (*values, *further) if len(v) >= LEAST and not v.startswith("/") and not v.isalpha()}
        self._known = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """``text`` without secrets."""
        for value in self._known:
            if value in text:
                text = text.replace(value, HIDDEN)
        return _LOOKS.sub(HIDDEN, text)


def of_process() -> Redactor:
    """For this process: its environment, and the token that `hf auth login` has left."""
    home = os.environ.get("HF_HOME") or str(Path.home() / ".cache" / "huggingface")
    paths = [os.environ.get("HF_TOKEN_PATH") or str(Path(home) / "token")]
    found = []
    for path in paths:
        try:
            found.append(Path(path).read_text(encoding="utf-8", errors="replace").strip()[:1000])
        except OSError:
            continue
    return Redactor(os.environ, found)


class Redacted(io.TextIOBase):
    """A text stream that passes on what is written without its secrets."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self._stream, self._redactor = stream, redactor

    def write(self, text: str) -> int:
        """Write ``text``, redacted; as many characters as it has count as written."""
        self._stream.write(self._redactor(text))
        return len(text)

    def flush(self) -> None:
        """Pass it on."""
        self._stream.flush()

    def fileno(self) -> int:
        """The stream's own."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """The stream's own."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """Always."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The stream's own."""
        return self._stream.encoding
