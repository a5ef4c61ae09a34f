"""Follow-ups in the LHE and the quarterly report: as they stood at the moment of the report, and provably so."""
# ruff: noqa: RUF001 - the typographic dash is what is printed

from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from assessments.models import Assessment, FollowUp, Period
from assessments.queries.followup_history import Reported, followups_at
from assessments.queries.reports import quarter_of
from assessments.reports.letter import letter_of
from assessments.reports.lhe import lhe_context
from assessments.reports.making import quarterly_html
from assessments.reports.promises import promise_counts, promise_lines
from assessments.services.followups import (
    Promise,
    Report,
    assign_owner,
    change_due,
    close_followup,
    create_followup,
    report_followup,
    send_back_followup,
)
from tests import factories
from tests.assessments.final_results import facts_of, finalised, squeezed, words_of

BEGIN = datetime(2024, 7, 1, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CODE = "A.I.2.i.a"


@pytest.fixture
def final(assessment, cast):
    factories.note(assessment, CODE, cast.member, "Lengkapi notulen.", for_release=True, released_at=BEGIN)
    Assessment.objects.filter(pk=assessment.pk).update(state="final", finalised_at=BEGIN, finalised_by=cast.controller)
    assessment.refresh_from_db()
    return assessment


def plain(*texts):
    """With ordinary blanks."""
    return tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in texts)


def set_promise(assessment, cast, *, due=None, now=BEGIN, owner=None):
    due = due or (BEGIN + 30 * DAY).date()
    note = assessment.notes.filter(followup__isnull=True, released_at__isnull=False).first()
    return create_followup(
        assessment=assessment, note=note, promise=Promise("Lengkapi notulen", due, owner), actor=cast.member, now=now
    )


@pytest.fixture
def course(final, cast):
    """A follow-up that goes through everything, a step every ten days."""
    here = {"assessment": final, "followup": set_promise(final, cast)}
    steps = (
        (assign_owner, {"owner": cast.operator, "actor": cast.head}),
        (report_followup, {"report": Report("Sudah"), "actor": cast.operator}),
        (send_back_followup, {"closing": "Kurang", "actor": cast.lead}),
        (change_due, {"due": (BEGIN + 60 * DAY).date(), "reason": "Tertunda", "actor": cast.lead}),
        (
            report_followup,
            {
                "report": Report("Lengkap", factories.evidence_for(final, CODE, cast.operator)),
                "actor": cast.operator,
            },
        ),
        (close_followup, {"closing": "Sesuai", "actor": cast.lead}),
    )
    for number, (act, more) in enumerate(steps, 1):
        act(**here, **more, version=number, now=BEGIN + 10 * number * DAY)
    return final


def at(assessment, days, period=None):
    period = Period.objects.select_related("agency").get(pk=(period or assessment.period).pk)
    found = followups_at([assessment.unit_id], period, BEGIN + timedelta(days=days))
    return found.get(assessment.unit_id, [])


def test_followup_is_read_as_it_stood_at_any_moment(course, cast):
    states = [
        [(item.state, item.owner, item.has_proof) for item in at(course, days)]
        for days in (-1, 1, 15, 25, 35, 45, 55, 70)
    ]
    name = cast.operator.full_name
    assert states == [
        [],
        [("open", "", False)],
        [("open", name, False)],
        [("answered", name, False)],
        [("overdue", name, False)],
        [("open", name, False)],
        [("answered", name, True)],
        [("closed", name, True)],
    ]


def test_same_moment_always_gives_the_same(final, cast, django_assert_num_queries):
    made = set_promise(final, cast)
    early = at(final, 5)
    report_followup(
        assessment=final, followup=made, report=Report("Sudah"), version=1, actor=cast.operator, now=BEGIN + 20 * DAY
    )
    FollowUp.objects.filter(pk=made.pk).update(due=(BEGIN + 99 * DAY).date())
    with django_assert_num_queries(3):  # the period is read again here
        assert at(final, 5) == early
    assert early[0].as_json()["due"] == (BEGIN + 30 * DAY).date().isoformat()


def test_earlier_followups_are_carried_over_unless_they_were_closed_before(course, cast):
    third = factories.PeriodFactory(agency=cast.agency, quarter=3)
    fourth = factories.PeriodFactory(agency=cast.agency, quarter=4)
    first = factories.PeriodFactory(agency=cast.agency, quarter=1)
    kept = {period.quarter: [item.state for item in at(course, 200, period)] for period in (first, third, fourth)}
    # Closed on 30 August: within the third quarter, before the fourth one.
    assert kept == {1: [], 3: ["closed"], 4: []}
    (line,) = promise_lines(at(course, 200, third), (2024, 3))
    assert plain(line.carried) == ("TW II 2024",)


@pytest.mark.parametrize("count", [1, 3])
def test_units_are_read_with_two_queries(final, cast, count, django_assert_num_queries):
    units = [final.unit_id]
    set_promise(final, cast)
    for _ in range(count - 1):
        other = factories.AssessmentFactory(unit=factories.UnitFactory(agency=cast.agency), period=final.period)
        note = factories.note(other, CODE, cast.member, for_release=True, released_at=BEGIN)
        factories.followup(note, cast.member)
        FollowUp.objects.update(created_at=BEGIN)
        units.append(other.unit_id)
    period = Period.objects.select_related("agency").get(pk=final.period_id)
    with django_assert_num_queries(2):
        found = followups_at(units, period, BEGIN + DAY)
    assert {unit: len(items) for unit, items in found.items()} == dict.fromkeys(units, 1)


def reported(code, state, due=1, *, quarter=2, owner="Rina", text="Lengkapi"):
    day = (BEGIN + due * DAY).date()
    closed = day if state == "closed" else None
    told = day if state in ("answered", "closed") else None
    return Reported(code, text, owner, day, state, 2024, quarter, told, False, closed)


def test_lines_put_what_is_open_first_and_say_everything_in_words():
    items = [reported("A.I.1.i.a", "closed", 1), reported("A.I.1.i.b", "overdue", 2, owner="", quarter=1)]
    lines = promise_lines(items, (2024, 2))
    assert [plain(line.code, line.owner, line.due, line.state, line.since, line.carried) for line in lines] == [
        ("A.I.1.i.b", "–", "3 Juli 2024", "lewat batas waktu", "", "TW I 2024"),
        ("A.I.1.i.a", "Rina", "2 Juli 2024", "selesai", "2 Juli 2024", ""),
    ]
    assert [(line.is_late, line.is_closed) for line in lines] == [(True, False), (False, True)]
    (answered,) = promise_lines([reported("A.I.1.i.a", "answered")], (2024, 2))
    assert plain(answered.since) == ("dilaporkan 2 Juli 2024, tanpa bukti",)


def test_counts_end_with_the_sum_of_the_units_that_have_any():
    items = {1: [reported("A", "overdue"), reported("B", "closed", quarter=1)], 2: [], 3: [reported("C", "open")]}
    rows = promise_counts({1: "Satu", 2: "Dua", 3: "Tiga"}, items, (2024, 2))
    assert [(row.name, row.total, row.closed, row.answered, row.open, row.overdue, row.carried) for row in rows] == [
        ("Satu", 2, 1, 0, 0, 1, 1),
        ("Tiga", 1, 0, 0, 1, 0, 0),
        ("Seluruh unit", 3, 1, 0, 1, 1, 1),
    ]
    assert promise_counts({2: "Dua"}, items, (2024, 2)) == []


@pytest.fixture
def snapshot(assessment, cast, golden):
    """Unit A's final result with a released note and finding."""
    when = (BEGIN - DAY).date()
    visit = factories.visit(assessment, cast.member, day=when)
    factories.finding(visit, "A.I.5.i.b", cast.member, "Kotak saran tidak terkunci", for_release=True)
    factories.finding(visit, "A.I.1.i.b", cast.member, "TEMUAN INTERNAL")
    asked = {"kind": "clarification", "for_release": True, "released_at": BEGIN}
    factories.note(assessment, "A.I.5.i.b", cast.member, "PERLU DIJELASKAN", **asked)
    return finalised(assessment, cast, golden("20")["answers"], {"A.I.1.i.b": "C", "A.I.5.i.b": "C"})


def lhe_words(snapshot, cast, followups, moment):
    letter = letter_of(cast.agency, None, number="1", now=moment)
    with translation.override("id"):
        context = lhe_context(facts_of(snapshot), letter, made_at=moment, followups=followups)
        return words_of(render_to_string("reports/lhe.html", context))


def test_lhe_prints_followups_with_the_moment_and_findings_with_their_day(snapshot, cast):
    moment = BEGIN + 40 * DAY
    text = lhe_words(snapshot, cast, [reported("A.I.1.i.b", "overdue", text="Susun rencana")], moment)
    for words in (
        "Susun rencana",
        "lewat batas waktu",
        "Keadaan pada 10 Agustus 2024",
        "Temuan peninjauan lapangan 30 Juni 2024",
        "Kotak saran tidak terkunci",
    ):
        assert squeezed(words) in text, words
    for words in ("TEMUAN INTERNAL", "PERLU DIJELASKAN"):
        assert squeezed(words) not in text, words
    assert squeezed("Belum ada tindak lanjut yang ditetapkan pada") in lhe_words(snapshot, cast, [], moment)


def test_quarterly_prints_counts_and_everything_that_is_open(snapshot, cast):
    assessment = snapshot.assessment
    note = assessment.notes.filter(kind="finding", for_release=True).get()
    made = factories.followup(note, cast.member, text="Ganti gembok", due=(BEGIN + DAY).date())
    FollowUp.objects.filter(pk=made.pk).update(created_at=BEGIN)
    period = Period.objects.select_related("agency", "instrument").get(pk=assessment.period_id)

    def words(moment):
        letter = letter_of(period.agency, None, number="", now=moment)
        return words_of(quarterly_html(quarter_of(period, moment), letter, made_at=moment, identity="x"))

    later = words(BEGIN + 3 * DAY)
    for expected in ("tercatat 1 tindak lanjut: 0 selesai", "1 lewat batas waktu", "Ganti gembok", "Seluruh unit"):
        assert squeezed(expected) in later, expected
    assert squeezed("0 lewat batas waktu") in words(BEGIN + timedelta(hours=1))
    assert squeezed("Belum ada tindak lanjut yang ditetapkan pada") in words(BEGIN - DAY)
