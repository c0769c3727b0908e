"""Bases: what loads, what is refused, and whose head stays whose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import builtin
from engine.errors import BaseError, SpecError
from engine.spec import BaseSpec, LoraSpec, RunSpec
from engine.worker.bases import keep_head, load_base, load_tokenizer, merged
from engine.worker.methods import parameters, prepare
from tests.worker.conftest import TINY, Make, save_base, untied_t5, work

FLAN_T5_BASE = {"d_model": 768, "d_kv": 64, "d_ff": 2048, "num_layers": 12, "num_decoder_layers": 12, "num_heads": 12}


def apart(model: Any) -> bool:
    head, embedding = model.get_output_embeddings().weight, model.get_input_embeddings().weight
    return head is not embedding and not torch.equal(head, embedding)


def test_the_real_shapes_have_the_figures_the_course_prints() -> None:
    model = untied_t5(32128, **FLAN_T5_BASE)  # a gigabyte: on the meta device T5's embeddings come out in triplicate
    assert parameters(model).total == 247_577_856
    adapted = parameters(prepare(model, RunSpec(method="lora")))
    assert (adapted.trainable, adapted.total) == (3_538_944, 251_116_800)
    assert f"{adapted.percent:.2f}" == "1.41"


def test_the_builtin_base_is_a_small_untied_t5() -> None:
    files = [path for path in builtin.BASE.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 16_000_000
    model = load_base(BaseSpec())
    assert model.config.model_type == "t5" and model.config.feed_forward_proj == "gated-gelu" and apart(model)
    assert 7_500 <= len(load_tokenizer(BaseSpec())) <= 8_500
    assert (builtin.BASE / "README.md").read_text().startswith("---")


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_head_stays_its_own_through_training_saving_merging_and_reloading(
    make: Make, tiny_base: Path, method: str
) -> None:
    from engine.worker.bases import load_run

    run = make(method)
    work(run)
    before = load_base(BaseSpec(name=str(tiny_base)))
    after, _ = load_run(run)
    assert apart(before) and apart(after)
    if method == "lora":  # adapters on q and v touch neither
        assert torch.equal(before.lm_head.weight, after.lm_head.weight)
        assert torch.equal(before.shared.weight, after.shared.weight)
    else:
        assert not torch.equal(before.lm_head.weight, after.lm_head.weight)


def test_neither_tying_nor_resizing_overwrites_a_head_that_is_kept(tmp_path: Path, tokenizer: Any) -> None:
    model = load_base(BaseSpec(name=str(save_base(untied_t5(len(tokenizer), **TINY), tmp_path))))
    head = model.lm_head.weight.detach().clone()
    model.tie_weights()
    assert torch.equal(model.lm_head.weight, head) and apart(model)
    model.resize_token_embeddings(len(tokenizer))
    assert torch.equal(model.lm_head.weight, head) and apart(model)


def test_a_merged_adapter_computes_what_the_unmerged_one_does(tiny_base: Path) -> None:
    model = prepare(load_base(BaseSpec(name=str(tiny_base))), RunSpec(method="lora", lora=LoraSpec(dropout=0.0)))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    inputs = {"input_ids": torch.arange(3, 23)[None], "decoder_input_ids": torch.tensor([[0, 5, 6]])}
    model.eval()
    with torch.no_grad():
        unmerged = model(**inputs).logits
        assert torch.allclose(merged(model)(**inputs).logits, unmerged, atol=1e-4)


def test_a_tied_model_stays_tied(tiny_base: Path) -> None:
    from transformers import T5Config, T5ForConditionalGeneration

    model = T5ForConditionalGeneration(T5Config(vocab_size=100, **TINY))
    keep_head(model)
    assert model.lm_head.weight is model.shared.weight


def base_of(config: dict[str, Any], folder: Path) -> BaseSpec:
    (folder / "config.json").write_text(json.dumps(config))
    return BaseSpec(name=str(folder))


def test_a_decoder_only_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"no encoder-decoder.*gpt2.*flan-t5"):
        load_base(base_of({"model_type": "gpt2", "n_layer": 1, "n_embd": 8, "n_head": 1}, tmp_path))


def test_damaged_weights_are_told(tiny_base: Path, tmp_path: Path) -> None:
    for path in tiny_base.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(BaseError, match="damaged"):
        load_base(BaseSpec(name=str(tmp_path)))


def test_pickled_weights_are_never_opened(tiny_base: Path, tmp_path: Path) -> None:
    for path in tiny_base.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    torch.save(load_base(BaseSpec(name=str(tiny_base))).state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(BaseError, match="safetensors"):
        load_base(BaseSpec(name=str(tmp_path)))


def test_a_folder_without_a_model_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"no config\.json"):
        load_base(BaseSpec(name=str(tmp_path)))
    with pytest.raises(BaseError, match="There is no base at"):
        load_base(BaseSpec(name=str(tmp_path / "nowhere")))


def test_targets_that_do_not_exist_name_those_that_do(tiny_base: Path) -> None:
    with pytest.raises(SpecError, match=r"lora\.targets.*query.*k, lm_head, o, q, v, wi_0"):
        prepare(load_base(BaseSpec(name=str(tiny_base))), RunSpec(method="lora", lora=LoraSpec(targets=("query",))))


def test_remote_code_does_not_run_unasked(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass C: pass\nclass M: pass\n")
    spec = base_of(
        {"model_type": "evil", "auto_map": {"AutoConfig": "evil.C", "AutoModelForSeq2SeqLM": "evil.M"}}, tmp_path
    )
    with pytest.raises(BaseError):
        load_base(spec)
    assert not (tmp_path / "ran").exists()


def test_a_loss_that_is_not_finite_ends_the_run_with_a_reason(make: Make, tokenizer: Any, tmp_path: Path) -> None:
    model = untied_t5(len(tokenizer), **TINY)
    model.lm_head.weight.data[5] = float("nan")
    run = make("full", **{"base.name": str(save_base(model, tmp_path / "nan"))})
    status = work(run, expect="failed")
    assert status.exit_code == 7 and "loss became nan at step 1" in status.reason
    assert "learning_rate" in status.error["todo"] and not run.model_path.exists()
