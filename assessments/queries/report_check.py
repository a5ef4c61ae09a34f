"""What anybody may learn of a report whose code they hold: that it exists, what it is, and whether it still counts."""

import re
from dataclasses import dataclass

from assessments.models import Assessment, Report
from assessments.queries.reports import final_snapshot

CODE_LENGTH = 24
"""96 bits of a SHA-256, which nobody guesses."""
GROUP = 4
_CODE = re.compile(rf"[0-9a-f]{{{CODE_LENGTH}}}")


def code_of(identity: str) -> str:
    """The code of a report: the beginning of the SHA-256 of everything that went into it."""
    return identity[:CODE_LENGTH]


def grouped(code: str) -> str:
    """As it is printed: in groups of four."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


@dataclass(frozen=True, slots=True)
class Checked:
    """A stored report; `later` is one that has taken its place, `is_outdated` says that its result counts no more."""

    report: Report
    later: Report | None
    is_outdated: bool


def tidied(typed: str) -> str:
    """The code as it is looked up, however it was written down; empty where it cannot be one."""
    code = "".join(typed.split()).replace("-", "").casefold()
    return code if _CODE.fullmatch(code) else ""


def find_report(code: str) -> Checked | None:
    """The report of a code from `tidied`."""
    places = Report.objects.select_related("period__agency", "assessment__unit")
    report = places.filter(inputs_sha256__startswith=code).first()
    if report is None:
        return None
    same = Report.objects.filter(kind=report.kind, period=report.period, assessment=report.assessment)
    later = same.filter(pk__gt=report.pk).order_by("-pk").first()
    return Checked(report, later, is_outdated=report.assessment is not None and not _counts(report, report.assessment))


def _counts(lhe: Report, assessment: Assessment) -> bool:
    """Whether an LHE was made from the result that counts: not while it is open again, nor after another one."""
    result = final_snapshot(assessment)
    return result is not None and lhe.snapshots.filter(pk=result.pk).exists()
