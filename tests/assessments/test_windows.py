"""Phases to the second, in the agency's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from assessments.windows import Phase, Window

ZONES = ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")
SECOND = timedelta(seconds=1)


def window(zone: str = "Asia/Jakarta") -> Window:
    tz = ZoneInfo(zone)
    moments = (datetime(2024, 4, 1, tzinfo=tz), datetime(2024, 7, 1, tzinfo=tz), datetime(2024, 8, 1, tzinfo=tz))
    return Window(*(moment.astimezone(UTC) for moment in moments))


@pytest.mark.parametrize("zone", ZONES)
def test_phase_changes_exactly_at_its_moment(zone: str) -> None:
    found = window(zone)
    for moment, before, after in (
        (found.fill_from, Phase.UPCOMING, Phase.FILLING),
        (found.fill_until, Phase.FILLING, Phase.REVIEW),
        (found.review_until, Phase.REVIEW, Phase.CLOSED),
    ):
        assert (found.phase(moment - SECOND), found.phase(moment)) == (before, after)


def test_midnight_in_jayapura_is_two_hours_before_jakarta() -> None:
    assert window("Asia/Jakarta").fill_until - window("Asia/Jayapura").fill_until == timedelta(hours=2)


@pytest.mark.parametrize(
    ("state", "until"), [("draft", "fill_until"), ("returned", "review_until"), ("reopened", "review_until")]
)
def test_unit_writes_until_the_deadline_of_its_state(state: str, until: str) -> None:
    found = window()
    moment = getattr(found, until)
    assert found.deadline(state) == moment
    assert found.unit_may_write(state, moment - SECOND)
    assert not found.unit_may_write(state, moment)
    assert not found.unit_may_write(state, found.fill_from - SECOND)


@pytest.mark.parametrize("state", ["submitted", "review_member", "review_lead", "review_controller", "final"])
def test_unit_never_writes_while_others_hold_the_worksheet(state: str) -> None:
    assert not window().unit_may_write(state, window().fill_from + SECOND)


def test_reviewers_write_from_the_opening_to_their_deadline() -> None:
    found = window()
    moments = (found.fill_from - SECOND, found.fill_from, found.review_until - SECOND, found.review_until)
    assert [found.reviewers_may_write(moment) for moment in moments] == [False, True, True, False]


def test_time_left_is_never_negative() -> None:
    found = window()
    assert found.time_left("draft", found.fill_until - SECOND) == SECOND
    assert found.time_left("draft", found.fill_until + SECOND) == timedelta(0)
