"""What each method trains, computed in this process on a tiny base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from engine import spec
from engine.data.sources import load
from engine.errors import BaseError, SpecError
from engine.forecast import bases as known
from engine.spec import DataSpec, RunSpec
from engine.worker import softprompt
from engine.worker.bases import adapted, load_base, merged
from engine.worker.batches import Collator, Rows, tokenise
from engine.worker.checkpoints import Checkpoints
from engine.worker.decoding import decode
from engine.worker.fast import quicken
from engine.worker.loss import LabelLoss
from engine.worker.methods import parameters, prepare
from engine.worker.noise import noised
from engine.worker.precision import choose
from engine.worker.training import Trainer, arguments

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def rows(tokenizer: Any) -> Rows:
    examples = load(DataSpec(train=6, validation=0, test=0)).splits.train
    return tokenise(tokenizer, examples, spec.PROMPT, 96, 16)[0]


def asked(base: Path, method: str, **values: Any) -> RunSpec:
    return spec.from_dict(spec.nested({"method": method, "base.name": str(base), "decode.max_new_tokens": 6, **values}))


def made(wanted: RunSpec, tokenizer: Any, seed: int = 0) -> Any:
    torch.manual_seed(seed)
    return prepare(load_base(wanted.base), wanted, tokenizer)


def nudge(model: Any) -> Any:
    """``model`` with what is trained moved, as training would; adapters begin as nothing."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def summaries(model: Any, tokenizer: Any, rows: Any, wanted: RunSpec) -> list[str]:
    found = {}
    for batch in decode(model, tokenizer, rows, wanted.decode, choose("float32")):
        found |= {one.index: one.summary for one in batch}
    return [found[at] for at in range(len(rows))]


# -- soft prompts -------------------------------------------------------------------------------------


def test_a_soft_prompt_has_tokens_times_width_parameters_and_trains_nothing_else(
    tiny_base: Path, tokenizer: Any
) -> None:
    wanted = asked(tiny_base, "soft-prompt", **{"soft_prompt.tokens": 25})
    assert wanted.train.learning_rate == 0.3
    model = made(wanted, tokenizer)
    counted = parameters(model)
    assert counted.trainable == 25 * 32 and counted.total == known.look(wanted.base).architecture.parameters + 25 * 32
    assert model.peft_config["default"].num_transformer_submodules == 1


def test_what_soft_prompts_begin_as(tiny_base: Path, tokenizer: Any) -> None:
    embedding = load_base(asked(tiny_base, "zero-shot").base).get_input_embeddings().weight

    def beginning(seed: int = 0, **values: Any) -> torch.Tensor:
        named = {f"soft_prompt.{key}": value for key, value in values.items()}
        found = softprompt.prompt_of(made(asked(tiny_base, "soft-prompt", **named), tokenizer, seed))
        assert found is not None
        return found.detach()

    text = beginning(init="text", init_text="Summarize this", tokens=50)
    ids = tokenizer("Summarize this", add_special_tokens=False)["input_ids"]
    assert torch.equal(text, embedding[[ids[at % len(ids)] for at in range(50)]])
    common = beginning(init="vocabulary", tokens=40)
    places = [int((embedding == vector).all(1).nonzero()[0]) for vector in common]
    assert len(set(places)) == 40 and not set(places) & set(tokenizer.all_special_ids)
    assert torch.equal(common, beginning(init="vocabulary", tokens=40)), "the seed decides"
    assert not torch.equal(common, beginning(1, init="vocabulary", tokens=40))
    drawn = beginning(init="random", tokens=40)
    assert 0.4 < float(drawn.abs().max()) <= 0.5
    with pytest.raises(SpecError, match="no token"):
        beginning(init="text", init_text=" ")


def test_a_soft_prompt_computes_what_virtual_tokens_before_the_embeddings_do(
    tiny_base: Path, tokenizer: Any, rows: Rows
) -> None:
    wanted = asked(tiny_base, "soft-prompt", **{"soft_prompt.tokens": 7})
    model = made(wanted, tokenizer).eval()
    plain, prompt = model.get_base_model(), softprompt.prompt_of(model)
    assert prompt is not None
    by_hand = 0.0
    for row in rows.rows:
        embedded = torch.cat((prompt[None], plain.shared(torch.tensor([row.source]))), 1)
        by_hand += float(plain(inputs_embeds=embedded, labels=torch.tensor([row.target])).loss) * len(row.target)
    quicken(model, CPU)
    total, labels, _ = LabelLoss(model)(model, Collator(tokenizer.pad_token_id)(rows.rows))
    assert float(total) == pytest.approx(by_hand, rel=1e-4) and int(labels) == sum(len(r.target) for r in rows.rows)


def test_soft_prompts_decode_alike_in_batches_alone_and_by_peft_itself(
    tiny_base: Path, tokenizer: Any, rows: Rows, tmp_path: Path
) -> None:
    wanted = asked(tiny_base, "soft-prompt", **{"soft_prompt.tokens": 9, "decode.beams": 2})
    model = nudge(made(wanted, tokenizer))
    together = summaries(model, tokenizer, rows.rows, wanted)
    assert together == [summaries(model, tokenizer, [row], wanted)[0] for row in rows.rows]
    assert together != summaries(load_base(wanted.base), tokenizer, rows.rows, wanted)
    model.save_pretrained(tmp_path / "prompt")
    loaded = adapted(load_base(wanted.base), tmp_path / "prompt")
    assert merged(loaded) is loaded, "it is no part of any weight"
    assert summaries(loaded, tokenizer, rows.rows, wanted) == together
    ids = torch.tensor([rows[0].source])
    theirs = loaded.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, num_beams=2, early_stopping=True
    )
    assert tokenizer.decode(theirs[0], skip_special_tokens=True).strip() == together[0]


def test_a_soft_prompt_beyond_a_bases_positions_is_refused(tiny_base: Path, tokenizer: Any) -> None:
    wanted = asked(tiny_base, "soft-prompt", **{"soft_prompt.tokens": 100, "data.max_source_tokens": 512})
    base = load_base(wanted.base)
    base.config.max_position_embeddings = 600
    with pytest.raises(SpecError, match=r"data.max_source_tokens=500"):
        prepare(base, wanted, tokenizer)


# -- LoRA ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lora",
    [
        {"targets": ["q", "v"], "rank": 4},
        {"targets": ["all-linear"], "rank": 2},
        {"pattern": r"decoder.*[.](q|v)", "rank": 4},
        {"pattern": r"decoder.*EncDecAttention[.]k", "rank": 4, "rslora": True},
        {"targets": ["q", "wo"], "rank": 4, "dora": True},
    ],
)
def test_lora_trains_the_modules_asked_for_and_the_forecast_counts_them(
    tiny_base: Path, tokenizer: Any, lora: dict[str, Any]
) -> None:
    wanted = asked(tiny_base, "lora", lora=lora)
    model = made(wanted, tokenizer)
    counted = parameters(model)
    assert counted.trainable == known.look(wanted.base).architecture.added(wanted)
    trained = {name.partition(".lora_")[0] for name, p in model.named_parameters() if p.requires_grad}
    if "pattern" in lora:
        assert trained and all(".decoder." in name for name in trained)
    if "all-linear" in lora.get("targets", ()):
        assert not any("lm_head" in name for name in trained) and any(".wi_0" in name for name in trained)
    scale = next(m.scaling["default"] for m in model.modules() if isinstance(getattr(m, "scaling", None), dict))
    rank, alpha = wanted.lora.rank, wanted.lora.alpha
    assert scale == pytest.approx(alpha / (rank**0.5 if wanted.lora.rslora else rank))


@pytest.mark.parametrize("kind", [{}, {"lora.dora": True}, {"lora.rslora": True, "lora.targets": ["all-linear"]}])
def test_a_merged_adapter_computes_what_an_unmerged_one_does(
    tiny_base: Path, tokenizer: Any, rows: Rows, tmp_path: Path, kind: dict[str, Any]
) -> None:
    wanted = asked(tiny_base, "lora", **{"lora.rank": 4, "lora.dropout": 0.0, **kind})
    model = nudge(made(wanted, tokenizer)).eval()
    model.save_pretrained(tmp_path / "adapter")
    batch = Collator(tokenizer.pad_token_id)(rows.rows)
    one = LabelLoss(model)(model, batch)[0]
    whole = merged(adapted(load_base(wanted.base), tmp_path / "adapter")).eval()
    other = LabelLoss(whole)(whole, batch)[0]
    assert float(one) == pytest.approx(float(other), rel=1e-4)
    base = load_base(wanted.base).eval()
    assert float(LabelLoss(base)(base, batch)[0]) != pytest.approx(float(one), rel=1e-3)


@pytest.mark.parametrize("lora", [{"pattern": "nothing[.]here"}, {"pattern": "encoder"}, {"targets": ["query"]}])
def test_targets_that_are_no_linear_module_are_told(tiny_base: Path, tokenizer: Any, lora: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=r"lora[.](pattern|targets).*linear modules are called"):
        made(asked(tiny_base, "lora", lora=lora), tokenizer)


def test_a_pattern_that_is_none_is_told() -> None:
    with pytest.raises(SpecError, match=r"lora.pattern.*regular expression"):
        spec.from_dict({"lora": {"pattern": "decoder.*(q"}})


# -- quantised bases ----------------------------------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_quantised_base_without_a_gpu_is_refused_with_the_reason(tiny_base: Path) -> None:
    with pytest.raises(BaseError, match="needs a CUDA GPU"):
        load_base(asked(tiny_base, "lora", **{"base.quantise": "4bit"}).base)


def test_full_fine_tuning_of_a_quantised_base_is_no_spec() -> None:
    with pytest.raises(SpecError, match=r"base.quantise freezes the base"):
        spec.from_dict({"method": "full", "base": {"quantise": "8bit"}})


# -- the loss, the noise, the memory ------------------------------------------------------------------


def test_label_smoothing_is_transformers_own(tiny_base: Path, tokenizer: Any, rows: Rows) -> None:
    from transformers.trainer_pt_utils import LabelSmoother

    model = load_base(asked(tiny_base, "full").base).eval()
    batch = Collator(tokenizer.pad_token_id)(rows.rows)
    with torch.no_grad():
        output = model(**batch)
        theirs = LabelSmoother(epsilon=0.1)(output, batch["labels"])
        loss = LabelLoss(model)
        total, labels, _ = loss(model, batch, 0.1)
        plain = loss(model, batch)[0]
    assert float(total / labels) == pytest.approx(float(theirs), rel=1e-5)
    assert float(plain / labels) == pytest.approx(float(output.loss), rel=1e-5) and float(plain) != float(total)


def gradients(model: Any, rows: Rows, pad: int) -> dict[str, torch.Tensor]:
    model.train()
    torch.manual_seed(3)
    total, labels, _ = LabelLoss(model)(model, Collator(pad)(rows.rows))
    (total / labels).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("method", ["full", "lora", "soft-prompt"])
def test_gradient_checkpointing_gives_the_same_gradients(
    tiny_base: Path, tokenizer: Any, rows: Rows, method: str, tmp_path: Path
) -> None:
    found = []
    for checkpointing in (False, True):
        wanted = asked(
            tiny_base, method, **{"train.gradient_checkpointing": checkpointing, "soft_prompt.init": "random"}
        )
        model = nudge(made(wanted, tokenizer))
        quicken(model, CPU)
        steps: list[int] = []
        if checkpointing:
            trainer = trainer_of(model, wanted, tokenizer, rows, tmp_path, steps)
            trainer.model.gradient_checkpointing_enable({"use_reentrant": False})
            count_layers(model, steps)
        found.append(gradients(model, rows, tokenizer.pad_token_id))
        if checkpointing:
            assert len(steps) == 8, "four layers, each computed forward and again for the backward pass"
    assert found[0].keys() == found[1].keys() and found[0]
    for name, gradient in found[0].items():
        assert torch.allclose(gradient, found[1][name], rtol=1e-3, atol=1e-6), name


def count_layers(model: Any, steps: list[int]) -> None:
    for name, module in model.named_modules():
        if name.endswith("SelfAttention"):
            module.register_forward_pre_hook(lambda *_: steps.append(1))


def trainer_of(model: Any, wanted: RunSpec, tokenizer: Any, rows: Rows, folder: Path, seen: list[int]) -> Trainer:
    return Trainer(
        model=model, args=arguments(wanted.train, choose("float32"), folder), train_dataset=rows,
        data_collator=Collator(tokenizer.pad_token_id), label_loss=LabelLoss(model), evaluator=None,
        checkpoints=Checkpoints(folder, 1, pytest.fail), smoothing=wanted.train.label_smoothing,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["full", "lora", "soft-prompt"])
def test_neftune_noises_training_alone_and_leaves_nothing_behind(
    tiny_base: Path, tokenizer: Any, rows: Rows, method: str
) -> None:
    """That a trainer's run is within the block is seen in :mod:`tests.worker.test_method_runs`."""
    wanted = asked(tiny_base, method, **{"lora.dropout": 0.0})
    model = made(wanted, tokenizer)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        elif isinstance(getattr(module, "dropout", None), float):  # T5's attention
            module.dropout = 0.0
    loss, batch = LabelLoss(model), Collator(tokenizer.pad_token_id)(rows.rows)

    def losses() -> tuple[float, float]:
        found = [float(loss(model, batch)[0].detach()) for _ in range(2)]
        return found[0], found[1]

    model.train()
    (still, again), before = losses(), summaries(model, tokenizer, rows.rows, wanted)
    assert still == again
    with noised(model, 5.0):
        one, other = losses()
        assert len({still, one, other}) == 3
        model.eval()
        assert losses() == (still, still) and summaries(model, tokenizer, rows.rows, wanted) == before
        model.train()
    assert losses() == (still, still)
    assert not any(hasattr(module, "neftune_noise_alpha") for module in model.modules())
    with noised(model, 0.0):
        assert losses() == (still, still)
