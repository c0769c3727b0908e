"""What a query is made of. This is the grammar::

    query       = [ disjunction ]                        sort: may stand at the outermost level, among the clauses
    disjunction = conjunction { "or" conjunction }
    conjunction = negation { [ "and" ] negation }        clauses next to each other must all hold
    negation    = ( "not" | "-" ) negation | clause      "-" stands directly before what it excludes
    clause      = "(" disjunction ")" | comparison | field | phrase | word | sort

    comparison  = sum relation sum { relation sum }      0.2 < rouge1 < 0.4 is both at once
                | ( "id" | "topic" ) ( "=" | "!=" ) ( phrase | word )
    relation    = "<" | "<=" | ">" | ">=" | "=" | "!="   also "==", "<>", "≤", "≥", "≠"
    sum         = product { ( "+" | "-" ) product }
    product     = factor { ( "*" | "/" ) factor }
    factor      = "-" factor | "(" sum ")" | number [ "%" ] | call | name
    call        = function "(" sum { "," sum } ")"       len min max mean disagreement distance rank abs
    name        = column | metric | model [ "." metric ] the longest stretch that names something
    model       = letters with "-" and "." between them, or a phrase

    field       = ( "id" | "topic" | "dialogue" | "reference" | "summary" | "text" | model ) ":" ( phrase | word )
                | ( "best" | "worst" | "has" | "lacks" | "truncated" ) ":" model
                | "is" ":" ( set | "tie" )
                | ( column | metric ) ":" [ relation ] sum
    sort        = "sort:" key { "," key }                without spaces, unless in brackets
    key         = ( "id" | "topic" | sum ) [ "-" | "+" ] from high to low, from low to high

    phrase      = '"' { any character, '\\"' for the mark itself } [ '"' ]
    word        = any characters but spaces, brackets and '"'

Keywords and names are read in any letter case. What does not read as a comparison or a field is a word to look for,
unless it holds a relation, or a known name before one: then it is a comparison with a mistake in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Relation = Literal["<", "<=", ">", ">=", "=", "!="]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a query, in a sentence, and the place in it (0 is the first character)."""

    message: str
    position: int


class QueryError(Exception):
    """A query that cannot be read."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.problem = Problem(message, position)


# -- values: a figure a row -----------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Column:
    """``turns``, ``length``, ``references`` or ``reference_words`` of the dialogue."""

    name: str


@dataclass(frozen=True)
class Score:
    """A model's figure."""

    model: str
    metric: str


@dataclass(frozen=True)
class Across:
    """A figure over the models that have it."""

    how: Literal["min", "max", "mean", "disagreement"]
    metric: str


@dataclass(frozen=True)
class Rank:
    """A model's place by a figure."""

    model: str
    metric: str


@dataclass(frozen=True)
class Call:
    """``abs``, ``distance``, or ``min``, ``max``, ``mean`` of several values."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Arithmetic:
    """Two values joined by ``+ - * /``."""

    operator: str
    left: Value
    right: Value


Value = Number | Column | Score | Across | Rank | Call | Arithmetic

# -- conditions: yes or no a row ------------------------------------------------------------------


@dataclass(frozen=True)
class Having:
    """Words in a field ("" for any), or in one model's summaries."""

    words: str
    field: str = ""
    model: str = ""


@dataclass(frozen=True)
class Called:
    """Id or topic is exactly this, letter case aside."""

    field: str
    text: str


@dataclass(frozen=True)
class Compare:
    """A relation between two values; unknown values have none."""

    relation: Relation
    left: Value
    right: Value


@dataclass(frozen=True)
class Among:
    """``best:MODEL``, ``has:MODEL``, ``is:SET`` and their like."""

    what: str
    name: str
    metric: str = ""


@dataclass(frozen=True)
class Not:
    """What does not hold."""

    condition: Condition


@dataclass(frozen=True)
class All:
    """Every one holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Any:
    """At least one holds."""

    conditions: tuple[Condition, ...]


Condition = Having | Called | Compare | Among | Not | All | Any


@dataclass(frozen=True)
class SortKey:
    """What rows are sorted by; unknown values come last either way."""

    value: Value | Literal["id", "topic"]
    descending: bool
    text: str
    """As it was written, without its direction."""


@dataclass(frozen=True)
class Query:
    """A query that was read."""

    condition: Condition | None = None
    """None: every row."""
    sorts: tuple[SortKey, ...] = ()
    """None: the order of the data."""
    hint: str = ""
    """What may not have been meant."""
