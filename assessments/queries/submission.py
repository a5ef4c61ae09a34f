"""What was sent to TPI: snapshots of submissions and the receipt of each."""

from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from assessments import scoring
from assessments.models import Assessment, Snapshot, TransitionRecord
from assessments.queries.instruments import stored_instrument
from assessments.scoring.kinds import TOTAL


@dataclass(frozen=True, slots=True)
class Receipt:
    """A submission as its receipt shows it; `total_text` is the unit's own score for display."""

    number: str
    snapshot: Snapshot
    total_text: str
    answered: int
    questions: int


def submissions(assessment: Assessment) -> list[Snapshot]:
    """All snapshots that the head sent, oldest first; one query."""
    sent = Snapshot.objects.filter(assessment=assessment, kind=Snapshot.Kind.SUBMITTED).select_related("taken_by")
    return list(sent.defer("content").order_by("pk"))


def last_submission(assessment: Assessment) -> Snapshot | None:
    found = submissions(assessment)
    return found[-1] if found else None


def submission_of_round(assessment: Assessment, round_number: int) -> Snapshot:
    """What the head sent in a round; a round is sent once. LookupError where nothing was sent in it."""
    return {snapshot.round: snapshot for snapshot in submissions(assessment)}[round_number]


def submission_with(assessment: Assessment, key: UUID | None) -> Snapshot | None:
    """What a form with this key has sent before; at most two queries."""
    if key is None:
        return None
    record = TransitionRecord.objects.filter(assessment=assessment, key=key).first()
    return submission_of_round(assessment, record.round) if record else None


def receipt(assessment: Assessment, snapshot: Snapshot) -> Receipt:
    mine = snapshot.summary["self"]
    instrument = stored_instrument(assessment.period.instrument).value
    total = scoring.shown_points(instrument, TOTAL, Fraction(mine["total"]))
    return Receipt(
        number=receipt_number(assessment, snapshot.round),
        snapshot=snapshot,
        total_text=format(total, "f"),
        answered=mine["answered"],
        questions=mine["questions"],
    )


def receipt_number(assessment: Assessment, round_number: int) -> str:
    """`LKE/RSUD/2024-TW2/1`: one for each unit, period and round."""
    period = assessment.period
    return f"LKE/{assessment.unit.code.upper()}/{period.year}-TW{period.quarter}/{round_number}"
