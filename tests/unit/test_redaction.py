"""Secrets never reach what a run writes."""

from __future__ import annotations

import io

import pytest

from engine.redaction import HIDDEN, Redacted, Redactor

PLANTED = {
    "HF_TOKEN": "hf_" + "a1B2" * 6, "WANDB_API_KEY": "0123456789abcdef" * 2, "MY_PASSWORD": "correct horse 7",
    "TOKENIZERS_PARALLELISM": "false", "SSH_AUTH_SOCK": "/tmp/ssh/agent.1", "HOME": "/home/somebody",
}  # fmt: skip


@pytest.mark.parametrize("name", ["HF_TOKEN", "WANDB_API_KEY", "MY_PASSWORD"])
def test_values_of_telling_names_are_hidden(name: str) -> None:
    said = Redactor(PLANTED)(f"401 for {PLANTED[name]}, twice {PLANTED[name]}")
    assert PLANTED[name] not in said
    assert said == f"401 for {HIDDEN}, twice {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    ["hf_" + "Zz9" * 8, "Authorization: Bearer abcdef.ghijkl.mnopqr", "https://me:pass1234@example.org/x"],
)
def test_what_looks_like_a_token_is_hidden_though_nobody_named_it(text: str) -> None:
    assert HIDDEN in Redactor({})(text)


@pytest.mark.parametrize(
    "text", ["tokenizers parallelism is false", "/tmp/ssh/agent.1", "hf_hub", "a: b@c", "loss 0.5"]
)
def test_other_text_stands(text: str) -> None:
    assert Redactor(PLANTED)(text) == text


def test_a_stream_passes_on_what_is_left() -> None:
    out = io.StringIO()
    stream = Redacted(out, Redactor(PLANTED))
    print("a", PLANTED["HF_TOKEN"], "b", file=stream, flush=True)
    assert out.getvalue() == f"a {HIDDEN} b\n"
