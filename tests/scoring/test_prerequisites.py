"""Tabel 5 of PermenPAN-RB 5/2024: requirements apart from the gates."""

from pathlib import Path

import pytest

from assessments.importers.instrument_file import read_instrument_file
from assessments.scoring.prerequisites import Standing, check_prerequisites, is_valid_value
from assessments.scoring.structure import Prerequisites

FILE = Path(__file__).parents[2] / "fixtures" / "permenpanrb-90-2021.yaml"
LOCAL = "local_government"


@pytest.fixture(scope="module")
def table() -> Prerequisites:
    return read_instrument_file(FILE).prerequisites


def standing(table: Prerequisites, key: str, value: str, target: str = "WBK", kind: str = LOCAL) -> Standing | None:
    results = check_prerequisites(table, {key: value}, target=target, agency_kind=kind)
    return next((item.standing for item in results if item.key == key), None)


@pytest.mark.parametrize(
    ("key", "target", "below", "at"),
    [
        ("bpk_opinion", "WBK", "WDP", "WTP"),
        ("sakip_rating", "WBK", "CC", "B"),
        ("sakip_rating", "WBBM", "B", "BB"),
        ("rb_index_local_government", "WBK", "C", "CC"),
        ("rb_index_local_government", "WBBM", "CC", "B"),
        ("spip_maturity", "WBK", "2.99", "3"),
        ("audit_follow_up", "WBK", "99.9", "100"),
        ("wealth_report_compliance", "WBBM", "99", "100"),
        ("zi_development_years", "WBK", "0.9", "1"),
        ("core_service", "WBK", "0", "1"),
        ("internal_sakip_rating", "WBBM", "B", "BB"),
    ],
)
def test_requirement_holds_from_its_minimum_on(
    table: Prerequisites, key: str, target: str, below: str, at: str
) -> None:
    assert (standing(table, key, below, target), standing(table, key, at, target)) == (Standing.UNMET, Standing.MET)


@pytest.mark.parametrize("value", ["", "  ", "tinggi", "NaN", "-1", "Infinity"])
def test_blank_or_unreadable_value_is_missing_and_never_met(table: Prerequisites, value: str) -> None:
    assert standing(table, "audit_follow_up", value) is Standing.MISSING


def test_unknown_rank_is_missing(table: Prerequisites) -> None:
    assert standing(table, "sakip_rating", "ZZ") is Standing.MISSING


def test_rb_index_is_asked_of_the_agency_kind_that_it_is_for(table: Prerequisites) -> None:
    assert standing(table, "rb_index_ministry_agency", "B") is None
    assert standing(table, "rb_index_ministry_agency", "B", kind="ministry_agency") is Standing.MET
    assert standing(table, "rb_index_local_government", "B", kind="ministry_agency") is None


def test_valid_values_are_ranks_or_plain_numbers(table: Prerequisites) -> None:
    items = {item.key: item for item in table.items}
    assert is_valid_value(table, items["bpk_opinion"], "WTP")
    assert not is_valid_value(table, items["bpk_opinion"], "A")
    assert is_valid_value(table, items["spip_maturity"], "3.2")
    assert not is_valid_value(table, items["spip_maturity"], "tiga")
