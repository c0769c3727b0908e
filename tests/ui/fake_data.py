"""A small data set in DialogSum's form with planted duplicates and hostile text, the same one every time."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.ui.fake_runs import HOSTILE

WORDS = (
    "train ticket station morning coffee window garden letter doctor market river bicycle kitchen winter summer "
    "music lesson teacher office meeting report printer hotel luggage airport weather umbrella dinner recipe onion "
    "butter bakery neighbour cousin holiday mountain camera museum painting football stadium score library novel"
).split()  # fmt: skip
TOPICS = ("travel", "a job interview", "[b]cooking[/b]", "学校の行事", "weather", "")


def dialogue(seed: int, turns: int = 6) -> str:
    """Turns of words drawn at random: no two seeds share a 5-gram but by the rarest chance."""
    chance = random.Random(seed)
    said = (" ".join(chance.choices(WORDS, k=12)).capitalize() for _ in range(turns))
    return "\n".join(f"#Person{1 + at % 2}#: {words}." for at, words in enumerate(said))


def shouted(text: str) -> str:
    """The same words, otherwise written."""
    return text.upper().replace(".", " !?  ").replace("\n", " \n ")


def changed(text: str) -> str:
    """One word of some seventy is another one."""
    words = text.split(" ")
    words[20] = "zebra"
    return " ".join(words)


def rows() -> dict[str, list[dict[str, str]]]:
    """40 training, 8 validation and 5 test dialogues, the latter with three references each.

    validation_3 is train_5 but for case and punctuation, test_1 nearly train_7, train_11 is train_10.
    """
    train = [_row(f"train_{n}", dialogue(n, 3 + n % 8), n) for n in range(40)]
    train[11]["dialogue"] = train[10]["dialogue"]
    train[2] |= {"id": f"train_2 {HOSTILE}", "dialogue": f"#Person1#: {HOSTILE}\n{dialogue(2)}", "topic": HOSTILE}
    validation = [_row(f"dev_{n}", dialogue(100 + n), n) for n in range(8)]
    validation[3]["dialogue"] = shouted(train[5]["dialogue"])
    test = []
    for n in range(5):
        text = dialogue(200 + n) if n != 1 else changed(train[7]["dialogue"])
        test += [_row(f"test_{n}_{r}", text, n + r) for r in (1, 2, 3)]
    return {"train": train, "validation": validation, "test": test}


def _row(name: str, text: str, number: int) -> dict[str, str]:
    summary = f"Person {number % 2 + 1} talks of [it] and #Person1# agrees" + " after a while" * (number % 4) + "."
    return {"id": name, "dialogue": text, "summary": summary, "topic": TOPICS[number % len(TOPICS)]}


def write(folder: Path) -> Path:
    """The data set as three files in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, given in rows().items():
        lines = "".join(json.dumps(row) + "\n" for row in given)
        (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    return folder
