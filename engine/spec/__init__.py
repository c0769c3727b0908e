"""RunSpec: all that a run is asked, in one frozen value that reads from and writes to TOML.

The docstring under a field is its help text; ``unit``, range and choices stand in its annotation.
The command line, the new-run form and the validation messages all read them from here.
"""

from engine.spec.learning import ALL_LINEAR, Dtype, ForgettingSpec, LoraSpec, Optimizer, Schedule, StopMetric, TrainSpec
from engine.spec.prompted import FewShotSpec, SoftPromptSpec
from engine.spec.reading import (
    fields,
    from_dict,
    from_toml,
    load,
    merge,
    nested,
    overridden,
    parse_override,
    problems,
    to_dict,
    to_toml,
)
from engine.spec.run import Method, RunSpec, rate_hint
from engine.spec.sections import (
    PROMPT,
    Amount,
    BaseSpec,
    ColumnsSpec,
    DataSpec,
    DecodeSpec,
    Exclusion,
    PromptSpec,
    Section,
    unit,
)
from engine.spec.tracking import TrackerName, TrackSpec

__all__ = [
    "ALL_LINEAR", "PROMPT", "Amount", "BaseSpec", "ColumnsSpec", "DataSpec", "DecodeSpec", "Dtype", "Exclusion",
    "FewShotSpec", "ForgettingSpec", "LoraSpec", "Method", "Optimizer", "PromptSpec", "RunSpec", "Schedule",
    "Section", "SoftPromptSpec", "StopMetric", "TrackSpec", "TrackerName", "TrainSpec", "fields", "from_dict",
    "from_toml", "load", "merge", "nested", "overridden", "parse_override", "problems", "rate_hint", "to_dict",
    "to_toml", "unit",
]  # fmt: skip
