"""Where a number comes from: every key, both sides, snapshots to the last digit, and nothing before release."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Snapshot
from assessments.queries.explanations import Side, explain_live, explain_snapshot
from assessments.queries.instruments import instrument_value
from assessments.services.snapshots import take_snapshot
from tests import factories
from tests.conftest import Cast
from units.models import User

LogIn = Callable[[User], Client]


def put_in(assessment: Assessment, state: str, cast: Cast) -> None:
    assessment.state, assessment.finalised_at, assessment.finalised_by = state, timezone.now(), cast.controller
    assessment.save()


def address(assessment: Assessment, key: str) -> str:
    unit = assessment.unit
    return reverse("explain", args=[unit.agency.code, unit.code, assessment.period.code, key])


@pytest.fixture
def scored(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:
    answers = golden("22")["answers"]
    factories.answer_everything(assessment, answers)
    factories.answer_everything(assessment, answers | {"A.I.1.i.b": "C"}, stage="member", by=cast.member)
    put_in(assessment, "review_member", cast)
    return assessment


def all_keys(assessment: Assessment) -> list[str]:
    instrument = instrument_value(assessment.period.instrument)
    gates = [f"gate:{code}:{gate.key}" for code, item in instrument.predicates.items() for gate in item.gates]
    areas = [f"area:{area.number}" for area in instrument.areas]
    nodes = [node.code for node in instrument.nodes]
    return ["total", *nodes, *areas, *(item.code for item in instrument.questions), *gates]


def test_every_key_can_be_explained_and_leads_up_to_the_total(scored: Assessment) -> None:
    keys = all_keys(scored)
    assert len(keys) == 205
    for key in keys:
        found = explain_live(scored, key, Side.TPI)
        assert found.explanation.key == key
        assert [parent for parent, _ in found.parents][:1] == ([] if key == "total" else ["total"])


@pytest.mark.parametrize(
    ("key", "last"),
    [
        ("gate:WBK:area:1", ("area:1", "Manajemen Perubahan")),
        ("gate:WBK:pengungkit", ("A", "Pengungkit")),
        ("gate:WBK:B.I.a", ("B.I.a", "")),
        ("gate:WBBM:holds_wbk", ("total", "")),
        ("A.I.1.i.a", ("A.I.1.i", "Penyusunan Tim Kerja")),
        ("area:6", ("total", "")),
    ],
)
def test_parents_are_named(key: str, last: tuple[str, str], scored: Assessment) -> None:
    assert explain_live(scored, key, Side.TPI).parents[-1] == last


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_kind_of_page_opens_in_both_languages(
    language: str, scored: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client = as_user(cast.member)
    client.cookies["bahasa"] = language
    keys = ["total", "A", "A.I", "A.I.1", "A.I.1.i", "A.I.1.i.a", "A.II.1.i.a", "B.I", "B.I.a", "area:1"]
    keys += ["gate:WBK:total", "gate:WBK:area:1", "gate:WBBM:holds_wbk", "gate:WBK:B.I.a"]
    for key in keys:
        response = client.get(address(scored, key), {"sisi": "tpi"})
        assert (key, response.status_code) == (key, 200)


def test_question_page_shows_inputs_formula_weight_and_result(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    text = as_user(cast.member).get(address(scored, "A.II.1.i.a"), {"sisi": "unit"}).content.decode()
    for part in (
        "Jumlah perubahan yang dibuat : Jumlah Agen Perubahan",
        "= 4 : 6 ≈ 0,666667",
        "= 0,666667 \N{MULTIPLICATION SIGN} 2 : 2 ≈ 0,666667",
    ):
        assert part in text


def test_zero_denominator_is_read_aloud(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    factories.answer(assessment, "A.II.1.i.a", {"agents": 0, "changes": 0})
    text = as_user(cast.operator).get(address(assessment, "A.II.1.i.a")).content.decode()
    assert "Peraturan tidak mengaturnya; dipakai aturan lokal instrumen:" in text
    assert "Tanpa Agen Perubahan, nilai 0." in text


def test_blank_questions_are_listed_with_links(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    factories.answer(assessment, "A.I.1.i.a", "Ya")
    text = as_user(cast.operator).get(address(assessment, "A.I.1.i")).content.decode()
    assert "1 pertanyaan kosong dihitung 0" in text
    assert f'{address(assessment, "A.I.1.i.b")}?sisi=unit">A.I.1.i.b</a>' in text


def test_snapshot_keeps_its_numbers_when_answers_change(scored: Assessment, cast: Cast) -> None:
    now = timezone.now()
    snapshot = take_snapshot(assessment=scored, kind="final", actor=cast.controller, now=now)
    before = explain_live(scored, "total", Side.TPI).explanation
    scored.answers.filter(stage="member", question__code="A.I.1.i.a").update(choice="Tidak")
    assert explain_live(scored, "total", Side.TPI).explanation.result < before.result
    assert explain_snapshot(snapshot, "total", Side.TPI).explanation == before
    assert Fraction(snapshot.summary["tpi"]["total"]) == before.result


def test_page_of_a_snapshot_names_it(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    snapshot = take_snapshot(assessment=scored, kind="final", actor=cast.controller, now=timezone.now())
    put_in(scored, "final", cast)
    query = {"sisi": "tpi", "rekaman": str(snapshot.uuid)}
    text = as_user(cast.operator).get(address(scored, "A.I.1"), query).content.decode()
    assert snapshot.sha256[:12] in text
    assert f"?sisi=tpi&amp;rekaman={snapshot.uuid}" in text


@pytest.mark.parametrize("rekaman", ["x", "7d3f0c1e-5b7a-4f0e-9c39-1a2b3c4d5e6f"])
def test_unknown_snapshot_is_404(rekaman: str, scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.member).get(address(scored, "total"), {"rekaman": rekaman}).status_code == 404


def test_snapshot_of_another_unit_is_404(
    scored: Assessment, assessment_b: Assessment, cast: Cast, as_user: LogIn
) -> None:
    other = take_snapshot(assessment=assessment_b, kind="final", actor=cast.controller, now=timezone.now())
    put_in(scored, "final", cast)
    query = {"sisi": "tpi", "rekaman": str(other.uuid)}
    assert as_user(cast.operator).get(address(scored, "total"), query).status_code == 404


def test_submitted_snapshot_has_no_side_of_tpi(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    snapshot = take_snapshot(assessment=scored, kind="submitted", actor=cast.head, now=timezone.now())
    client = as_user(cast.member)
    query = {"sisi": "tpi", "rekaman": str(snapshot.uuid)}
    assert client.get(address(scored, "total"), query).status_code == 404
    assert client.get(address(scored, "total"), query | {"sisi": "unit"}).status_code == 200
    assert Snapshot.objects.count() == 1


@pytest.mark.parametrize(
    "key", ["nothing", "A.I.9", "area:7", "gate:WBK:nothing", "gate:ABC:total", "gate:WBK", "gate:"]
)
def test_unknown_key_is_404(key: str, scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.member).get(address(scored, key)).status_code == 404


def test_unknown_side_is_404(scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.member).get(address(scored, "total"), {"sisi": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("who", "unit", "tpi"),
    [
        ("operator", 200, 403),
        ("head", 200, 403),
        ("assistant", 200, 403),
        ("member", 200, 200),
        ("controller", 200, 200),
        ("inspector", 200, 200),
        ("admin", 403, 403),
        ("stranger", 404, 404),
        ("other_member", 404, 404),
        ("reader", 404, 404),
        ("foreign_inspector", 404, 404),
    ],
)
def test_before_release_each_side_has_its_readers(
    who: str, unit: int, tpi: int, scored: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client = as_user(getattr(cast, who))
    assert client.get(address(scored, "total"), {"sisi": "unit"}).status_code == unit
    assert client.get(address(scored, "total"), {"sisi": "tpi"}).status_code == tpi


@pytest.mark.parametrize("who", ["operator", "head", "assistant", "member", "inspector", "reader"])
@pytest.mark.parametrize("side", ["unit", "tpi"])
def test_after_release_both_sides_are_open(who: str, side: str, scored: Assessment, cast: Cast, as_user: LogIn) -> None:
    put_in(scored, "final", cast)
    assert as_user(getattr(cast, who)).get(address(scored, "total"), {"sisi": side}).status_code == 200


@pytest.mark.parametrize("key", ["total", "A.I.1.i", "A.I.1.i.a", "gate:WBK:total"])
def test_explanation_costs_the_same_for_any_number(
    key: str, scored: Assessment, cast: Cast, as_user: LogIn, django_assert_num_queries: Any
) -> None:
    client = as_user(cast.member)
    client.get(address(scored, key))
    with django_assert_num_queries(6):
        client.get(address(scored, key), {"sisi": "tpi"})
