"""What Inspector and readers are told: travelled through as the timer does, each piece once, collapsed (UX-53)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Assessment, Report, Snapshot, TransitionRecord
from assessments.services.overseeing import tell_overseers
from assessments.services.reminders import remind
from tests import factories
from units.models import Notice, Unit, User
from units.services.notice_mail import mail_digests

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
BEGIN = datetime(2024, 6, 30, 17, 0, tzinfo=UTC)
UNTIL = datetime(2024, 7, 20, 16, 59, 59, tzinfo=UTC)
END = UNTIL + 30 * DAY
# 06:00 WIB, when digests go out; what they hold is collected an hour before.
DIGEST = datetime(2024, 8, 4, 23, 0, tzinfo=UTC)
COLLECTED = DIGEST - HOUR
CANARY = "kanari-nilai-71,28"


@pytest.fixture
def period(cast):
    return factories.PeriodFactory(agency=cast.agency, fill_from=BEGIN, fill_until=UNTIL, review_until=END)


@pytest.fixture
def sheets(cast, period):
    """Of unit A, unit B and a third."""
    units = [cast.unit_a, cast.unit_b, factories.UnitFactory(agency=cast.agency)]
    return [factories.AssessmentFactory(unit=unit, period=period) for unit in units]


def put_in(state, *sheets, **fields):
    Assessment.objects.filter(pk__in=[sheet.pk for sheet in sheets]).update(state=state, **fields)


def release(cast, at, *sheets):
    """As the controller does, without the work that goes before."""
    put_in("final", *sheets, finalised_at=at, finalised_by=cast.controller)
    for sheet in sheets:
        sheet.refresh_from_db()
        TransitionRecord.objects.create(
            assessment=sheet,
            action="finalise",
            from_state="review_controller",
            to_state="final",
            round=sheet.round,
            actor=cast.controller,
            reason=CANARY,
            at=at,
        )


def issue(sheet, cast):
    snapshot = Snapshot.objects.create(
        assessment=sheet,
        kind="final",
        round=sheet.round,
        taken_at=END,
        taken_by=cast.controller,
        content="",
        summary={},
    )
    report = Report.objects.create(
        kind="lhe", period=sheet.period, assessment=sheet, number=f"700/{sheet.pk}", made_at=END, size=1
    )
    report.snapshots.add(snapshot)


def travel(*moments):
    for now in sorted(moments):
        tell_overseers(now=now)


def around(*moments):
    return [moment + shift for moment in moments for shift in (-SECOND, timedelta(0), HOUR, DAY)]


def told(user, kind):
    """When, how many, and whether it is mailed at once."""
    rows = Notice.objects.filter(user=user, kind=kind).order_by("created_at", "pk")
    return [(row.created_at, row.params.get("number"), row.is_urgent) for row in rows]


# The filling closes, the evaluation ends


def test_inspector_hears_how_many_had_not_sent_when_the_window_closed(cast, sheets):
    put_in("submitted", sheets[0])
    travel(*around(UNTIL), UNTIL + 2 * DAY)
    assert told(cast.inspector, "quarter_unsent") == [(UNTIL, 2, False)]
    assert set(Notice.objects.values_list("user", "agency", "unit")) == {(cast.inspector.pk, cast.agency.pk, None)}
    params = Notice.objects.get().params
    assert (params["zone"], datetime.fromisoformat(params["until"])) == (cast.agency.zone_label, UNTIL)


def test_unit_that_was_given_more_time_is_another_piece(cast, sheets):
    later = UNTIL + 5 * DAY
    put_in("draft", sheets[0], fill_until=later)
    put_in("submitted", sheets[1])
    travel(*around(UNTIL, later))
    assert told(cast.inspector, "quarter_unsent") == [(UNTIL, 1, False), (later, 1, False)]


def test_nothing_is_missing_where_everybody_has_sent_or_left(cast, sheets):
    put_in("submitted", *sheets[:2])
    Unit.objects.filter(pk=sheets[2].unit_id).update(is_active=False)
    travel(*around(UNTIL))
    assert Notice.objects.count() == 0


def test_inspector_hears_seven_days_and_one_day_before_who_is_still_under_review(cast, sheets):
    put_in("review_lead", sheets[0])
    put_in("returned", sheets[1], round=2)
    put_in("final", sheets[2], finalised_at=UNTIL, finalised_by=cast.controller)
    travel(*around(END - 8 * DAY, END - 7 * DAY, END - 3 * DAY, END - DAY, END))
    assert told(cast.inspector, "quarter_review_near") == [(END - 7 * DAY, 2, False), (END - DAY, 2, True)]


def test_run_that_comes_late_tells_the_nearest_step_only(cast, sheets):
    put_in("submitted", *sheets)
    travel(END - HOUR, END)
    assert told(cast.inspector, "quarter_review_near") == [(END - HOUR, 3, True)]


@pytest.mark.parametrize("state", ["draft", "final"])
def test_end_of_the_evaluation_is_no_news_where_nothing_is_under_review(cast, sheets, state):
    put_in(state, *sheets, finalised_at=UNTIL, finalised_by=cast.controller)
    travel(*around(END - 7 * DAY, END - DAY))
    assert told(cast.inspector, "quarter_review_near") == []


def test_period_that_ends_later_than_an_extension_keeps_its_own_end(cast, sheets, period):
    """The administrator moved the end of the quarter past what one unit had been given."""
    put_in("review_lead", *sheets, review_until=END - 20 * DAY)
    travel(*around(END - 27 * DAY, END - 7 * DAY))
    assert told(cast.inspector, "quarter_review_near") == [(END - 7 * DAY, 3, False)]
    put_in("draft", *sheets, fill_until=UNTIL - 15 * DAY)
    remind(now=UNTIL - 16 * DAY)
    assert not Notice.objects.filter(kind="deadline_near").exists()


# Releases


def test_releases_of_a_day_are_one_piece_in_time_for_the_digest(cast, sheets):
    release(cast, COLLECTED - 5 * HOUR, sheets[0])
    travel(COLLECTED - 4 * HOUR)
    release(cast, COLLECTED - HOUR, sheets[1])
    travel(COLLECTED - SECOND)
    assert told(cast.inspector, "quarter_lhe_ready") == []
    User.objects.filter(pk=cast.inspector.pk).update(email="inspektur@example.org", mail_frequency="daily")
    travel(*[COLLECTED + step * HOUR / 6 for step in range(4)])
    assert told(cast.inspector, "quarter_lhe_ready") == [(COLLECTED, 2, False)]
    assert mail_digests(now=DIGEST) == 1
    assert "Unit final yang belum mempunyai LHE: 2." in mail.outbox[0].body


def test_next_release_is_told_with_what_still_waits(cast, sheets):
    release(cast, COLLECTED - HOUR, *sheets[:2])
    travel(COLLECTED)
    issue(sheets[0], cast)
    release(cast, COLLECTED + HOUR, sheets[2])
    travel(COLLECTED + 2 * HOUR, COLLECTED + DAY, COLLECTED + 2 * DAY)
    assert told(cast.inspector, "quarter_lhe_ready") == [(COLLECTED, 2, False), (COLLECTED + DAY, 2, False)]


def test_release_whose_lhe_is_issued_already_is_no_news(cast, sheets):
    release(cast, COLLECTED - HOUR, sheets[0])
    issue(sheets[0], cast)
    travel(COLLECTED)
    assert Notice.objects.count() == 0


def test_lhe_of_an_earlier_round_does_not_count(cast, sheets):
    issue(sheets[0], cast)
    put_in("reopened", sheets[0], round=2)
    release(cast, COLLECTED - HOUR, sheets[0])
    travel(COLLECTED)
    assert told(cast.inspector, "quarter_lhe_ready") == [(COLLECTED, 1, False)]


def test_complete_quarter_is_told_to_inspector_and_reader_each_in_their_words(cast, sheets):
    Unit.objects.filter(pk=sheets[2].unit_id).update(is_active=False)
    release(cast, COLLECTED - 30 * HOUR, sheets[0])
    travel(COLLECTED - 29 * HOUR)
    assert Notice.objects.count() == 0
    release(cast, COLLECTED + HOUR, sheets[1])
    travel(*[COLLECTED + step * HOUR for step in (2, 3, 50)])
    assert told(cast.inspector, "quarter_complete") == [(COLLECTED + 2 * HOUR, None, False)]
    assert told(cast.reader, "quarter_released") == [(COLLECTED + 2 * HOUR, None, False)]
    assert set(Notice.objects.filter(kind__in=("quarter_complete", "quarter_released")).values_list("user")) == {
        (cast.inspector.pk,),
        (cast.reader.pk,),
    }


def test_quarter_that_was_reopened_is_complete_once_more(cast, sheets):
    release(cast, COLLECTED - HOUR, *sheets)
    travel(COLLECTED)
    put_in("reopened", sheets[0], round=2)
    travel(COLLECTED + HOUR)
    release(cast, COLLECTED + 2 * HOUR, sheets[0])
    travel(COLLECTED + 3 * HOUR)
    assert [at for at, _, _ in told(cast.reader, "quarter_released")] == [COLLECTED, COLLECTED + 3 * HOUR]


def test_old_releases_are_no_news(cast, sheets):
    release(cast, COLLECTED - 8 * DAY, *sheets)
    travel(COLLECTED)
    assert Notice.objects.count() == 0


# Follow-ups


def promises(cast, sheet, number, due):
    for code in ("A.I.1.i.a", "A.I.1.i.b", "A.I.1.ii.a")[:number]:
        factories.followup(factories.note(sheet, code, cast.member, CANARY), cast.member, text=CANARY, due=due)


def test_promises_of_a_day_are_one_piece_when_it_is_over_where_the_agency_is(cast, sheets):
    promises(cast, sheets[0], 2, date(2024, 9, 10))
    promises(cast, sheets[1], 1, date(2024, 9, 10))
    promises(cast, sheets[2], 1, date(2024, 9, 12))
    # The day after begins at 17:00 UTC the day before (WIB).
    midnight = datetime(2024, 9, 10, 17, 0, tzinfo=UTC)
    travel(midnight - SECOND, midnight, midnight + HOUR, midnight + DAY, midnight + 3 * DAY)
    assert told(cast.inspector, "followups_overdue") == [(midnight, 3, False), (midnight + 3 * DAY, 1, False)]
    first = Notice.objects.order_by("created_at").first()
    assert (first.params["units"], first.params["due"]) == (2, "2024-09-10")


@pytest.mark.parametrize("change", ["reported", "closed"])
def test_promise_that_is_kept_is_not_overdue(cast, sheets, change):
    promises(cast, sheets[0], 1, date(2024, 9, 10))
    promise = sheets[0].notes.get().followup
    setattr(promise, f"{change}_at", UNTIL)
    setattr(promise, f"{change}_by", cast.operator)
    promise.report = "Sudah"
    promise.save()
    travel(datetime(2024, 9, 12, tzinfo=UTC))
    assert Notice.objects.count() == 0


# All of it


@pytest.fixture
def everything(cast, sheets):
    """One moment at which each kind is news; unit A's worksheet is final and in another quarter than those in work."""
    other = factories.PeriodFactory(
        agency=cast.agency, quarter=1, fill_from=BEGIN - 90 * DAY, fill_until=BEGIN, review_until=COLLECTED
    )
    done = factories.AssessmentFactory(unit=cast.unit_a, period=other)
    release(cast, COLLECTED - HOUR, done)
    promises(cast, done, 3, date(2024, 8, 3))
    period = sheets[0].period
    period.fill_until, period.review_until = COLLECTED - HOUR, COLLECTED + 6 * DAY
    period.save()
    put_in("review_lead", sheets[0])
    return COLLECTED


def test_every_kind_leads_where_its_reader_may_go(cast, everything, as_user):
    travel(everything)
    found = {notice.kind: notice for notice in Notice.objects.all()}
    assert set(found) == {
        "quarter_unsent",
        "quarter_review_near",
        "quarter_lhe_ready",
        "quarter_complete",
        "quarter_released",
        "followups_overdue",
    }
    assert Notice.objects.count() == len(found)
    for notice in found.values():
        page = as_user(notice.user).get(notice.path)
        assert (notice.kind, page.status_code) == (notice.kind, 200)
    drafts = as_user(cast.inspector).get(found["quarter_unsent"].path).content.decode()
    assert (cast.unit_b.name in drafts, cast.unit_a.name in drafts) == (True, False)
    zone = "WIB</time>"
    assert as_user(cast.inspector).get("/kabar/").content.decode().count(zone) == 5


def test_neither_notice_nor_mail_carries_a_word_of_a_note_or_a_reason(cast, everything):
    User.objects.filter(pk__in=[cast.inspector.pk, cast.reader.pk]).update(email="orang@example.org")
    travel(everything)
    assert mail_digests(now=DIGEST) == 2
    parts = [f"{message.subject}{message.body}" for message in mail.outbox]
    parts += [f"{notice.params}{notice.path}{notice.key}" for notice in Notice.objects.all()]
    assert [text for text in parts if "kanari" in text or "71,28" in text] == []


def test_those_elsewhere_and_those_whose_part_has_ended_are_not_told(cast, everything):
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    cast.inspector.memberships.update(valid_until=timezone.localtime(everything).date() - DAY)
    travel(everything)
    assert Notice.objects.count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_number_of_queries_depends_neither_on_units_nor_on_promises_nor_on_people(cast, everything, number):
    """First all six pieces are told, each with its hearers and its row, then nothing is new."""
    for _ in range(number - 1):
        factories.official_of(cast.agency, "inspector")
        unit = factories.UnitFactory(agency=cast.agency)
        for period in cast.agency.periods.all():
            sheet = factories.AssessmentFactory(unit=unit, period=period)
            if period.quarter == 1:
                release(cast, everything - HOUR, sheet)
                promises(cast, sheet, 3, date(2024, 8, 3))
    counts = []
    for now in (everything, everything + HOUR / 6):
        with CaptureQueriesContext(connection) as captured:
            tell_overseers(now=now)
        counts.append(len([query for query in captured if "SAVEPOINT" not in query["sql"]]))
    assert (counts, Notice.objects.count()) == ([20, 8], 5 * number + 1)
