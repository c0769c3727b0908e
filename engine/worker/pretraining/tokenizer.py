"""The base's own tokenizer: Unigram with T5's conventions.

Ids: pad 0, end 1, unknown 2, then pieces, then 100 sentinels with ``<extra_id_0>`` last. White space
collapses, so a newline and a space are one thing. ``#Person1#`` and ``#Person2#`` are single pieces.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, T5TokenizerFast

VOCABULARY = 8000
SENTINELS = 100
SPACE = "▁"
WHOLE_PIECES = ("#Person1#", "#Person2#")
_EXTRA_CHARACTERS = (
    string.ascii_letters + string.digits + string.punctuation + "£€°éèêëàáâäãåçñíìîïóòôöõúùûüøæœßÉÖÜÄÅ–—’‘“”…½"
)


def _rough() -> Tokenizer:
    rough = Tokenizer(models.Unigram())
    rough.normalizer = normalizers.Sequence(
        # The two speakers get their pieces by hand below; learning them would only crowd out words.
        [normalizers.NFKC(), normalizers.Replace(Regex(r"#Person\d#:?"), " ")]
    )
    rough.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")]
    )
    return rough


def train_tokenizer(texts: Iterable[str], vocabulary: int = VOCABULARY) -> PreTrainedTokenizerBase:
    """Learn about ``vocabulary`` pieces from ``texts`` and wrap them as a T5 tokenizer.

    Raises ``ValueError`` when ``texts`` are too few for so many pieces.
    """
    rough = _rough()
    specials = ["<pad>", "</s>", "<unk>"]
    room = vocabulary - SENTINELS - len(specials)
    rough.train_from_iterator(
        texts,
        trainers.UnigramTrainer(
            vocab_size=room, special_tokens=["<unk>"], unk_token="<unk>", max_piece_length=14, show_progress=False
        ),
    )
    learnt: list[tuple[str, float]] = [
        (piece, score) for piece, score in json.loads(rough.to_str())["model"]["vocab"] if piece not in specials
    ]
    if not learnt:
        raise ValueError("no pieces were learnt: give the tokenizer more text")
    worst = min(score for _, score in learnt)
    # A whole piece at score 0 outweighs any way of putting it together from parts.
    forced = [(prefix + piece, 0.0) for piece in WHOLE_PIECES for prefix in (SPACE, "")]
    have = {piece for piece, _ in learnt}
    forced += [(character, worst - 1) for character in (*_EXTRA_CHARACTERS, SPACE) if character not in have]
    # Every single character stays; among the rest the likeliest fill the room left.
    single = [pair for pair in learnt if len(pair[0]) == 1]
    longer = sorted((pair for pair in learnt if len(pair[0]) > 1), key=lambda pair: -pair[1])
    pieces = (
        (forced + longer + single)
        if len(forced + learnt) <= room
        else (forced + longer[: room - len(forced) - len(single)] + single)
    )
    sentinels = [(f"<extra_id_{number}>", 0.0) for number in reversed(range(SENTINELS))]
    pieces = sorted(pieces, key=lambda pair: -pair[1])
    return T5TokenizerFast(
        vocab=[*((special, 0.0) for special in specials), *pieces, *sentinels],
        extra_ids=SENTINELS,
        model_max_length=512,
    )


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer saved in ``folder``, as ``AutoTokenizer`` loads it."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def sentinel_ids(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Ids of the sentinels in the order in which spans use them."""
    return [tokenizer.convert_tokens_to_ids(f"<extra_id_{number}>") for number in range(SENTINELS)]
