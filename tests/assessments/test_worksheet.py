"""The page of a sub-area: what it shows, to whom, and with how many queries."""

import json
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment
from assessments.queries.checks import Finding, findings
from assessments.queries.instruments import instrument_value
from assessments.queries.progress import Tally, area_number, unit_work
from assessments.queries.worksheet import worksheet_page
from assessments.scoring import Counts
from tests import factories


def url(assessment, node="A.I.1.i"):
    unit = assessment.unit
    return reverse("worksheet", args=(unit.agency.code, unit.code, assessment.period.code, node))


def html_of(browser, assessment, node="A.I.1.i"):
    response = browser.get(url(assessment, node))
    assert response.status_code == 200
    return response.content.decode()


def put_in(assessment, state, cast, **values):
    done = {"finalised_at": timezone.now(), "finalised_by": cast.controller} if state == "final" else {}
    Assessment.objects.filter(pk=assessment.pk).update(state=state, **done, **values)
    assessment.refresh_from_db()


# The reckoning


def test_progress_counts_answered_and_proven_apart(assessment, cast):
    factories.answer(assessment, "A.I.1.i.a", "Ya")
    factories.answer(assessment, "A.I.1.i.b", "B")
    factories.answer(assessment, "A.II.1.i.a", {"agents": 4})
    for code in ("A.I.1.i.a", "A.II.1.i.a", "B.I.a"):
        factories.evidence_for(assessment, code, cast.operator)
    work = unit_work(assessment)
    assert work.total == Tally(113, 2, 1)
    assert (work.total.missing, work.total.unproven) == (111, 1)
    assert work.tallies["A.I.1.i"] == Tally(2, 2, 1)
    assert work.tallies["A.II.1.i"] == Tally(2, 0, 0)
    assert work.tallies["area:1"] == Tally(16, 2, 1)
    assert work.tallies["area:1"] == work.tallies["A.I.1"] + work.tallies["A.II.1"]
    assert [work.tallies[code].status for code in ("A.I.1.i", "area:1", "B")] == [
        "complete",
        "incomplete",
        "not_started",
    ]


def test_withdrawn_evidence_proves_nothing(assessment, cast):
    factories.answer(assessment, "A.I.1.i.a", "Ya")
    record = factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    record.withdrawn_at, record.withdrawn_reason = timezone.now(), "Keliru"
    record.save()
    assert unit_work(assessment).total == Tally(113, 1, 0)


@pytest.mark.parametrize(
    ("code", "number"), [("A.I.1.i.a", 1), ("A.II.6.ii", 6), ("A.I.3", 3), ("B.I.a", None), ("B", None), ("A.I", None)]
)
def test_area_of_a_code(assessment, code, number):
    assert area_number(instrument_value(assessment.period.instrument), code) == number


def test_score_on_the_page_is_that_of_the_score_command(as_user, cast, assessment, golden, tmp_path, capsys):
    answers = golden("24")["answers"]
    factories.answer_everything(assessment, answers)
    path = tmp_path / "lke.json"
    path.write_text(json.dumps({"instrument": "permenpanrb-90-2021", "answers": answers}))
    call_command("score", str(path))
    total = json.loads(capsys.readouterr().out)["total"]
    assert abs(float(unit_work(assessment).result.total) - float(total)) < 1e-12
    shown = f"{round(float(total), 2):.2f}".replace(".", ",")
    assert f">{shown}<" in html_of(as_user(cast.operator), assessment)


# Contradictions


@pytest.mark.parametrize(
    ("code", "given", "found"),
    [
        ("A.II.1.i.b", {"changes": 3, "integrated_changes": 5}, ("exceeds", (5, 3))),
        ("A.II.4.i.a", {"targets": 3, "targets_achieved": 4}, ("exceeds", (4, 3))),
        ("A.II.5.ii.a", {"complaints_due": 2, "complaints_resolved": 3}, ("exceeds", (3, 2))),
        ("A.II.6.i.b", {"services_registered": 1, "services_simplified": 2}, ("exceeds", (2, 1))),
        (
            "A.II.5.iii.a",
            {"lhkpn_unit_heads": 1, "lhkpn_mandatory_officials": 1, "lhkpn_others": 1, "lhkpn_reported": 4},
            ("exceeds", (4, 3)),
        ),
        (
            "A.II.5.iii.b",
            {
                "lhkasn_administrators": 1,
                "lhkasn_supervisors": 1,
                "lhkasn_functional_and_staff": 1,
                "lhkasn_reported": 4,
            },
            ("exceeds", (4, 3)),
        ),
        ("B.I.a", {"index": "3.6", "respondents": 29}, ("few_respondents", (29, 30))),
        ("B.II.a", {"index": "3.6"}, ("no_respondents", (30,))),
    ],
)
def test_contradiction_is_found(assessment, code, given, found):
    factories.answer(assessment, code, given)
    work = unit_work(assessment)
    (finding,) = findings(work.sheet.instrument.value, work.sheet.values)
    assert ((finding.kind, finding.numbers), finding.code) == (found, code)


def test_count_told_twice_must_be_the_same(assessment):
    instrument = instrument_value(assessment.period.instrument)
    answers = {
        "A.II.1.i.a": Counts({"agents": 2, "changes": 3}),
        "A.II.1.i.b": Counts({"changes": 4, "integrated_changes": 1}),
    }
    label = "Jumlah perubahan yang dibuat"
    assert findings(instrument, answers) == (Finding("differs", "A.II.1.i.b", (label,), (3, 4), "A.II.1.i.a"),)
    answers["A.II.1.i.b"] = Counts({"changes": 3, "integrated_changes": 3})
    assert findings(instrument, answers) == ()


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("A.II.1.i.a", {"agents": 1, "changes": 5}),
        ("A.II.1.i.b", {"integrated_changes": 5}),
        ("A.II.5.iii.a", {"lhkpn_unit_heads": 1, "lhkpn_reported": 4}),
        ("B.I.a", {"index": "3.6", "respondents": 30}),
        ("A.I.1.i.a", "Ya"),
    ],
)
def test_plausible_or_partial_numbers_are_no_contradiction(assessment, code, given):
    factories.answer(assessment, code, given)
    work = unit_work(assessment)
    assert findings(work.sheet.instrument.value, work.sheet.values) == ()


# The page


def test_page_shows_everything_beside_a_question(as_user, cast, assessment):
    factories.answer(assessment, "A.I.1.i.b", "B", by=cast.operator, note="Alasan unit")
    factories.evidence_for(assessment, "A.I.1.i.b", cast.operator, title="SOP pemilihan")
    factories.note(
        assessment, "A.I.1.i.b", cast.member, text="Lengkapi SK", for_release=True, released_at=timezone.now()
    )
    factories.note(assessment, "A.I.1.i.a", cast.assistant, text="Saran asistensi", stage="assistance")
    html = html_of(as_user(cast.operator), assessment)
    expected = (
        "Apakah anggota tim ditentukan melalui prosedur",
        "Sebagian pemilihan memakai prosedur",
        "0,50",
        'value="B" checked',
        "Alasan unit",
        "SOP pemilihan",
        "Notulen dan daftar hadir rapat pemilihan",
        "Lengkapi SK",
        "Saran asistensi",
        "A.I.1.ii Rencana Pembangunan Zona Integritas",
        "1 dari 2",
    )
    assert [text for text in expected if text not in html] == []


def test_every_page_of_the_worksheet_opens(as_user, cast, assessment, golden):
    factories.answer_everything(assessment, golden("24")["answers"])
    browser = as_user(cast.operator)
    nodes = [node.code for node in instrument_value(assessment.period.instrument).subareas]
    pages = [html_of(browser, assessment, node) for node in nodes]
    assert len(nodes) == 44
    assert sum(len(re.findall(r"data-autosave\s", page)) for page in pages) == 113


@pytest.mark.parametrize("node", ["A", "A.I", "A.I.1", "B", "A.I.1.i.a", "A.I.1.ix", "area:1", "x"])
def test_node_that_is_no_page_is_not_found(as_user, cast, assessment, node):
    assert as_user(cast.operator).get(url(assessment, node)).status_code == 404


def test_pages_follow_each_other_through_the_whole_worksheet(assessment, cast):
    seen, node = [], "A.I.1.i"
    while node:
        page = worksheet_page(assessment, node, cast.operator, timezone.now())
        assert (page.previous.code if page.previous else None) == (seen[-1] if seen else None)
        seen.append(node)
        node = page.next.code if page.next else None
    assert seen == [item.code for item in instrument_value(assessment.period.instrument).subareas]


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(as_user, cast, assessment, count, django_assert_num_queries):
    for number in range(count):
        code = f"A.I.3.iii.{'bcd'[number]}"
        factories.answer(assessment, code, "B", by=cast.operator)
        factories.evidence_for(assessment, code, cast.operator)
        factories.evidence_for(assessment, code, cast.operator)
        factories.note(assessment, code, cast.assistant, stage="assistance")
    browser = as_user(cast.operator)
    html_of(browser, assessment, "A.I.3.iii")
    with django_assert_num_queries(12):
        html_of(browser, assessment, "A.I.3.iii")


@pytest.mark.parametrize(("state", "queries"), [("returned", 13), ("final", 13), ("submitted", 12)])
def test_page_of_other_states_asks_a_fixed_number(
    as_user, cast, assessment, golden, state, queries, django_assert_num_queries
):
    factories.answer_everything(assessment, golden("22")["answers"])
    factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    put_in(assessment, state, cast)
    browser = as_user(cast.operator)
    html_of(browser, assessment)
    with django_assert_num_queries(queries):
        html_of(browser, assessment)


# Who sees it, and what is locked


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("operator", 200),
        ("head", 200),
        ("assistant", 200),
        ("member", 200),
        ("lead", 200),
        ("controller", 200),
        ("inspector", 200),
        ("admin", 403),
        ("reader", 404),
        ("stranger", 404),
        ("other_member", 404),
        ("foreign_inspector", 404),
    ],
)
def test_page_follows_the_right_to_read(as_user, cast, assessment, name, status):
    assert as_user(getattr(cast, name)).get(url(assessment)).status_code == status


def test_page_takes_no_post(as_user, cast, assessment):
    assert as_user(cast.operator).post(url(assessment)).status_code == 405


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("submitted", "sudah dikirim dan sedang dinilai TPI"),
        ("review_lead", "sudah dikirim dan sedang dinilai TPI"),
        ("final", "Hanya Inspektur yang dapat membukanya kembali"),
    ],
)
def test_locked_page_says_why_and_has_no_controls(as_user, cast, assessment, state, words):
    factories.answer(assessment, "A.I.1.i.b", "B", by=cast.operator, note="Alasan unit")
    put_in(assessment, state, cast)
    html = html_of(as_user(cast.operator), assessment)
    assert words in html
    assert "Alasan unit" in html
    assert [
        control for control in ("data-autosave ", "data-upload ", "evidence_withdraw", "<textarea") if control in html
    ] == []


def test_page_before_and_after_the_phase_says_when(as_user, cast, assessment):
    period = assessment.period
    period.fill_from, period.fill_until = timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=2)
    period.save()
    assert "Pengisian dibuka pada" in html_of(as_user(cast.operator), assessment)
    period.fill_from, period.fill_until = timezone.now() - timedelta(days=2), timezone.now() - timedelta(days=1)
    period.save()
    assert "Masa pengisian berakhir pada" in html_of(as_user(cast.operator), assessment)


def test_pokja_reads_other_areas_and_fills_its_own(as_user, cast, assessment):
    browser = as_user(factories.member_of(cast.unit_a, areas="2"))
    assert "Area ini diisi pokja lain" in html_of(browser, assessment)
    assert "data-autosave" in html_of(browser, assessment, "A.I.2.i")


def test_returned_page_opens_only_noted_questions(as_user, cast, assessment):
    factories.note(assessment, "A.I.1.i.b", cast.member, for_release=True, released_at=timezone.now())
    put_in(assessment, "returned", cast, round=2)
    html = html_of(as_user(cast.operator), assessment)
    assert (html.count('name="versi" id='), html.count("Pertanyaan ini terkunci")) == (1, 1)


def test_unreleased_notes_and_scores_are_invisible_to_the_unit(as_user, cast, assessment):
    """SEC-05: neither TPI's notes nor its scores before release; those that are not marked never."""
    factories.answer(assessment, "A.I.1.i.b", "A", by=cast.operator)
    factories.answer(assessment, "A.I.1.i.b", "C", stage="member", by=cast.member, note="KENARI-NILAI")
    factories.note(assessment, "A.I.1.i.b", cast.member, text="KENARI-CATATAN", for_release=True)
    for state in ("submitted", "review_member", "review_lead", "review_controller", "returned"):
        put_in(assessment, state, cast)
        for name in ("operator", "head", "assistant"):
            html = html_of(as_user(getattr(cast, name)), assessment)
            assert [word for word in ("KENARI", "Nilai TPI") if word in html] == []


def test_final_page_shows_the_score_of_tpi(as_user, cast, assessment):
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator)
    factories.answer(assessment, "A.I.1.i.b", "A", by=cast.operator)
    factories.answer(assessment, "A.I.1.i.a", "Ya", stage="member", by=cast.member)
    factories.answer(assessment, "A.I.1.i.b", "C", stage="member", by=cast.member)
    put_in(assessment, "final", cast)
    html = html_of(as_user(cast.operator), assessment)
    assert (html.count("Nilai TPI"), html.count("Sama dengan jawaban unit.")) == (2, 1)


def test_assistant_reads_and_has_a_form_for_advice(as_user, cast, assessment):
    html = html_of(as_user(cast.assistant), assessment)
    assert "Anda membaca LKE ini." in html
    assert html.count("Catatan tim asistensi untuk unit") == 2
    assert "Catatan tim asistensi untuk unit" not in html_of(as_user(cast.operator), assessment)
