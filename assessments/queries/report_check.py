"""What anybody may learn of a report whose code they hold: that it exists, what it is, and whether it still counts."""

import re
from dataclasses import dataclass

from assessments.models import Assessment, Report

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
    """A stored report; `later` is one that has taken its place."""

    report: Report
    later: Report | None

    @property
    def is_reopened(self) -> bool:
        """Whether its result does not count at the moment."""
        assessment = self.report.assessment
        return assessment is not None and assessment.state != Assessment.State.FINAL


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
    return Checked(report, same.filter(pk__gt=report.pk).order_by("-pk").first())
