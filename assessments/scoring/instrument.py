"""The instrument: its values, the way in (`parse_instrument`) and the way out (`dump_instrument`)."""

from assessments.scoring.dumping import dump_instrument
from assessments.scoring.parsing import InstrumentError, parse_instrument
from assessments.scoring.structure import (
    AreaRef,
    Derived,
    Gate,
    Input,
    Instrument,
    Node,
    Option,
    Predicate,
    Prerequisite,
    Prerequisites,
    Question,
    ZeroDenominator,
)

__all__ = [
    "AreaRef",
    "Derived",
    "Gate",
    "Input",
    "Instrument",
    "InstrumentError",
    "Node",
    "Option",
    "Predicate",
    "Prerequisite",
    "Prerequisites",
    "Question",
    "ZeroDenominator",
    "dump_instrument",
    "parse_instrument",
]
