"""What is computed fast equals what is computed plainly."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from transformers import T5Config

from engine import builtin
from engine.data.sources import load
from engine.spec import PROMPT, BaseSpec, DataSpec, DecodeSpec
from engine.worker.bases import load_base
from engine.worker.batches import Collator, Rows, tokenise
from engine.worker.decoding import batch_limits, decode
from engine.worker.fast import ByteDropout, FewRowsLinear, byte_mask, quicken
from engine.worker.loss import LabelLoss
from engine.worker.precision import Precision, choose
from tests.worker.conftest import TINY, untied_t5

CPU = Precision(torch.device("cpu"), torch.float32, "test")


@pytest.fixture(scope="module")
def rows(tokenizer: Any) -> Rows:
    examples = load(DataSpec(train=24, validation=0, test=0)).splits.train
    return tokenise(tokenizer, examples, PROMPT, 512, 128)[0]


@pytest.fixture(scope="module")
def batch(rows: Rows, tokenizer: Any) -> dict[str, torch.Tensor]:
    return Collator(tokenizer.pad_token_id)(rows.rows[:8])


def test_the_loss_over_labels_is_the_models_own(batch: dict[str, torch.Tensor], tokenizer: Any) -> None:
    model = untied_t5(len(tokenizer), **TINY).eval()
    plain = model(**batch).loss
    plain.backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    assert len(gradients) > 40
    model.zero_grad()
    quicken(model, torch.device("cpu"))
    total, labels, _ = LabelLoss(model)(model, batch)
    (total / labels).backward()
    assert float(total / labels) == pytest.approx(float(plain), rel=1e-6)
    named = dict(model.named_parameters())
    for name, gradient in gradients.items():
        assert torch.allclose(named[name].grad, gradient, atol=1e-5), name


def test_other_architectures_compute_the_same_loss(batch: dict[str, torch.Tensor], tokenizer: Any) -> None:
    from transformers import BartConfig, BartForConditionalGeneration, ProphetNetConfig

    torch.manual_seed(0)
    small = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    config = BartConfig(
        vocab_size=len(tokenizer), encoder_attention_heads=2, decoder_attention_heads=2, pad_token_id=0,
        decoder_start_token_id=0, **small,
    )  # fmt: skip
    model = BartForConditionalGeneration(config).eval()
    assert ProphetNetConfig().model_type not in __import__("engine.worker.loss", fromlist=["x"]).SELECTS_POSITIONS
    with torch.no_grad():
        plain = float(model(**batch).loss)
        total, labels, _ = LabelLoss(model)(model, batch)
    assert float(total / labels) == pytest.approx(plain, rel=1e-6)


def test_decoding_gives_each_row_what_it_gets_alone(rows: Rows, tokenizer: Any) -> None:
    model = load_base(BaseSpec()).eval()
    plain = copy.deepcopy(model)
    quicken(model, torch.device("cpu"))
    found = {}
    for part in decode(model, tokenizer, rows.rows, DecodeSpec(max_new_tokens=24), CPU):
        found |= {item.index: item for item in part}
    assert sorted(found) == list(range(len(rows)))
    same = 0
    for index in range(0, len(rows), 3):
        with torch.no_grad():
            alone = plain.generate(input_ids=torch.tensor([rows[index].source]), max_new_tokens=24, do_sample=False)
        same += tokenizer.decode(alone[0], skip_special_tokens=True).strip() == found[index].summary
        assert 1 <= found[index].tokens <= 24
    assert same >= 7, "of 8: padding may flip a near tie, no more"


def test_decoding_leaves_the_mode_as_it_found_it(rows: Rows, tokenizer: Any) -> None:
    model = untied_t5(len(tokenizer), **TINY).train()
    list(decode(model, tokenizer, rows.rows[:2], DecodeSpec(max_new_tokens=2), CPU))
    assert model.training and all(module.training for module in model.modules())


def test_decoding_ends_at_the_token_at_which_it_is_asked_to(rows: Rows, tokenizer: Any) -> None:
    model, tokens = untied_t5(len(tokenizer), **TINY).eval(), []

    def check() -> None:
        tokens.append(None)
        if len(tokens) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        list(decode(model, tokenizer, rows.rows, DecodeSpec(max_new_tokens=64), CPU, check=check))
    assert len(tokens) == 3


def test_large_models_decode_fewer_rows_at_once_on_a_cpu() -> None:
    def limits(**shape: int) -> tuple[int, int]:
        return batch_limits(SimpleNamespace(config=T5Config(**shape)), DecodeSpec(), on_gpu=False)

    small = limits(num_layers=8, num_heads=6, d_kv=64)
    huge = limits(num_layers=24, num_heads=64, d_kv=64)
    assert small == (16_384, 64)
    assert huge[0] * 2 * 4 * 24 * 64 * 64 <= 2 << 30, "keys and values of the sources stay within 2 GiB"
    beams = batch_limits(SimpleNamespace(config=T5Config()), DecodeSpec(beams=4), on_gpu=False)
    assert beams == (16_384 // 4, 16)
    asked = batch_limits(SimpleNamespace(config=T5Config()), DecodeSpec(batch_tokens=700), on_gpu=False)
    assert asked[0] == 700


def test_a_few_rows_multiply_as_a_linear_layer_does() -> None:
    torch.manual_seed(0)
    plain = nn.Linear(48, 80, bias=False)
    few = FewRowsLinear(48, 80, bias=False)
    few.weight = plain.weight
    with torch.no_grad():
        for shape in ((1, 1, 48), (7, 1, 48), (64, 2, 48), (40, 5, 48)):
            given = torch.randn(shape)
            found = few(given)
            assert found.is_contiguous() and torch.allclose(found, plain(given), atol=1e-6)
    assert few(torch.randn(2, 48)).requires_grad, "training is untouched"


def test_beams_and_ngrams_reach_the_decoder(rows: Rows, tokenizer: Any) -> None:
    model = untied_t5(len(tokenizer), **TINY).eval()
    spec = DecodeSpec(max_new_tokens=16, beams=3, length_penalty=2.0, no_repeat_ngram=1)
    (part,) = decode(model, tokenizer, rows.rows[:2], spec, CPU)
    for item in part:
        ids = tokenizer(item.summary, add_special_tokens=False)["input_ids"]
        assert item.summary and len(ids) > 1


def test_a_batch_that_does_not_fit_is_halved_and_nothing_is_lost(
    rows: Rows, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = untied_t5(len(tokenizer), **TINY).eval()
    plain, told = model.generate, []

    def generate(**kwargs: Any) -> Any:
        if len(kwargs["attention_mask"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")
        return plain(**kwargs)

    monkeypatch.setattr(model, "generate", generate)
    parts = list(decode(model, tokenizer, rows.rows, DecodeSpec(max_new_tokens=2), CPU, told.append))
    assert sorted(item.index for part in parts for item in part) == list(range(len(rows)))
    assert told and max(map(len, parts)) <= 3
    monkeypatch.setattr(model, "generate", lambda **_: (_ for _ in ()).throw(torch.OutOfMemoryError("out")))
    with pytest.raises(torch.OutOfMemoryError):
        list(decode(model, tokenizer, rows.rows[:1], DecodeSpec(max_new_tokens=2), CPU))


def test_fast_dropout_drops_the_share_it_says_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    mask = byte_mask(torch.Size((1000, 1000)), 0.1)
    assert float((mask == 0).float().mean()) == pytest.approx(26 / 256, abs=2e-3)
    assert float(mask.mean()) == pytest.approx(1, abs=3e-3)
    torch.manual_seed(0)
    assert torch.equal(mask, byte_mask(torch.Size((1000, 1000)), 0.1)), "the seed decides"
    off = ByteDropout(0.5).eval()
    assert torch.equal(off(mask), mask)


def test_quickened_modules_keep_the_mode_and_the_function(batch: dict[str, torch.Tensor], tokenizer: Any) -> None:
    model = untied_t5(len(tokenizer), **TINY).eval()
    with torch.no_grad():
        plain = model(**batch).logits
        quicken(model, torch.device("cpu"))
        assert not any(module.training for module in model.modules())
        assert torch.allclose(model(**batch).logits, plain, atol=1e-5)
    assert not any(type(module) is nn.Dropout for module in model.modules())


def test_precision_is_never_float16_and_says_why() -> None:
    for asked in ("auto", "float32", "bfloat16"):
        chosen = choose(asked)
        assert chosen.dtype in (torch.float32, torch.bfloat16) and chosen.reason


def test_accumulated_batches_make_the_step_of_one_large_batch(make: Any, tiny_base: Path) -> None:
    from tests.worker.conftest import work

    assert builtin.BASE.is_dir() and tiny_base.is_dir()
    from safetensors.torch import load_file

    weights = []
    for size, accumulation in ((8, 1), (2, 4)):
        run = make(
            "full",
            **{"train.batch_size": size, "train.accumulation": accumulation, "train.max_steps": 1, "data.train": 8,
               "data.validation": 0, "data.test": 1, "base.name": str(_without_dropout(tiny_base))},
        )  # fmt: skip
        work(run)
        weights.append(load_file(run.model_path / "model.safetensors"))
    for name in weights[0]:
        assert torch.allclose(weights[0][name], weights[1][name], atol=2e-5), name


def _without_dropout(base: Path) -> Path:
    import json

    folder = base.parent / "no-dropout"
    if not folder.is_dir():
        folder.mkdir()
        for path in base.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        config = json.loads((base / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "dropout_rate": 0.0}))
    return folder
