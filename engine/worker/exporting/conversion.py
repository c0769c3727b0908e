"""The forms of other libraries: CTranslate2 and ONNX. Both libraries are extras, imported where they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from engine.data.quoting import plain
from engine.errors import BaseError, DialtuneError
from engine.worker.exporting.writing import Source, companions

OPSET = 18
"""ONNX operator set: what torch's exporter writes without converting."""


def ctranslate2(source: Source, folder: Path) -> None:
    """float32 weights: greedy decoding gives the same text. Raises BaseError for an architecture it does not know."""
    _convert(source, folder, "float32")


def ctranslate2_int8(source: Source, folder: Path) -> None:
    """8-bit weights, everything else float32.

    Not ``int8_float16``, CTranslate2's usual choice on GPUs: what goes into and out of T5's ``wo`` overflows there.
    """
    _convert(source, folder, "int8_float32")


def _convert(source: Source, folder: Path, weights: str) -> None:
    from ctranslate2.converters import TransformersConverter

    companions(source, folder)
    source.model.config.save_pretrained(folder)  # what the converter chooses its loader by

    class InMemory(TransformersConverter):  # type: ignore[misc, unused-ignore]
        """Converts the model there is: its config says whether the head is tied, the file's may not."""

        def load_model(self, model_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
            return source.model

        def load_tokenizer(self, tokenizer_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
            return source.tokenizer

    _tell_the_head(source.model)
    try:
        made = InMemory(str(folder))._load()
        made.validate()
        made.optimize(quantization=weights)
        (folder / "config.json").unlink()
        made.save(str(folder))
    except (ValueError, NotImplementedError, KeyError, AttributeError) as error:
        raise _refused("CTranslate2", error) from error


def _tell_the_head(model: Any) -> None:
    """Let the config say whether the head is the embedding: for a tied one CTranslate2 scales the logits.

    transformers 5 says so of every T5. A scale changes no greedy choice, but every probability and every beam.
    """
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    if head is not None and embedding is not None:
        model.config.tie_word_embeddings = head.weight is embedding.weight


class _Encoder(torch.nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.encoder = model.get_encoder()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(batch, source) x 2 -> (batch, source, d_model)."""
        states: torch.Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return states


class _Decoder(torch.nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, encoder_attention_mask: torch.Tensor, input_ids: torch.Tensor, encoder_hidden_states: torch.Tensor
    ) -> torch.Tensor:
        """(batch, source), (batch, target), (batch, source, d_model) -> (batch, target, vocabulary)."""
        logits: torch.Tensor = self.model(
            attention_mask=encoder_attention_mask, decoder_input_ids=input_ids,
            encoder_outputs=(encoder_hidden_states,), use_cache=False,
        ).logits  # fmt: skip
        return logits


def onnx(source: Source, folder: Path) -> None:
    """``encoder_model.onnx`` and ``decoder_model.onnx``, with the names that Optimum gives inputs and outputs.

    Optimum itself cannot make them: its exporter wants transformers 4. The decoder keeps no keys and values from token
    to token, so a summary of n tokens costs n whole passes. Raises BaseError where torch cannot trace the model.
    """
    from torch.export import Dim

    model = source.model
    model.set_attn_implementation("eager")
    companions(source, folder)
    model.config.save_pretrained(folder)
    batch, length, target = Dim("batch", min=1, max=4096), Dim("source", min=1, max=16384), Dim("target", min=1)
    ids = torch.tensor([[3, 4, 5, 6, 1], [7, 8, 1, 0, 0]])
    mask = (ids != 0).long()
    said = torch.tensor([[0, 3, 4], [0, 5, 6]])
    try:
        with torch.inference_mode():
            states = model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        wide = {0: batch, 1: length}
        _export(
            _Encoder(model),
            {"input_ids": (ids, wide), "attention_mask": (mask, wide)},
            "last_hidden_state",
            folder / "encoder_model.onnx",
        )
        _export(
            _Decoder(model),
            {
                "encoder_attention_mask": (mask, wide),
                "input_ids": (said, {0: batch, 1: target}),
                "encoder_hidden_states": (states.clone(), wide),
            },
            "logits",
            folder / "decoder_model.onnx",
        )
    except DialtuneError:
        raise
    except (RuntimeError, ValueError, TypeError, torch.onnx.OnnxExporterError) as error:
        raise _refused("ONNX", error) from error


def _export(module: torch.nn.Module, inputs: dict[str, tuple[torch.Tensor, Any]], output: str, path: Path) -> None:
    torch.onnx.export(
        module.eval(), tuple(value for value, _ in inputs.values()), str(path), input_names=list(inputs),
        output_names=[output], dynamic_shapes={name: shape for name, (_, shape) in inputs.items()}, dynamo=True,
        opset_version=OPSET, external_data=True, verbose=False,
    )  # fmt: skip


def _refused(library: str, error: Exception) -> BaseError:
    return BaseError(
        f"The model cannot be converted to {library}", plain(str(error), 300), "Export it as merged or adapter"
    )
