"""The pretraining corpus and tokenizer, on small texts of their own."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from engine.builtin import grammar
from engine.builtin.generate import load_scenarios
from engine.worker.pretraining import corpus, tasks, texts
from engine.worker.pretraining.corruption import corrupt, merge
from engine.worker.pretraining.reporting import report, sentences

SENTINELS = list(range(7999, 7899, -1))
SHAPE = {"d_model": 16, "d_kv": 4, "num_heads": 2, "d_ff": 8, "num_layers": 1, "num_decoder_layers": 1}


@pytest.fixture(scope="module")
def library() -> texts.Library:
    """A library as small as can be."""
    return texts.Library(
        dialogues=(("One latte please.", "Is it to go?", "Yes, I would like it to go.", "It will be ready at 5."),),
        passages=("Retief looked at the map of the harbour. He had never seen the northern island before.",),
        questions=(texts.Question("The ship sank at dawn near the coast.", "What happened to the ship?", "It sank."),),
        replies=(("What is AI?", "A field of science."),),
    )


class TestCorruption:
    @pytest.mark.parametrize("length", [2, 3, 10, 57, 400])
    @pytest.mark.parametrize(("density", "mean_span"), [(0.15, 3.0), (0.5, 10.0), (0.9, 1.0)])
    def test_merging_input_and_target_gives_the_text_back(self, length: int, density: float, mean_span: float) -> None:
        rng = random.Random(length)
        ids = [rng.randrange(3, 7900) for _ in range(length)]
        source, target = corrupt(ids, SENTINELS, rng, density, mean_span)
        assert merge(source, target, SENTINELS) == ids
        assert len(source) < len(ids) + 1

    def test_sentinels_come_in_order_and_the_target_closes_with_one_more(self) -> None:
        source, target = corrupt(list(range(3, 303)), SENTINELS, random.Random(1), 0.3, 3.0)
        shown = [token for token in source if token in SENTINELS]
        asked = [token for token in target if token in SENTINELS]
        assert shown == SENTINELS[: len(shown)]
        assert asked == SENTINELS[: len(shown) + 1]
        assert target[-1] == asked[-1]

    @pytest.mark.parametrize("ids", [[], [5]])
    def test_a_text_too_short_to_hide_anything_stays_whole(self, ids: list[int]) -> None:
        assert corrupt(ids, SENTINELS, random.Random(0)) == (ids, SENTINELS[:1])


class TestReporting:
    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("I bought this kettle on Monday.", "#Person1# bought this kettle on Monday."),
            ("I need your help.", "#Person1# needs Tom's help."),
            ("Well, I'm looking for my bag.", "#Person1# is looking for #Person1#'s bag."),
            ("I'll call you on Friday!", "#Person1# will call Tom on Friday."),
            ("Can you help me?", "#Person1# asks if Tom can help #Person1#."),
            ("The train leaves at 9.", "#Person1# says the train leaves at 9."),
            ("What do you want to eat?", None),
            ("I hope you like it.", "#Person1# hopes Tom likes it."),
            ("I'll bring you some tea.", "#Person1# will bring Tom some tea."),
            ("I never try fish.", "#Person1# never tries fish."),
            ("Thanks.", None),
        ],
    )
    def test_first_person_becomes_third(self, said: str, told: str | None) -> None:
        assert report(said, "#Person1#", "Tom") == told

    def test_a_title_ends_no_sentence(self) -> None:
        assert sentences("Hello, Ms. Lee. Come in!") == ["Hello, Ms. Lee.", "Come in!"]


class TestTasks:
    def test_no_house_reference_is_ever_a_target(self) -> None:
        """Every scenario's references, in full, against every target made from the same dialogue."""
        rng = random.Random(4)
        for chosen in load_scenarios():
            seed = rng.getrandbits(64)
            scene = grammar.play(chosen, random.Random(seed), "train")
            talk = tasks.read_talk(
                scene.dialogue, scene.facts, scene.topic, scene.gist, {1: "#Person1#", 2: "#Person2#"}
            )
            assert not set(scene.references) & {getattr(talk, name) for name in ("topic", "gist", "text")}
            for (task, _), _ in itertools.product(tasks.TALK_TASKS, range(3)):
                example = task(talk, rng)
                assert example is None or example.target not in scene.references
                assert example is None or not any(reference in example.source for reference in scene.references)

    def test_facts_asked_for_are_said(self) -> None:
        rng = random.Random(5)
        for _ in range(60):
            talk = corpus.draw_talk(load_scenarios(), rng)
            example = tasks.ask_fact(talk, rng)
            if example is not None:
                assert any(value in example.target and value.lower() in talk.text.lower()
                           for _, value in talk.spoken_facts)  # fmt: skip

    def test_the_default_prompt_is_among_the_summaries(self) -> None:
        rng = random.Random(6)
        talk = corpus.draw_talk(load_scenarios(), rng)
        made = [tasks.summarise_off_style(talk, rng) for _ in range(30)]
        prompt = tasks.DEFAULT_PROMPT.format(dialogue=talk.text)
        assert any(example is not None and example.source == prompt for example in made)

    def test_dialogues_survive_reading_and_rendering(self) -> None:
        scene = grammar.play(load_scenarios()[0], random.Random(1), "train")
        assert tasks.read_talk(scene.dialogue, {}, "", "", {}).text == scene.dialogue


class TestStream:
    def test_the_same_seed_gives_the_same_examples(self, library: texts.Library) -> None:
        first, again, other = (list(itertools.islice(corpus.stream(library, seed), 40)) for seed in ("a", "a", "b"))
        assert first == again
        assert first != other

    def test_every_example_has_words_on_both_sides(self, library: texts.Library) -> None:
        for item in itertools.islice(corpus.stream(library, "c"), 300):
            if isinstance(item, corpus.Spans):
                assert item.text.strip()
            else:
                assert item.source.strip()
                assert item.target.strip()
                assert "{dialogue}" not in item.source

    def test_excerpts_grow_rarer(self) -> None:
        shares = [corpus.excerpt_share(examples) for examples in range(0, 200_000, 20_000)]
        assert shares == sorted(shares, reverse=True)
        assert 0 < shares[-1] < shares[0] < 1


class TestTexts:
    def test_spaced_punctuation_is_closed_up(self) -> None:
        assert (
            texts.untokenise("Yeah , it 's fine ; I did n't see {disfmarker} it .")
            == "Yeah, it's fine; I didn't see it."
        )

    def test_small_talk_is_read_from_yaml_kept_as_text(self, tmp_path: Path) -> None:
        yaml = "categories:\n- AI\nconversations:\n- - What is AI?\n  - A science.\n- - Are you\n    there?\n  - Yes.\n"
        path = tmp_path / "chatterbot.jsonl"
        path.write_text(json.dumps({"yaml": yaml}), encoding="utf-8")
        assert texts.read_replies(path) == [("What is AI?", "A science."), ("Are you there?", "Yes.")]

    def test_speakers_alternate(self, tmp_path: Path) -> None:
        turns = [["user", "a latte"], ["user", "to go"], ["assistant", "sure"], ["user", "thanks"]]
        path = tmp_path / "taskmaster4.jsonl"
        path.write_text(json.dumps({"turns": turns}), encoding="utf-8")
        assert texts.read_service(path) == [("A latte To go", "Sure", "Thanks")]


class TestTokenizer:
    @pytest.fixture(scope="class")
    def tokenizer(self, library: texts.Library) -> Any:
        from engine.worker.pretraining.tokenizer import train_tokenizer

        return train_tokenizer(corpus.tokenizer_texts(library, 120, "tokenizer"), 900)

    def test_ids_follow_t5(self, tokenizer: Any) -> None:
        assert tokenizer.convert_tokens_to_ids(["<pad>", "</s>", "<unk>"]) == [0, 1, 2]
        assert tokenizer.convert_tokens_to_ids("<extra_id_0>") == len(tokenizer) - 1
        assert tokenizer("Hello")["input_ids"][-1] == 1

    def test_speakers_are_one_piece_wherever_they_stand(self, tokenizer: Any) -> None:
        pieces = tokenizer.tokenize("#Person1#: Hi, #Person2#!\n#Person2#: (#Person1#'s bag)")
        assert sum(piece.lstrip("▁") in ("#Person1#", "#Person2#") for piece in pieces) == 4

    def test_printable_ascii_survives_a_round_trip(self, tokenizer: Any) -> None:
        text = "".join(map(chr, range(33, 127)))
        assert tokenizer.unk_token_id not in tokenizer(text)["input_ids"]
        assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text

    def test_white_space_collapses(self, tokenizer: Any) -> None:
        assert tokenizer("a \n\n b")["input_ids"] == tokenizer("a b")["input_ids"]

    def test_it_loads_again_the_plain_way(self, tokenizer: Any, tmp_path: Path) -> None:
        from transformers import AutoTokenizer

        tokenizer.save_pretrained(tmp_path)
        again = AutoTokenizer.from_pretrained(tmp_path)
        text = "#Person1#: I'll be there at half past nine, Ms. Lee.\n<extra_id_3>"
        assert again(text)["input_ids"] == tokenizer(text)["input_ids"]


class TestModel:
    def test_head_and_embedding_are_apart_and_stay_apart(self, tmp_path: Path) -> None:
        from transformers import AutoModelForSeq2SeqLM

        from engine.worker.pretraining.model import build

        model = build(50, SHAPE)
        assert model.lm_head.weight is not model.shared.weight
        model.save_pretrained(tmp_path)
        again = AutoModelForSeq2SeqLM.from_pretrained(tmp_path)
        assert again.lm_head.weight is not again.shared.weight
        assert not again.config.scale_decoder_outputs

    def test_the_quick_loss_is_the_plain_loss(self) -> None:
        import torch

        from engine.worker.pretraining.model import build, loss_of, quicken

        torch.manual_seed(0)
        model = build(50, SHAPE)
        source = torch.tensor([[5, 6, 7, 1], [8, 9, 1, 0]])
        target = torch.tensor([[5, 1, 0], [8, 9, 1]])
        plain = model(input_ids=source, attention_mask=source.ne(0), labels=target.masked_fill(target == 0, -100)).loss
        quicken(model, norms=True)
        total, labels = loss_of(model, source, target)
        assert labels == 5
        assert torch.allclose(total / labels, plain, atol=1e-4)

    def test_muon_moves_matrices_in_all_directions_about_alike(self) -> None:
        import torch

        from engine.worker.pretraining.optimiser import orthogonalise

        torch.manual_seed(0)
        lopsided = torch.randn(2, 16, 24) * torch.logspace(0, -1, 24)
        singular = torch.linalg.svdvals(orthogonalise(lopsided))
        assert float(singular.min()) > 0.3
        assert float(singular.max()) < 1.7
