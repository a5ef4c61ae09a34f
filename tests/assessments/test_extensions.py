"""More time for one worksheet, and reopening: records with a reason, exact to the second in the agency's zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments import permissions
from assessments.models import Assessment, Extension, TransitionRecord
from assessments.services.answers import save_answer
from assessments.services.extensions import (
    AlreadyOver,
    DeadlineMissing,
    NotLonger,
    ReviewEndsFirst,
    extend,
    reopen,
)
from assessments.services.transitions import Action, Closed, ReasonMissing, WrongState, carry_out
from assessments.templatetags.worksheet import moment
from tests import factories
from tests.conftest import Cast
from units.models import AuditEvent, User

ZONES = ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
CODE = "A.I.1.i.b"
LogIn = Callable[[User], Client]


def page(assessment: Assessment) -> str:
    return reverse("deadlines", args=[assessment.unit.agency.code, assessment.unit.code, assessment.period.code])


def more(
    assessment: Assessment, cast: Cast, until: datetime, phase: str = "fill", now: datetime | None = None
) -> Extension:
    return extend(
        assessment=assessment,
        phase=phase,
        until=until,
        reason="Gangguan jaringan",
        actor=cast.inspector,
        now=now or timezone.now(),
    )


def save(assessment: Assessment, cast: Cast, now: datetime, version: int) -> None:
    save_answer(assessment=assessment, code=CODE, actor=cast.operator, given="B", note=None, version=version, now=now)


@pytest.mark.parametrize("zone", ZONES)
def test_extended_unit_writes_until_the_second_and_no_other_unit_does(
    assessment: Assessment, assessment_b: Assessment, cast: Cast, zone: str
) -> None:
    cast.agency.zone = zone
    cast.agency.save()
    old = assessment.period.fill_until
    local = old.astimezone(ZoneInfo(zone)) + timedelta(hours=5)
    until = local.replace(minute=59, second=59, microsecond=0)
    more(assessment, cast, until)
    fresh = Assessment.objects.select_related("period", "unit__agency").get(pk=assessment.pk)
    assert fresh.fill_until == until.astimezone(UTC)
    save(fresh, cast, until - SECOND, 0)
    with pytest.raises(Closed) as refused:
        save(fresh, cast, until, 1)
    assert refused.value.data["deadline"] == until
    assert permissions.is_open_for_unit(assessment_b, old - SECOND)
    assert not permissions.is_open_for_unit(assessment_b, old)


def test_extension_is_a_record_with_its_reason(assessment: Assessment, cast: Cast) -> None:
    old, now = assessment.period.fill_until, timezone.now()
    more(assessment, cast, old + DAY / 2, now=now)
    row = Extension.objects.get()
    assert (row.previous, row.until, row.reason, row.by, row.at) == (
        old, (old + DAY / 2).replace(microsecond=0), "Gangguan jaringan", cast.inspector, now,
    )  # fmt: skip
    event = AuditEvent.objects.get(verb="assessment.extend")
    assert (event.reason, event.actor, event.unit) == ("Gangguan jaringan", cast.inspector, cast.unit_a)
    with pytest.raises(IntegrityError, match="are frozen"), transaction.atomic():
        Extension.objects.update(reason="lain")


def test_worksheet_never_loses_time_when_the_period_is_longer(assessment: Assessment, cast: Cast) -> None:
    more(assessment, cast, assessment.period.fill_until + SECOND * 60)
    later = assessment.period.review_until - SECOND
    assessment.period.fill_until = later
    assert assessment.window.fill_until == later


@pytest.mark.parametrize(
    ("shift", "refusal"),
    [(timedelta(0), NotLonger), (-SECOND, NotLonger), (timedelta(days=400), ReviewEndsFirst)],
)
def test_deadline_out_of_order_is_refused(
    assessment: Assessment, cast: Cast, shift: timedelta, refusal: type[Exception]
) -> None:
    until = assessment.period.fill_until.replace(microsecond=0) + shift
    with pytest.raises(refusal):
        more(assessment, cast, until)
    assert not Extension.objects.exists()


def test_deadline_in_the_past_is_refused(assessment: Assessment, cast: Cast) -> None:
    long_over = assessment.period.fill_until + 2 * DAY
    with pytest.raises(AlreadyOver):
        more(assessment, cast, long_over - DAY, now=long_over)


@pytest.mark.parametrize(
    "name", ["operator", "head", "member", "lead", "controller", "reader", "admin", "foreign_inspector"]
)
def test_only_the_inspector_extends(assessment: Assessment, cast: Cast, name: str) -> None:
    with pytest.raises(PermissionDenied):
        extend(
            assessment=assessment,
            phase="review",
            until=assessment.period.review_until + DAY,
            reason="x",
            actor=getattr(cast, name),
            now=timezone.now(),
        )


def test_inspector_of_the_unit_itself_does_not_extend(assessment: Assessment, cast: Cast) -> None:
    factories.MembershipFactory(user=cast.inspector, agency=cast.agency, unit=cast.unit_a)
    with pytest.raises(PermissionDenied):
        more(assessment, cast, assessment.period.fill_until + DAY / 2)


@pytest.mark.parametrize("state", ["submitted", "review_member", "returned", "reopened"])
def test_filling_of_a_sent_worksheet_is_not_extended(assessment: Assessment, cast: Cast, state: str) -> None:
    Assessment.objects.filter(pk=assessment.pk).update(state=state)
    with pytest.raises(WrongState):
        more(assessment, cast, assessment.period.fill_until + DAY / 2)


def test_reviewers_go_on_until_the_extended_second(assessment: Assessment, cast: Cast) -> None:
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    assessment.refresh_from_db()
    until = (assessment.period.review_until + DAY).replace(microsecond=0)
    more(assessment, cast, until, "review")
    with pytest.raises(Closed):
        carry_out(assessment=assessment, action=Action.START, actor=cast.member, now=until)
    assert TransitionRecord.objects.count() == 0
    carry_out(assessment=assessment, action=Action.START, actor=cast.member, now=until - SECOND)
    assert assessment.state == "review_member"


def final(assessment: Assessment, cast: Cast) -> Assessment:
    now = timezone.now()
    Assessment.objects.filter(pk=assessment.pk).update(state="final", finalised_at=now, finalised_by=cast.controller)
    assessment.refresh_from_db()
    return assessment


def test_reopening_after_the_end_needs_a_new_deadline(assessment: Assessment, cast: Cast) -> None:
    final(assessment, cast)
    over = assessment.period.review_until
    with pytest.raises(DeadlineMissing):
        reopen(assessment=assessment, until=None, reason="Temuan baru", actor=cast.inspector, now=over)
    assert (TransitionRecord.objects.count(), Extension.objects.count()) == (0, 0)
    until = (over + 3 * DAY).replace(microsecond=0)
    reopen(assessment=assessment, until=until, reason="Temuan baru", actor=cast.inspector, now=over)
    assert (assessment.state, assessment.round, assessment.review_until) == ("reopened", 2, until)
    assert permissions.is_open_for_unit(assessment, until - SECOND)
    assert not permissions.is_open_for_unit(assessment, until)
    assert TransitionRecord.objects.get().reason == Extension.objects.get().reason == "Temuan baru"


def test_reopening_with_a_refused_deadline_changes_nothing(assessment: Assessment, cast: Cast) -> None:
    final(assessment, cast)
    now = timezone.now()
    with pytest.raises(AlreadyOver):
        reopen(assessment=assessment, until=now - DAY, reason="Temuan baru", actor=cast.inspector, now=now)
    with pytest.raises(ReasonMissing):
        reopen(assessment=assessment, until=None, reason=" ", actor=cast.inspector, now=now)
    assert Assessment.objects.get(pk=assessment.pk).state == "final"
    assert not TransitionRecord.objects.exists()


def test_page_takes_the_time_in_the_agencys_zone(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    cast.agency.zone = "Asia/Jayapura"
    cast.agency.save()
    until = assessment.period.review_until.astimezone(ZoneInfo("Asia/Jayapura")) + 2 * DAY
    posted = {"phase": "review", "until": f"{until:%d-%m-%Y} 17.30", "reason": "Listrik padam"}
    assert as_user(cast.inspector).post(page(assessment), posted).status_code == 302
    wanted = until.replace(hour=17, minute=30, second=0, microsecond=0)
    assert Extension.objects.get().until == wanted.astimezone(UTC)


def test_day_without_a_time_lasts_until_its_end(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    until = assessment.period.review_until.astimezone(cast.agency.tz) + 2 * DAY
    posted = {"phase": "review", "until": f"{until:%d-%m-%Y}", "reason": "Listrik padam"}
    as_user(cast.inspector).post(page(assessment), posted)
    local = Extension.objects.get().until.astimezone(cast.agency.tz)
    assert f"{local:%d-%m-%Y %H.%M.%S}" == f"{until:%d-%m-%Y} 23.59.59"


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"phase": "review", "until": "kemarin", "reason": "x"}, "until"),
        ({"phase": "review", "until": "01-01-2020", "reason": "x"}, "until"),
        ({"phase": "review", "until": "01-01-2099", "reason": " "}, "reason"),
        ({"phase": "fill", "until": "01-01-2099", "reason": "x"}, "until"),
    ],
)
def test_page_says_at_the_field_what_is_wrong(
    assessment: Assessment, cast: Cast, as_user: LogIn, posted: dict[str, str], field: str
) -> None:
    response = as_user(cast.inspector).post(page(assessment), posted)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Extension.objects.exists()


def test_tpi_reads_the_page_and_does_not_change(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    more(assessment, cast, assessment.period.fill_until + DAY / 2)
    lead = as_user(cast.lead)
    response = lead.get(page(assessment))
    assert response.status_code == 200
    assert "Gangguan jaringan" in response.content.decode()
    assert '<form class="panel form-panel"' not in response.content.decode()
    posted = {"phase": "review", "until": "01-01-2099", "reason": "x"}
    assert lead.post(page(assessment), posted).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number_of_extensions(
    assessment: Assessment, cast: Cast, as_user: LogIn, count: int, django_assert_num_queries: Callable[..., object]
) -> None:
    for number in range(count):
        more(assessment, cast, assessment.period.review_until + (number + 1) * DAY, "review")
    inspector = as_user(cast.inspector)
    with django_assert_num_queries(6):  # session, person, access, worksheet, extensions, reopenings
        inspector.get(page(assessment))


def put_in(assessment: Assessment, state: str) -> None:
    Assessment.objects.filter(pk=assessment.pk).update(state=state)
    assessment.refresh_from_db()


def reasons(client: Client, assessment: Assessment, name: str = "unit_home") -> list[str]:
    """The quiet lines beside the deadline, without the reason's own language mark."""
    args = [assessment.unit.agency.code, assessment.unit.code, assessment.period.code]
    html = client.get(reverse(name, args=args)).content.decode()
    lines = re.findall(r'<p class="deadline-why">(.*?)</p>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", line).split()) for line in lines]


def line(words: str, cast: Cast, until: datetime | None, reason: str = "Gangguan jaringan") -> str:
    when = f" sampai {moment(until.replace(microsecond=0), cast.agency)}" if until else ""
    return f"{words} oleh {cast.inspector.full_name}{when}: {reason}"


def test_unit_and_tpi_read_why_the_deadline_is_another_one(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    operator, lead = as_user(cast.operator), as_user(cast.lead)
    assert (reasons(operator, assessment), reasons(lead, assessment, "evaluation")) == ([], [])
    filling, review = assessment.period.fill_until + DAY / 2, assessment.period.review_until + DAY
    more(assessment, cast, filling)
    more(assessment, cast, review - DAY / 2, "review")
    more(assessment, cast, review, "review")
    put_in(assessment, "draft")
    assert reasons(operator, assessment) == [line("Diperpanjang", cast, filling)]
    assert reasons(lead, assessment, "evaluation") == [line("Diperpanjang", cast, review)]
    put_in(assessment, "returned")
    assert reasons(operator, assessment) == [line("Diperpanjang", cast, review)]
    put_in(assessment, "submitted")
    assert reasons(operator, assessment) == []
    assessment.period.review_until = review + DAY
    assessment.period.save()
    put_in(assessment, "returned")
    assert (reasons(operator, assessment), reasons(lead, assessment, "evaluation")) == ([], [])


@pytest.mark.parametrize("days", [None, 1])
def test_unit_reads_why_its_worksheet_was_opened_again(
    assessment: Assessment, cast: Cast, as_user: LogIn, days: int | None
) -> None:
    final(assessment, cast)
    operator = as_user(cast.operator)
    assert reasons(operator, assessment) == []
    until = assessment.period.review_until + days * DAY if days else None
    reopen(assessment=assessment, until=until, reason="Temuan <baru>", actor=cast.inspector, now=timezone.now())
    wanted = line("Dibuka kembali", cast, until, "Temuan &lt;baru&gt;")
    assert reasons(operator, assessment) == [wanted]
    page_of_all = as_user(cast.lead).get(page(assessment)).content.decode()
    assert (page_of_all.count("Temuan &lt;baru&gt;"), cast.inspector.full_name in page_of_all) == (1, True)
    longer = assessment.period.review_until + 3 * DAY
    more(assessment, cast, longer, "review")
    assert reasons(operator, assessment)[0] == line("Diperpanjang", cast, longer)


@pytest.mark.parametrize(("name", "person"), [("unit_home", "operator"), ("evaluation", "lead")])
def test_reason_costs_a_query_only_where_a_worksheet_has_its_own_deadline(
    assessment: Assessment, cast: Cast, as_user: LogIn, name: str, person: str
) -> None:
    client = as_user(getattr(cast, person))
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    counts = []
    for number in range(3):
        reasons(client, assessment, name)
        with CaptureQueriesContext(connection) as queries:
            reasons(client, assessment, name)
        counts.append(len(queries))
        more(assessment, cast, assessment.period.review_until + (number + 1) * DAY, "review")
    assert counts == [counts[0], counts[0] + 1, counts[0] + 1]


def test_heading_of_the_page_is_not_the_due_date_of_a_follow_up(
    assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    html = as_user(cast.lead).get(page(assessment)).content.decode()
    assert re.findall(r"<h1[^>]*>\s*(.*?)\s*</h1>", html, re.DOTALL) == ["Batas waktu penilaian"]


def test_reopening_on_the_evaluation_page_asks_for_a_deadline_when_time_is_over(
    assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    final(assessment, cast)
    period = assessment.period
    shift = period.review_until - timezone.now() + DAY
    type(period).objects.filter(pk=period.pk).update(
        fill_from=period.fill_from - shift,
        fill_until=period.fill_until - shift,
        review_until=period.review_until - shift,
    )
    address = reverse("transition", args=[cast.agency.code, cast.unit_a.code, period.code])
    response = as_user(cast.inspector).post(address, {"action": "reopen", "reason": "Temuan baru"})
    assert response.status_code == 422
    assert "Tentukan batas baru" in response.content.decode()
