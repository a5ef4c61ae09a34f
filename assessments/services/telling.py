"""Who is told of what: one function for each event. Each joins the transaction of what happened, in its service.

Whoever did it is not told. No notice carries a score, a note or a reason: it may be mailed (SEC-05).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.urls import reverse

from assessments.models import (
    Assessment,
    EvidenceFile,
    EvidenceUse,
    Extension,
    FollowUp,
    Note,
    NoteFile,
    NoteMessage,
    Scorer,
    TransitionRecord,
)
from assessments.queries import recipients
from assessments.queries.instruments import stored_instrument
from units import permissions as who
from units.models import User
from units.notice_kinds import Value
from units.services.inbox import tell


@dataclass(frozen=True, slots=True)
class Step:
    """What a transition tells: to the unit (`role` empty) or to one role of its TPI."""

    kind: str
    role: str = ""
    is_urgent: bool = False


# By TransitionRecord.action; what is missing here is nobody's news.
STEPS = {
    "submit": Step("sheet_received", who.TPI_MEMBER),
    "to_lead": Step("sheet_for_lead", who.TPI_LEAD),
    "to_controller": Step("sheet_for_controller", who.TPI_CONTROLLER),
    "back_to_member": Step("sheet_back_to_member", who.TPI_MEMBER),
    "back_to_lead": Step("sheet_back_to_lead", who.TPI_LEAD),
    "return": Step("sheet_returned", is_urgent=True),
    "finalise": Step("sheet_final", is_urgent=True),
    "reopen": Step("sheet_reopened", is_urgent=True),
}


def transition_carried_out(*, assessment: Assessment, record: TransitionRecord, now: datetime) -> None:
    """The next ones in turn; a submission is also confirmed to the unit, its head included."""
    step = STEPS.get(record.action)
    if step is None:
        return
    key = f"transition:{record.pk}"
    if step.role:
        people = recipients.of_tpi(assessment, now, step.role)
        path = _path("evaluation", assessment)
    else:
        people = recipients.of_unit(assessment, now)
        path = _path("unit_home", assessment)
    _tell(assessment, _but(people, record.actor_id), step.kind, key, path, now, is_urgent=step.is_urgent)
    if record.action == "submit":
        path = _path("receipt", assessment)
        _tell(assessment, recipients.of_unit(assessment, now), "sheet_receipt", f"{key}:receipt", path, now)


def extended(*, assessment: Assessment, extension: Extension, now: datetime) -> None:
    """The unit; where TPI has more time, TPI too."""
    kind = "fill_extended" if extension.phase == Extension.Phase.FILL else "review_extended"
    zone = assessment.unit.agency
    until: dict[str, Value] = {"until": extension.until.astimezone(zone.tz).isoformat(), "zone": zone.zone_label}
    key = f"extension:{extension.pk}"
    people = _but(recipients.of_unit(assessment, now), extension.by_id)
    _tell(assessment, people, kind, key, _path("unit_home", assessment), now, more=until, is_urgent=True)
    if extension.phase == Extension.Phase.REVIEW:
        people = _but(recipients.of_tpi(assessment, now), extension.by_id)
        _tell(assessment, people, kind, key, _path("evaluation", assessment), now, more=until)


def sheet_opened(*, assessment: Assessment, now: datetime) -> None:
    """Once for each worksheet (services/reminders.py)."""
    people = recipients.of_unit(assessment, now)
    _tell(assessment, people, "sheet_opened", f"opened:{assessment.pk}", _path("unit_home", assessment), now)


def deadline_near(*, assessment: Assessment, step: timedelta, now: datetime) -> None:
    """Once for each step before each deadline of a worksheet that has not been sent (services/reminders.py)."""
    agency = assessment.unit.agency
    until = assessment.window.deadline(assessment.state).astimezone(agency.tz)
    more: dict[str, Value] = {"until": until.isoformat(), "zone": agency.zone_label}
    people, path = recipients.of_unit(assessment, now), _path("unit_home", assessment)
    urgent = step <= timedelta(days=1)
    _tell(
        assessment,
        people,
        "deadline_near",
        deadline_key(assessment, step),
        path,
        now,
        more=more,
        is_urgent=urgent,
    )


def deadline_key(assessment: Assessment, step: timedelta) -> str:
    """Another deadline is another event; so is the next round."""
    until = assessment.window.deadline(assessment.state).astimezone(UTC)
    hours = step // timedelta(hours=1)
    return f"deadline:{assessment.pk}:{assessment.round}:{until:%Y%m%dT%H%M%S}:{hours}"


def clarification_asked(*, assessment: Assessment, note: Note, now: datetime) -> None:
    """Those of the unit who fill this question, and its head; at once, because TPI waits."""
    _tell_unit_of_question(assessment, note, "clarification_asked", f"clarification:{note.pk}", now, is_urgent=True)


def message_written(*, assessment: Assessment, message: NoteMessage, now: datetime) -> None:
    """An answer of the unit: TPI's people in the thread. A message of TPI: they, and the unit once it may read it.

    `message` with its note. Call it for a clarification's answer too; a message that is released with the worksheet
    is told of by that step.
    """
    note, key = message.note, f"message:{message.pk}"
    code = _code(assessment, note)
    path = _path("desk_question", assessment, code)
    people = _but(recipients.of_thread(assessment, note, now), message.author_id)
    kind = "note_message"
    if message.by_unit:
        kind = "clarification_answered" if note.kind == Note.Kind.CLARIFICATION else "note_answered"
    _tell(assessment, people, kind, key, path, now, more={"code": code})
    if not message.by_unit and message.released_at is not None:
        _tell_unit_of_question(assessment, note, "note_message", f"{key}:unit", now)


def thread_settled(*, assessment: Assessment, note: Note, now: datetime) -> None:
    """A thread that the unit knows was closed, or opened again: those of the unit who fill the question, and its head.

    What TPI closes while it deliberates is told by the release, which is one notice for all of it: do not call this.
    """
    kind = "note_closed" if note.thread == Note.Thread.CLOSED else "note_reopened"
    _tell_unit_of_question(assessment, note, kind, f"{kind}:{note.pk}:{_moment(now)}", now)


def followup_set(*, assessment: Assessment, followup: FollowUp, now: datetime) -> None:
    _tell_followup(assessment, followup, "followup_set", f"followup:{followup.pk}:set", now)


def followup_moved(*, assessment: Assessment, followup: FollowUp, now: datetime) -> None:
    """The due date is another one."""
    _tell_followup(assessment, followup, "followup_moved", f"followup:{followup.pk}:due:{followup.version}", now)


def followup_sent_back(*, assessment: Assessment, followup: FollowUp, now: datetime) -> None:
    key = f"followup:{followup.pk}:sent_back:{followup.version}"
    _tell_followup(assessment, followup, "followup_sent_back", key, now)


def followup_closed(*, assessment: Assessment, followup: FollowUp, now: datetime) -> None:
    _tell_followup(assessment, followup, "followup_closed", f"followup:{followup.pk}:closed", now)


def followup_overdue(*, assessment: Assessment, followup: FollowUp, now: datetime) -> None:
    """Once for each due date, to the unit and its TPI (services/reminders.py)."""
    key = overdue_key(followup)
    _tell_followup(assessment, followup, "followup_overdue", key, now)
    _tell_followup_to_tpi(assessment, followup, "followup_overdue", key, now)


def overdue_key(followup: FollowUp) -> str:
    return f"followup:{followup.pk}:overdue:{followup.due.isoformat()}"


def followup_reported(*, assessment: Assessment, followup: FollowUp, now: datetime) -> None:
    """To TPI, which closes it or sends it back."""
    key = f"followup:{followup.pk}:reported:{followup.version}"
    _tell_followup_to_tpi(assessment, followup, "followup_reported", key, now)


def evidence_quarantined(*, file: EvidenceFile, use: EvidenceUse, now: datetime) -> None:
    """Those of the unit who fill the question that uses the file, and its head; leads to the record."""
    assessment, code = use.assessment, use.question.code
    people = recipients.of_unit(assessment, now, code)
    path = _path("evidence_detail", assessment, str(file.evidence.uuid))
    key = f"quarantine:{file.pk}:{_moment(now)}"
    _tell(assessment, people, "evidence_quarantined", key, path, now, more={"code": code}, is_urgent=True)


def note_file_quarantined(*, file: NoteFile, now: datetime) -> None:
    """Only the person who added it: nobody else learns that there is such a file."""
    assessment, code = file.note.assessment, _code(file.note.assessment, file.note)
    by_unit = file.message is not None and file.message.by_unit
    path = _path("worksheet_focus" if by_unit else "desk_question", assessment, code)
    key = f"quarantine:note:{file.pk}:{_moment(now)}"
    _tell(assessment, [file.uploaded_by], "note_file_quarantined", key, path, now, more={"code": code}, is_urgent=True)


def scorer_assigned(*, assessment: Assessment, scorer: Scorer, now: datetime) -> None:
    """The person who scores from now on, also where the work was another's before."""
    people = _but([scorer.user], scorer.assigned_by_id)
    _tell(assessment, people, "scorer_assigned", f"scorer:{scorer.pk}", _path("evaluation", assessment), now)


def scorer_ended(*, assessment: Assessment, scorer: Scorer, now: datetime) -> None:
    """The person whose work goes to somebody else."""
    people = _but([scorer.user], scorer.ended_by_id)
    _tell(assessment, people, "scorer_ended", f"scorer:{scorer.pk}:ended", _path("evaluation", assessment), now)


def _tell_unit_of_question(
    assessment: Assessment, note: Note, kind: str, key: str, now: datetime, *, is_urgent: bool = False
) -> None:
    code = _code(assessment, note)
    people = recipients.of_unit(assessment, now, code)
    path = _path("worksheet_focus", assessment, code)
    _tell(assessment, people, kind, key, path, now, more={"code": code}, is_urgent=is_urgent)


def _tell_followup(assessment: Assessment, followup: FollowUp, kind: str, key: str, now: datetime) -> None:
    """Its owner, and those of the unit who fill the question."""
    people = recipients.of_unit(assessment, now, followup.code, followup.owner_id)
    _tell_about(assessment, followup, people, kind, key, now)


def _tell_followup_to_tpi(assessment: Assessment, followup: FollowUp, kind: str, key: str, now: datetime) -> None:
    _tell_about(assessment, followup, recipients.of_tpi(assessment, now), kind, key, now)


def _tell_about(
    assessment: Assessment, followup: FollowUp, people: Iterable[User], kind: str, key: str, now: datetime
) -> None:
    values: dict[str, Value] = {"unit": assessment.unit.name, "code": followup.code}
    if kind not in ("followup_reported", "followup_closed"):
        values["due"] = followup.due.isoformat()
    path = _path("followups", assessment)
    tell(users=people, kind=kind, key=key, params=values, path=path, unit=assessment.unit, now=now)


def _tell(
    assessment: Assessment,
    people: Iterable[User],
    kind: str,
    key: str,
    path: str,
    now: datetime,
    *,
    more: dict[str, Value] | None = None,
    is_urgent: bool = False,
) -> None:
    params: dict[str, Value] = {"unit": assessment.unit.name, "period": assessment.period.label, **(more or {})}
    tell(
        users=people,
        kind=kind,
        key=key,
        params=params,
        path=path,
        unit=assessment.unit,
        now=now,
        is_urgent=is_urgent,
    )


def _moment(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}"


def _but(people: Iterable[User], actor_id: int | None) -> list[User]:
    return [user for user in people if user.pk != actor_id]


def _code(assessment: Assessment, note: Note) -> str:
    return stored_instrument(assessment.period.instrument).codes[note.question_id]


def _path(name: str, assessment: Assessment, *more: str) -> str:
    return reverse(name, args=(assessment.unit.agency.code, assessment.unit.code, assessment.period.code, *more))
