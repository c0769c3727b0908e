"""Reported speech by rule: "I bought a kettle" said by #Person2# becomes "#Person2# bought a kettle".

Crude on purpose: a sentence whose conversion is not obvious gives ``None`` rather than bad English.
"""

from __future__ import annotations

import re

_SENTENCES = re.compile(r"(?<!\bMr\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bMrs\.)(?<=[.!?]) +")
_OPENERS = re.compile(
    r"^(?:(?:oh|well|yes|no|sure|great|okay|ok|all right|of course|hi|hello|good morning|good afternoon|sorry|thanks|"
    r"thank you|perfect|right|look|so|and|but|then|actually|you see|certainly|fine|wonderful|hey|i see|really|"
    r"please|luckily|unfortunately|in that case|in fact|to be honest|that's fine|i'm afraid|hmm|welcome)[,.!:]? +"
    r"(?:there|dear)?[,.!]? *)+",
    re.IGNORECASE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ADVERBS = "never always also just only really already still usually often now certainly definitely"
_UNCHANGED = _words(
    f"""
    can could will would shall should must may might cannot can't couldn't won't wouldn't shouldn't mustn't {_ADVERBS}
    had hadn't did didn't was went came saw got took gave made said told found left lost bought brought thought felt
    kept met paid put read ran sat sent slept spent stood taught wrote broke chose drank drove ate fell forgot heard
    held knew let began rang sold spoke swam threw understood woke wore won hit cut hurt set fed led dropped booked
    """
)
"""Words that are the same in the first and the third person."""
_IRREGULAR = {
    "am": "is",
    "are": "is",
    "aren't": "isn't",
    "do": "does",
    "don't": "doesn't",
    "go": "goes",
    "have": "has",
    "haven't": "hasn't",
    "were": "was",
    "weren't": "wasn't",
}
_LOWER = _words(
    """
    the it it's that that's this there there's we we're they my your his her our a an he she if when in on at for some
    all every no nothing everything what you you're i'll by with from after before since because maybe these those one
    two three four five six seven eight nine ten next last tomorrow today only both most
    """
)
"""First words of statements that lose their capital after "says"."""
_SUBJECT = re.compile(rf"\b(I|[Yy]ou) ((?:(?:{_ADVERBS.replace(' ', '|')}) )?)([\w']+)")
_OBJECT = re.compile(
    r"\b(about|to|for|with|of|like|from|than|on|after|near|behind|without|at|by|lets?|gives?|gave|tells?|told|shows?|see|"
    r"helps?|sends?|calls?|brings?|brought|gets?|asks?|asked|want|need|rings?|thank|meets?|offers?|lends?|pays?|charges?|"
    r"teach|reminds?|drives?|takes?|joins?|hear|trust|wish|text|costs?|saves?|makes?|finds?|buys?|suits?) you\b"
)
"""Where "you" is an object; anywhere else it is taken for a subject."""
_ASKING = re.compile(
    r"^(can|could|would|will|do|did|does|have|has|are|is|was|were|should|may|shall) "
    r"(you|i|we|it|that|there|this|the \w+|your \w+|my \w+) (.+)\?$",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Split a turn into sentences; a title such as "Ms." ends none."""
    return [part for part in _SENTENCES.split(text) if part]


def _third(verb: str) -> str:
    """The third person of a verb as it stands after "I" or "you"."""
    low = verb.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low in _UNCHANGED or (low.endswith("ed") and low != "need") or not low.isalpha():
        return verb
    if low.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    if low.endswith("y") and low[-2:-1] not in ("a", "e", "o", "u"):
        return verb[:-1] + "ies"
    return verb + "s"


def _swap(text: str, speaker: str, listener: str) -> str:
    """Replace first and second person in ``text``; the verb after a subject is inflected."""

    def subject(found: re.Match[str]) -> str:
        return f"{speaker if found[1] == 'I' else listener} {found[2]}{_third(found[3])}"

    out = re.sub(r"\b(I|you|You)'m\b|\bI am\b", f"{speaker} is", text)
    out = re.sub(r"\bI'(ll|d|ve)\b", lambda f: f"{speaker} " + {"ll": "will", "d": "would", "ve": "has"}[f[1]], out)
    out = re.sub(
        r"\b[Yy]ou'(ll|d|ve|re)\b",
        lambda f: f"{listener} " + {"ll": "will", "d": "would", "ve": "has", "re": "is"}[f[1]],
        out,
    )
    out = _OBJECT.sub(lambda found: f"{found[1]} {listener}", out)
    out = _SUBJECT.sub(subject, out)
    out = re.sub(r"\b[Mm]e\b|\bmyself\b", speaker, out)
    out = re.sub(r"\b[Mm]y\b|\b[Mm]ine\b", f"{speaker}'s", out)
    out = re.sub(r"\b[Yy]ours?\b", f"{listener}'s", out)
    out = re.sub(r"\b[Yy]ou\b|\byourself\b", listener, out)
    out = re.sub(r"\b[Ww]e're\b", "they are", out)
    out = re.sub(r"\b[Ww]e'll\b", "they will", out)
    out = re.sub(r"\b[Ww]e've\b", "they have", out)
    out = re.sub(r"\b[Ww]e\b", "they", out)
    out = re.sub(r"\b[Oo]ur\b", "their", out)
    return re.sub(r"\bus\b", "them", out)


def report(sentence: str, speaker: str, listener: str, says: str | None = "says") -> str | None:
    """``sentence``, said by ``speaker`` to ``listener``, in the third person; ``None`` where no rule fits.

    ``says`` is the verb for statements that do not begin with their speaker; ``None`` leaves it out.
    """
    text = _OPENERS.sub("", sentence).strip()
    if len(text.split()) < 3:
        return None
    if text.endswith("?"):
        found = _ASKING.match(text)
        if found is None:
            return None
        auxiliary, who, rest = found[1].lower(), found[2].lower(), found[3]
        if auxiliary in ("do", "does"):
            verb, _, tail = rest.partition(" ")
            statement = f"{who} {verb} {tail}".strip()
            if auxiliary == "does" or who not in ("i", "you"):
                return None
        elif auxiliary == "did":
            return None
        else:
            statement = f"{who} {auxiliary} {rest}"
        statement = re.sub(r"^i\b", "I", statement)
        return f"{speaker} asks if {_swap(statement, speaker, listener)}."
    body = text.rstrip(".!") + "."
    first = body.split()[0]
    if re.match(r"^I('m|'ll|'d|'ve)?$", first):
        return _swap(body, speaker, listener)
    if first.lower() in ("you'll", "you're", "you've", "you") and says is None:
        return _swap(body, speaker, listener)
    if first.lower() in _LOWER:
        body = body[0].lower() + body[1:]
        return f"{speaker} {says or 'says'} {_swap(body, speaker, listener)}"
    return None
