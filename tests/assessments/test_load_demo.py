"""The demo data: loaded once for the module, inside a transaction that is rolled back at the end."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from assessments.demo.accounts import ACCOUNTS
from assessments.demo.quarters import span_of
from assessments.models import (
    Answer,
    Assessment,
    Evidence,
    EvidenceFile,
    Extension,
    FollowUp,
    Note,
    NoteMessage,
    NoteTemplate,
    Period,
    Report,
    Snapshot,
    TransitionRecord,
    Visit,
)
from assessments.queries.followups import followups_of, state_of
from tests.assessments.demo_runs import run, storage_in
from units.models import Agency, AuditEvent, Declaration, Notice, Predikat, Prerequisite, Team, Unit, UnitYear, User
from units.queries.demo import demo_accounts
from zi_portal.demo import DEMO_PASSWORD

# One worker for all of them: loading takes half a minute.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]
UNIT, MEMBER = "unit", "member"
# Account -> what it finds unread, among other things.
NEWS = {
    "operator.samsat-sampit": {"followup_overdue", "followup_set"},
    "operator.labkes": {"sheet_returned", "note_message", "review_extended"},
    "anggota.kalteng": {"note_answered", "clarification_answered", "followup_reported", "scorer_assigned"},
    "ketua.kalteng": {"sheet_for_lead", "followup_overdue", "review_extended"},
    "pengendali.kalteng": {"sheet_for_controller", "followup_overdue"},
    "inspektur.kalteng": {"followups_overdue"},
}


@dataclass
class Demo:
    """What the first load printed, and when it ran."""

    output: str
    started: datetime


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo-storage")
    with django_db_blocker.unblock(), storage_in(folder), transaction.atomic():
        started = timezone.now()
        output = run()
        connection.check_constraints()  # here, not again after each test
        yield Demo(output, started)
        transaction.set_rollback(True)


def agency(code: str) -> Agency:
    return Agency.objects.get(code=code)


def final_summaries(code: str, quarter: int) -> dict[str, dict[str, Any]]:
    """Unit code -> TPI's summary in the final snapshot."""
    rows = Snapshot.objects.filter(
        kind="final", assessment__period__agency__code=code, assessment__period__quarter=quarter
    )
    return {row.assessment.unit.code: row.summary["tpi"] for row in rows.select_related("assessment__unit")}


def content_hash() -> str:
    """Of every row of every table."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.db_table):
            table = connection.ops.quote_name(model._meta.db_table)
            key = connection.ops.quote_name(model._meta.pk.column)
            cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")
            for row in cursor:
                found.update(repr(row).encode())
    return found.hexdigest()


# Places and people.


def test_governments_have_the_units_of_the_stories(demo: Demo) -> None:
    total = Unit.objects.filter(agency__is_demo=True).values_list("agency__code").annotate(Count("pk"))
    assert dict(total.order_by()) == {"kalteng": 12, "kobar": 10, "kalsel": 253, "bojonegoro": 4, "kediri": 8}
    per_quarter = Assessment.objects.filter(period__quarter=2).values_list("unit__agency__code").annotate(Count("pk"))
    assert dict(per_quarter.order_by()) == {"kalteng": 12, "kobar": 10, "kalsel": 25, "bojonegoro": 4, "kediri": 7}


def test_named_units_stand_beside_unit_contoh(demo: Demo) -> None:
    names = set(Unit.objects.filter(agency__code="kalteng").values_list("name", flat=True))
    assert names == {
        "UPT Laboratorium Kesehatan dan Kalibrasi",
        "RSUD dr. Doris Sylvanus",
        "UPT-PPD Samsat Sampit",
        "UPT-PPD Samsat Kota Palangka Raya",
        *(f"Unit Contoh {number}" for number in range(1, 9)),
    }
    assert not Unit.objects.filter(agency__code__in=("kobar", "bojonegoro", "kediri"), name__startswith="Unit").exists()


def test_kalsel_covers_25_of_253_units(demo: Demo) -> None:
    building = ("building", "proposed", "national_review", "predicate", "guidance")
    years = UnitYear.objects.filter(unit__agency__code="kalsel", year=2024)
    assert (years.count(), years.filter(stage__in=building).count()) == (253, 25)


def test_kobar_has_two_assistance_teams_of_five(demo: Demo) -> None:
    teams = Team.objects.filter(agency__code="kobar", kind="assistance").annotate(
        people=Count("members", distinct=True), places=Count("units", distinct=True)
    )
    assert [(team.people, team.places) for team in teams] == [(5, 5), (5, 5)]


def test_bojonegoro_declared_in_march_2020_but_for_dishub(demo: Demo) -> None:
    found = Declaration.objects.filter(unit__agency__code="bojonegoro").values_list("unit__code", "date")
    assert dict(found) == {
        "rsud-sosodoro-djatikoesomo": date(2020, 3, 10),
        "disdukcapil": date(2020, 3, 11),
        "dpmptsp": date(2020, 3, 11),
    }


def test_kediri_dpmptsp_holds_wbk_and_builds_nothing(demo: Demo) -> None:
    held = Predikat.objects.get(unit__agency__code="kediri")
    assert (held.unit.code, held.kind) == ("dpmptsp", "WBK")
    assert not held.unit.assessments.exists()


def test_all_stages_and_affirmative_kinds_occur(demo: Demo) -> None:
    assert set(UnitYear.objects.values_list("stage", flat=True)) == set(UnitYear.Stage.values)
    kinds = set(Unit.objects.exclude(affirmative="").values_list("affirmative", flat=True))
    assert kinds == set(Unit.Affirmative.values)


def test_prerequisites_are_complete_short_or_blank(demo: Demo) -> None:
    values = Counter(
        Prerequisite.objects.filter(agency__code="kalteng", unit__isnull=False).values_list("unit__code", flat=True)
    )
    assert (values["labkes-kalibrasi"], values["samsat-sampit"]) == (6, 4)


def test_accounts_are_introduced_in_their_order(demo: Demo) -> None:
    assert [user.username for user in demo_accounts()] == [account.username for account in ACCOUNTS]
    assert all(user.check_password(DEMO_PASSWORD) for user in demo_accounts()[:1])
    assert User.objects.filter(is_demo=False).count() == 0
    assert all(account.username in demo.output for account in ACCOUNTS)


def test_nobody_evaluates_their_own_unit(demo: Demo) -> None:
    twice = User.objects.filter(memberships__unit__isnull=False, team_memberships__team__kind="tpi")
    assert twice.count() == 0


# Quarters, states, scores.


def test_exactly_four_of_kalteng_meet_the_minimum_in_the_second_quarter(demo: Demo) -> None:
    summaries = final_summaries("kalteng", 2)
    assert len(summaries) == 12
    assert {unit for unit, summary in summaries.items() if summary["passed"]["WBK"]} == {
        "labkes-kalibrasi",
        "rsud-doris-sylvanus",
        "samsat-sampit",
        "samsat-palangka-raya",
    }
    assert not any(summary["passed"]["WBBM"] for summary in summaries.values())
    assert summaries["labkes-kalibrasi"]["lacking"]["WBBM"] == ["holds_wbk"]


def test_gates_are_missed_in_instructive_ways(demo: Demo) -> None:
    lacking = {unit: tuple(found["lacking"]["WBK"]) for unit, found in final_summaries("kalteng", 2).items()}
    assert {
        ("area:5",),
        ("B.I.a",),
        ("B.II",),
        ("total",),
        ("pengungkit",),
        ("B.I", "B.I.b"),
        ("area:1", "area:3"),
    } < set(lacking.values())


def test_all_states_occur_in_the_open_quarter(demo: Demo) -> None:
    live = Assessment.objects.filter(period__quarter=4)
    assert set(live.values_list("state", flat=True)) == set(Assessment.State.values)
    kalteng = live.filter(period__agency__code="kalteng")
    assert set(kalteng.values_list("state", flat=True)) == set(Assessment.State.values)


def test_work_of_the_open_quarter_is_given_out_and_some_is_not(demo: Demo) -> None:
    here = Assessment.objects.filter(period__agency__code="kalteng", period__quarter=4)
    held = here.filter(scorers__ended_at__isnull=True, scorers__isnull=False).distinct()
    moved = here.filter(scorers__ended_at__isnull=False)
    assert (held.count(), moved.count(), here.exclude(state="final").exclude(pk__in=held).count()) == (9, 1, 1)


def test_one_team_scores_in_pairs_one_worksheet_blind_and_one_with_the_lead(demo: Demo) -> None:
    (team,) = Team.objects.filter(scoring="paired")
    assert (team.agency.code, team.name) == ("kalsel", "TPI Tim I")
    blind, settled = Assessment.objects.filter(scoring="paired").order_by("unit__code")
    assert [(row.unit.code, row.state) for row in (blind, settled)] == [
        ("unit-contoh-3", "review_member"),
        ("unit-contoh-5", "review_lead"),
    ]
    given = dict(blind.blind_scores.order_by().values_list("slot").annotate(Count("pk")))
    assert (given[1] > given[2] > 0, blind.answers.filter(stage=MEMBER).count()) == (True, 0)
    same = settled.answers.filter(stage=MEMBER).count()
    assert 0 < 113 - same < 30
    assert settled.scorers.filter(handed_in_at__isnull=False).count() == 2


def test_every_government_has_texts_for_notes(demo: Demo) -> None:
    kept = NoteTemplate.objects.filter(is_active=True).order_by().values_list("agency__code").annotate(Count("pk"))
    assert dict(kept) == dict.fromkeys(("kalteng", "kobar", "kalsel", "bojonegoro", "kediri"), 4)


def test_drafts_are_empty_begun_and_filled(demo: Demo) -> None:
    drafts = Assessment.objects.filter(period__agency__code="kalteng", period__quarter=4, state="draft")
    answered = sorted(drafts.annotate(given=Count("answers")).values_list("given", flat=True))
    assert answered[0] == 0
    assert [30 < answered[1] < 40, 70 < answered[2] < 85, answered[3] > 105] == [True] * 3


def test_returned_worksheet_shows_released_notes(demo: Demo) -> None:
    returned = Assessment.objects.for_path("kalteng", "labkes-kalibrasi", "2024-4").get()
    released = Note.objects.filter(assessment=returned, released_at__isnull=False)
    hidden = Note.objects.filter(assessment=returned, released_at__isnull=True)
    assert (returned.state, returned.round) == ("returned", 2)
    assert (released.exists(), hidden.exists()) == (True, True)


def test_some_final_results_have_their_lhe_and_some_wait(demo: Demo) -> None:
    issued = Report.objects.filter(kind="lhe").values_list("assessment__unit__code", flat=True)
    assert sorted(issued) == ["rsud-doris-sylvanus", "unit-contoh-1"]
    assert not Report.objects.filter(kind="quarterly").exists()


def test_every_final_score_that_differs_has_a_note(demo: Demo) -> None:
    finals = list(
        Assessment.objects.filter(state="final").values_list("pk", flat=True)
    )  # PostgreSQL has no statistics yet
    rows = Answer.objects.filter(assessment__in=finals, stage__in=(UNIT, MEMBER))
    said: dict[tuple[int, int], dict[str, object]] = {}
    for assessment, question, stage, choice, inputs in rows.values_list(
        "assessment", "question", "stage", "choice", "inputs"
    ):
        said.setdefault((assessment, question), {})[stage] = choice or inputs
    noted = set(Note.objects.filter(stage=MEMBER).values_list("assessment", "question"))
    differing = {key for key, stages in said.items() if stages.get(UNIT) != stages.get(MEMBER)}
    assert len(differing) > 500
    assert differing <= noted


def test_history_comes_from_the_services(demo: Demo) -> None:
    moves = TransitionRecord.objects.count()
    steps = AuditEvent.objects.filter(verb__startswith="assessment.").exclude(verb="assessment.extend")
    assert steps.count() == moves > 800
    assert AuditEvent.objects.filter(verb="demo.load").count() == 5
    assert TransitionRecord.objects.filter(at__gt=demo.started + timedelta(minutes=10)).count() == 0
    for row in Snapshot.objects.order_by("pk")[:20]:
        assert hashlib.sha256(row.content.encode()).hexdigest() == row.sha256
        assert json.loads(row.content)["summary"] == row.summary


def test_last_quarter_is_open_until_the_month_after_next_ends(demo: Demo) -> None:
    for period in Period.objects.filter(quarter=4).select_related("agency"):
        span = span_of(4, period.agency.tz, demo.started)
        assert (period.fill_from, period.fill_until) == (span.fill_from, span.fill_until)
        assert period.review_until - period.fill_until == timedelta(days=30)
    assert Period.objects.filter(quarter__lt=4, review_until__year=2024).count() == 14


# What is said and scored between the steps.


def kalteng(unit: str, quarter: int = 4) -> Assessment:
    return Assessment.objects.for_path("kalteng", unit, f"2024-{quarter}").get()


def threads_of(sheet: Assessment) -> Counter[tuple[str, str]]:
    return Counter(sheet.notes.filter(released_at__isnull=False).values_list("kind", "thread"))


def test_lead_and_controller_scored_a_few_lines_otherwise_and_said_why(demo: Demo) -> None:
    waiting, final = kalteng("rsud-doris-sylvanus"), kalteng("unit-contoh-8")
    assert (waiting.state, final.state) == ("review_controller", "final")
    given = {
        sheet: Counter(sheet.answers.exclude(stage=UNIT).values_list("stage", flat=True)) for sheet in (waiting, final)
    }
    assert (given[waiting]["lead"], given[waiting]["controller"]) == (4, 0)
    assert (given[final]["lead"], given[final]["controller"]) == (1, 1)
    for sheet in (waiting, final):
        members = {row.question_id: row.raw for row in sheet.answers.filter(stage=MEMBER)}
        for row in sheet.answers.filter(stage__in=("lead", "controller")):
            assert row.raw != members[row.question_id]
            assert sheet.notes.filter(question=row.question_id, stage=row.stage).exclude(text="").exists()


def test_threads_wait_for_the_unit_for_tpi_or_for_nobody(demo: Demo) -> None:
    returned, scored = kalteng("labkes-kalibrasi"), kalteng("unit-contoh-1")
    found = threads_of(returned)
    assert (found["note", "answered"], found["note", "closed"], found["clarification", "closed"]) == (1, 1, 1)
    assert found["note", "open"] > 1
    assert threads_of(scored) == Counter({("clarification", "open"): 1, ("clarification", "answered"): 1})
    assert threads_of(kalteng("labkes-kalibrasi", 3))["note", "closed"] == 2


def test_messages_lie_between_the_steps_and_never_ahead(demo: Demo) -> None:
    here = NoteMessage.objects.filter(note__assessment__unit__agency__code="kalteng")
    rows = here.select_related("note", "author").order_by("pk")
    assert rows.count() > 12
    assert rows.filter(at__gt=demo.started + timedelta(minutes=10)).count() == 0
    for row in rows:
        assert row.at > row.note.updated_at
        assert row.by_unit or row.author.username.startswith(("anggota", "ketua"))
    before = kalteng("labkes-kalibrasi", 3)
    steps = dict(before.transitions.order_by("pk").values_list("action", "at"))  # of each the last
    assert [steps["return"] < row.at < steps["submit"] for row in rows.filter(note__assessment=before)[:5]] == [
        True
    ] * 5


def test_inspector_gave_one_worksheet_more_time(demo: Demo) -> None:
    (row,) = Extension.objects.select_related("by")
    assert (row.assessment, row.phase, row.by.username) == (kalteng("labkes-kalibrasi"), "review", "inspektur.kalteng")
    assert row.until - row.previous == timedelta(days=14)
    assert row.reason


def test_visit_has_two_findings_and_a_photo_that_is_stored(demo: Demo) -> None:
    (visit,) = Visit.objects.all()
    findings = {row.question.code: row for row in visit.findings.select_related("question")}
    assert set(findings) == {"A.I.1.i.a", "A.I.6.iv.a"}
    (photo,) = findings["A.I.6.iv.a"].files.all()
    with default_storage.open(photo.file.name) as stored:
        assert hashlib.sha256(stored.read()).hexdigest() == photo.sha256


def test_followups_are_done_late_fresh_reported_and_put_off(demo: Demo) -> None:
    today = demo.started.astimezone(agency("kalteng").tz).date()
    found = Counter(state_of(row, today) for row in FollowUp.objects.all())
    assert found == Counter({"closed": 1, "overdue": 1, "open": 2, "answered": 1})
    live = kalteng("samsat-sampit").period
    late = next(item for item in followups_of(kalteng("samsat-sampit").unit_id, today) if item.is_late)
    assert late.is_carried_into(live)
    assert 0 < (today - late.followup.due).days < 7


def test_people_of_kalteng_have_news_to_read(demo: Demo) -> None:
    unread = Notice.objects.filter(read_at__isnull=True)
    assert unread.filter(created_at__gt=demo.started + timedelta(minutes=10)).count() == 0
    for name, wanted in NEWS.items():
        assert wanted - set(unread.filter(user__username=name).values_list("kind", flat=True)) == set(), name


# Evidence.


def test_every_file_of_evidence_is_stored_with_its_hash(demo: Demo) -> None:
    rows = list(EvidenceFile.objects.all())
    assert len(rows) > 500
    for row in rows:
        with default_storage.open(row.file.name) as stored:
            content = stored.read()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (row.sha256, row.size)
    assert {row.kind for row in rows} == {"pdf", "png", "jpg", "docx", "xlsx"}


def test_evidence_is_shared_and_some_is_a_link_or_withdrawn(demo: Demo) -> None:
    shared = Evidence.objects.annotate(questions=Count("uses__question", distinct=True)).filter(questions__gt=1)
    assert shared.count() > 300
    assert Evidence.objects.filter(kind="link").count() > 40
    assert Evidence.objects.filter(withdrawn_at__isnull=False).count() > 5


# Again.


def test_loading_twice_changes_nothing(demo: Demo) -> None:
    before = content_hash()
    assert "tidak ada yang diubah" in run()
    assert content_hash() == before


def test_another_scale_over_a_loaded_demo_is_refused(demo: Demo) -> None:
    with pytest.raises(CommandError) as caught:
        run("--scale", "2")
    assert caught.value.returncode == 1
