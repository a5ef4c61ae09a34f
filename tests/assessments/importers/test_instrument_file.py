"""The instrument file from disk: text, YAML, then the instrument's own rules."""

import pytest

from assessments.importers.instrument_file import MAX_BYTES, read_instrument_data, read_instrument_file
from assessments.scoring.instrument import InstrumentError
from tests.scoring.conftest import FILE


def test_file_is_read():
    assert read_instrument_file(FILE).code == "permenpanrb-90-2021"


@pytest.mark.parametrize(
    ("raw", "where", "reason"),
    [
        (b"a: 1\nb: [", "line 3", "not valid YAML"),
        (b"a: 1\nb: 2\na: 3\n", "line 3", "key a is given twice"),
        (b"- a\n", "", "holds no mapping"),
        (b"a: \xff\n", "", "not UTF-8"),
        (b"a: !!python/object:os.system {}\n", "line 1", "not valid YAML"),
        (b"a: \x00\n", "", "not valid YAML"),
        (b"{[a]: 1}\n", "line 1", "not valid YAML"),
        (b" " * (MAX_BYTES + 1), "", "larger than"),
    ],
)
def test_broken_file_is_refused(tmp_path, raw, where, reason):
    path = tmp_path / "lke.yaml"
    path.write_bytes(raw)
    with pytest.raises(InstrumentError) as caught:
        read_instrument_data(path)
    assert caught.value.path == where
    assert reason in caught.value.reason
