"""Where people arrive, and what a unit reads on its home."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Assessment, Period, TransitionRecord
from assessments.queries.duties import unit_team
from assessments.queries.gates import gate_tables
from assessments.queries.home import next_steps
from assessments.queries.progress import unit_work
from assessments.queries.tasks import Marks
from assessments.queries.worksheet import outline
from assessments.services.copies import copy_answers
from assessments.templatetags.home import time_left
from tests import factories
from units.services.changes import day_of


def url(assessment, name="unit_home"):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code))


def steps(assessment, user, marks=None):
    team = unit_team(assessment.unit_id, day_of(timezone.now()))
    found = next_steps(user, assessment, unit_work(assessment), marks or Marks(), timezone.now(), team=team)
    return [(step.kind, step.count, step.code) for step in found]


# The front page


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("operator", None),
        ("head", None),
        ("member", "evaluation_queue"),
        ("lead", "evaluation_queue"),
        ("assistant", "assessment_list"),
        ("inspector", "board"),
        ("reader", "board"),
        ("admin", "manage_home"),
    ],
)
def test_front_page_leads_each_role_to_its_work(as_user, cast, assessment, name, target):
    response = as_user(getattr(cast, name)).get(reverse("home"))
    assert (response.status_code, response["Location"]) == (302, reverse(target) if target else url(assessment))


def test_front_page_of_several_roles_is_a_choice(as_user, cast, assessment):
    factories.MembershipFactory(user=cast.operator, role="admin", agency=cast.agency, unit=None)
    html = as_user(cast.operator).get(reverse("home")).content.decode()
    assert [address for address in (url(assessment), reverse("manage_home")) if f'href="{address}"' not in html] == []


def test_front_page_without_any_role_explains(as_user, db):
    response = as_user(factories.UserFactory()).get(reverse("home"))
    assert (response.status_code, "belum mempunyai peran" in response.content.decode()) == (200, True)


def test_front_page_of_a_unit_without_periods_is_the_list(as_user, cast):
    response = as_user(cast.operator).get(reverse("home"), follow=True)
    assert "Belum ada LKE" in response.content.decode()


def test_front_page_opens_the_running_quarter_not_the_coming_one(as_user, cast, assessment):
    soon = timezone.now() + timedelta(days=5)
    times = {"fill_from": soon, "fill_until": soon + timedelta(1), "review_until": soon + timedelta(2)}
    period = factories.PeriodFactory(agency=cast.agency, quarter=3, **times)
    factories.AssessmentFactory(unit=cast.unit_a, period=period)
    assert as_user(cast.operator).get(reverse("home"))["Location"] == url(assessment)


# The list


def test_list_shows_ones_own_units_only(as_user, cast, assessment, assessment_b):
    html = as_user(cast.operator).get(reverse("assessment_list")).content.decode()
    assert (assessment.unit.name in html, assessment_b.unit.name in html) == (True, False)


@pytest.mark.parametrize(
    ("state", "days", "warned"),
    [("draft", 5, True), ("returned", 1, True), ("submitted", 5, False)],
)
def test_list_warns_of_a_deadline_while_the_unit_has_to_work(as_user, cast, assessment, state, days, warned):
    now = timezone.now()
    ends = {"fill_until": now - timedelta(days=5), "review_until": now - timedelta(days=1)}
    Period.objects.filter(pk=assessment.period_id).update(**ends)
    Assessment.objects.filter(pk=assessment.pk).update(state=state)
    html = as_user(cast.operator).get(reverse("assessment_list")).content.decode()
    day = date_format((now - timedelta(days=days)).astimezone(cast.agency.tz), "j F Y")
    assert (day in html, "sudah lewat" in html) == (True, warned)


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_four_queries(as_user, cast, assessment, count, django_assert_num_queries):
    for quarter in range(3, 2 + count):
        period = factories.PeriodFactory(agency=cast.agency, quarter=quarter)
        factories.AssessmentFactory(unit=cast.unit_a, period=period)
    browser = as_user(cast.operator)
    browser.get(reverse("assessment_list"))
    with django_assert_num_queries(4):
        browser.get(reverse("assessment_list"))


# What to do next


def test_step_of_an_empty_worksheet_is_its_first_question(assessment, cast):
    assert steps(assessment, cast.operator) == [("fill", 113, "A.I.1.i.a"), ("ask_head", 113, "")]
    assert steps(assessment, cast.head)[-1] == ("send", 113, "")


def test_steps_go_on_where_the_unit_stopped(assessment, cast, golden):
    factories.answer_everything(assessment, golden("22")["answers"])
    assessment.answers.filter(question__code__in=("A.I.2.i.c", "B.II.a")).delete()
    factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    assert steps(assessment, cast.operator) == [
        ("fill", 2, "A.I.2.i.c"),
        ("prove", 110, "A.I.1.i.b"),
        ("ask_head", 2, ""),
    ]


def test_steps_of_a_pokja_are_in_its_areas(assessment, cast):
    pokja = factories.member_of(cast.unit_a, areas="2")
    assert steps(assessment, pokja)[0] == ("fill", 18, "A.I.2.i.a")


def test_steps_of_a_returned_worksheet_are_its_repairs(assessment, cast, golden):
    factories.answer_everything(assessment, golden("22")["answers"])
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    assessment.refresh_from_db()
    asked = frozenset({"A.I.2.i.a", "A.I.5.i.a"})
    found = steps(assessment, cast.operator, Marks(opened=asked, repairs=asked))
    assert found == [("repair", 2, "A.I.2.i.a"), ("prove", 2, "A.I.2.i.a"), ("ask_head", 0, "")]


@pytest.mark.parametrize(
    ("state", "name", "kind"),
    [
        ("submitted", "operator", "wait"),
        ("review_lead", "head", "wait"),
        ("final", "operator", "done"),
        ("draft", "assistant", "read"),
        ("draft", "member", "read"),
    ],
)
def test_nothing_to_do_is_said(assessment, cast, state, name, kind):
    done = {"finalised_at": timezone.now(), "finalised_by": cast.controller} if state == "final" else {}
    Assessment.objects.filter(pk=assessment.pk).update(state=state, **done)
    assessment.refresh_from_db()
    assert steps(assessment, getattr(cast, name)) == [(kind, 0, "")]


# Where to go on


def test_person_goes_on_after_their_own_last_save(assessment, cast):
    factories.answer(assessment, "A.I.1.ii.a", "Ya", by=cast.head)
    factories.answer(assessment, "A.I.3.i.a", "Ya", by=cast.operator)
    factories.answer(assessment, "A.I.5.i.a", "A", by=cast.head)
    assert steps(assessment, cast.operator)[0] == ("fill", 110, "A.I.3.i.b")
    assert steps(assessment, cast.head)[0] == ("fill", 110, "A.I.5.i.b")


def test_person_goes_on_at_the_beginning_after_the_last_question(assessment, cast):
    factories.answer(assessment, "B.II.a", {"index": "3.5", "respondents": 40}, by=cast.operator)
    assert steps(assessment, cast.operator)[0] == ("fill", 112, "A.I.1.i.a")


def test_own_questions_come_first_and_those_of_a_colleague_not_at_all(assessment, cast):
    pokja = factories.member_of(cast.unit_a, areas="2")
    assert steps(assessment, cast.operator, Marks(duties={"A.I.1.i.a": pokja}))[0] == ("fill", 112, "A.I.1.i.b")
    marks = Marks(duties={"A.II.2.i.a": cast.operator})
    factories.answer(assessment, "A.II.6.i.a", "A", by=cast.operator)
    assert steps(assessment, pokja, marks)[0] == ("fill", 17, "A.I.2.i.a")


def test_copies_and_contradictions_are_steps(assessment, cast):
    marks = Marks(copies=frozenset({"A.I.1.i.b", "A.I.2.i.a"}), contradicted=frozenset({"A.II.1.i.a"}))
    assert [step for step in steps(assessment, cast.operator, marks) if step[0] != "fill"] == [
        ("review_copies", 2, "A.I.1.i.b"),
        ("mend", 1, "A.II.1.i.a"),
        ("ask_head", 113, ""),
    ]


# The page


def status_of(html, name):
    """The row of a sub-area, in words."""
    start = html.index(f">{name}</span>")
    row = html[start : html.index("</a>", start)]
    return next(words for words in ("Perlu perbaikan", "Lengkap", "Sedang diisi", "Belum mulai") if words in row)


def test_sub_areas_say_honestly_how_far_they_are(as_user, cast, assessment):
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator)
    factories.answer(assessment, "A.I.1.i.b", "B", by=cast.operator)
    factories.answer(assessment, "A.I.1.ii.a", "Ya", by=cast.operator)
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    found = [
        status_of(html, name)
        for name in ("Penyusunan Tim Kerja", "Rencana Pembangunan Zona Integritas", "Komitmen dalam Perubahan")
    ]
    assert found == ["Lengkap", "Sedang diisi", "Belum mulai"]


def test_contradicting_numbers_need_repair_while_they_can_be_mended(as_user, cast, assessment):
    factories.answer(assessment, "A.II.1.i.a", {"agents": 4, "changes": 3}, by=cast.operator)
    factories.answer(assessment, "A.II.1.i.b", {"changes": 5, "integrated_changes": 2}, by=cast.operator)
    browser = as_user(cast.operator)
    assert status_of(browser.get(url(assessment)).content.decode(), "Komitmen dalam Perubahan") == "Perlu perbaikan"
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    assert status_of(browser.get(url(assessment)).content.decode(), "Komitmen dalam Perubahan") == "Lengkap"


def test_tpi_note_needs_repair_until_something_was_done(as_user, cast, assessment):
    browser, released = as_user(cast.operator), timezone.now() - timedelta(hours=1)
    for code in ("A.I.1.i.a", "A.I.2.i.a"):
        factories.note(assessment, code, cast.member, for_release=True, released_at=released)
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    html = browser.get(url(assessment)).content.decode()
    assert ("2 perlu perbaikan" in html, status_of(html, "Penyusunan Tim Kerja")) == (True, "Perlu perbaikan")
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator)
    factories.evidence_for(assessment, "A.I.2.i.a", cast.operator)
    html = browser.get(url(assessment)).content.decode()
    assert ("perlu perbaikan" in html, html.count("Sudah dikerjakan")) == (False, 2)


def test_what_is_missing_leads_to_the_first_of_each(as_user, cast, assessment):
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator)
    html = " ".join(as_user(cast.operator).get(url(assessment)).content.decode().split())
    sheet = url(assessment, "unit_home") + "lke/A.I.1.i/"
    assert f'<a href="{sheet}#p-A-I-1-i-b">112 belum dijawab</a>' in html
    assert f'<a href="{sheet}#p-A-I-1-i-a">1 tanpa bukti</a>' in html
    assert f'<a href="{sheet}#p-A-I-1-i-b">15 belum dijawab</a>' in html


def test_unconfirmed_copies_are_counted_apart(as_user, cast, assessment):
    period = factories.PeriodFactory(agency=cast.agency, quarter=1)
    factories.answer(factories.AssessmentFactory(unit=cast.unit_a, period=period), "A.I.1.i.a", "Ya")
    copy_answers(assessment=assessment, areas=None, actor=cast.operator, now=timezone.now())
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    assert ("1 salinan menunggu diperiksa" in html, "0 dari 113 terjawab, 0 dengan bukti" in html) == (True, True)


def test_own_tasks_show_ones_own_questions_only(as_user, cast, assessment):
    pokja = factories.member_of(cast.unit_a, areas="2", full_name="Anggota Pokja Dua")
    html = as_user(pokja).get(url(assessment) + "?tampil=saya").content.decode()
    assert ("Pokja: Anggota Pokja Dua" in html, "0 dari 15 terjawab" in html, 'id="area-1"' in html) == (
        True,
        True,
        False,
    )
    whole = as_user(cast.member).get(url(assessment) + "?tampil=saya").content.decode()
    assert ('id="area-1"' in whole, "Tugas saya" in whole) == (True, False)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=20), "20 hari lagi"),
        (timedelta(days=2, hours=5, minutes=10), "2 hari 5 jam lagi"),
        (timedelta(hours=5), "5 jam lagi"),
        (timedelta(minutes=40), "40 menit lagi"),
        (timedelta(seconds=5), "1 menit lagi"),
        (timedelta(0), "sudah lewat"),
    ],
)
def test_countdown_in_days_and_near_the_end_in_hours(left, words):
    now = timezone.now()
    assert time_left(now + left, now) == words


def test_home_shows_the_same_figures_as_the_worksheet_and_the_check(as_user, cast, assessment):
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator)
    factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    factories.answer(assessment, "A.I.1.i.b", "B", by=cast.operator)
    browser = as_user(cast.operator)
    unit = assessment.unit
    page = reverse("worksheet", args=(unit.agency.code, unit.code, assessment.period.code, "A.I.1.i"))
    whole = []
    for address in (url(assessment), page, url(assessment, "check")):
        html = browser.get(address).content.decode()
        start = html.index('id="angka-semua"')
        whole.append(" ".join(html[start : html.index("</a>", start)].split()))
    assert whole[0] == whole[1] == whole[2]
    assert ("2 dari 113 terjawab, 1 dengan bukti" in whole[0], "0,38" in whole[0]) == (True, True)


def test_home_counts_each_area(assessment):
    factories.answer(assessment, "A.I.1.i.a", "Ya")
    groups = outline(unit_work(assessment))
    assert [(group.number, group.tally.questions, group.tally.answered) for group in groups] == [
        (1, 16, 1),
        (2, 15, 0),
        (3, 21, 0),
        (4, 14, 0),
        (5, 22, 0),
        (6, 22, 0),
        (None, 3, 0),
    ]


def test_home_says_how_many_days_are_left(as_user, cast, assessment):
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    assert ("20 hari lagi" in html, "WIB" in html) == (True, True)


def test_home_shows_history_in_words(as_user, cast, assessment):
    TransitionRecord.objects.create(
        assessment=assessment,
        action="submit",
        from_state="draft",
        to_state="submitted",
        round=1,
        actor=cast.head,
        at=timezone.now(),
    )
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    assert "Riwayat" in html
    assert cast.head.full_name in html


def test_home_shows_released_notes_only(as_user, cast, assessment):
    factories.note(
        assessment, "A.I.1.i.a", cast.member, text="DISAMPAIKAN", for_release=True, released_at=timezone.now()
    )
    factories.note(assessment, "A.I.1.i.b", cast.member, text="KENARI")
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    assert ("DISAMPAIKAN" in html, "KENARI" in html) == (True, False)


def test_home_of_a_final_worksheet_shows_the_result_of_tpi(as_user, cast, assessment, golden):
    factories.answer_everything(assessment, golden("22")["answers"])
    factories.answer_everything(assessment, golden("20")["answers"], stage="member", by=cast.member)
    browser = as_user(cast.operator)
    assert "Nilai akhir TPI" not in browser.get(url(assessment)).content.decode()
    values = {"state": "final", "finalised_at": timezone.now(), "finalised_by": cast.controller}
    Assessment.objects.filter(pk=assessment.pk).update(**values)
    assert "Nilai akhir TPI 100,00" in browser.get(url(assessment)).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_a_fixed_number_of_queries(as_user, cast, assessment, count, django_assert_num_queries):
    for number in range(count):
        factories.answer(assessment, f"A.I.3.iii.{'bcd'[number]}", "B", by=cast.operator)
        factories.note(
            assessment, f"A.I.3.iii.{'bcd'[number]}", cast.member, for_release=True, released_at=timezone.now()
        )
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    browser = as_user(cast.operator)
    browser.get(url(assessment))
    with django_assert_num_queries(14):
        browser.get(url(assessment))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("stranger", 404),
        ("reader", 404),
        ("foreign_inspector", 404),
        ("admin", 403),
        ("member", 200),
        ("inspector", 200),
    ],
)
def test_home_follows_the_right_to_read(as_user, cast, assessment, name, status):
    assert as_user(getattr(cast, name)).get(url(assessment)).status_code == status


@pytest.mark.parametrize("name", ["home", "assessment_list"])
def test_front_pages_take_no_post(as_user, cast, name):
    assert as_user(cast.operator).post(reverse(name)).status_code == 405


# Gates


def test_gates_of_areas_are_in_points_and_agree_with_the_verdict(assessment, golden):
    factories.answer_everything(assessment, golden("35")["answers"])
    work = unit_work(assessment)
    table = gate_tables(work.sheet.instrument.value, work.result)[0]
    rows = {row.key: row for row in table.rows}
    assert (table.predikat, [str(rows[key].required) for key in ("area:1", "area:5")]) == ("WBK", ["4.80", "9.00"])
    assert (str(rows["total"].actual), rows["total"].passed) == ("75.00", True)
    assert all((row.actual >= row.required) == row.passed for row in table.rows)


def test_gates_of_the_target_come_first(assessment):
    work = unit_work(assessment)
    tables = gate_tables(work.sheet.instrument.value, work.result, "WBBM")
    assert [table.predikat for table in tables] == ["WBBM", "WBK"]
    assert tables[0].rows[-1].key == "holds_wbk"
    assert (tables[0].rows[-1].actual, tables[0].rows[-1].passed) == (None, False)
