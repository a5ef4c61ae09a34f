"""An instrument file (YAML) from disk to an Instrument."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from assessments.scoring.instrument import Instrument, InstrumentError, parse_instrument

MAX_BYTES: Final = 2 * 1024 * 1024


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the fast one where it is built
    """Safe values only; a key given twice is refused instead of silently winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise InstrumentError(f"line {key.start_mark.line + 1}", f"key {key.value} is given twice")
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def read_instrument_data(path: Path) -> Mapping[str, Any]:
    """Return the plain data of an instrument file; raises InstrumentError, OSError."""
    if path.stat().st_size > MAX_BYTES:
        raise InstrumentError("", f"{path.name} is larger than {MAX_BYTES} bytes")
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  # a subclass of the safe loader
    except UnicodeDecodeError as error:
        raise InstrumentError("", f"{path.name} is not UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f"line {mark.line + 1}"
        raise InstrumentError(where, f"{path.name} is not valid YAML") from error
    if not isinstance(data, Mapping):
        raise InstrumentError("", f"{path.name} holds no mapping")
    return data


def read_instrument_file(path: Path) -> Instrument:
    """Read and check an instrument file; raises InstrumentError, OSError."""
    return parse_instrument(read_instrument_data(path))
