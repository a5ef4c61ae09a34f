"""More time that the Inspector gives to one worksheet."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from assessments.demo.deeds import Course, Deed
from assessments.demo.quarters import LIVE
from assessments.models import Extension
from assessments.services.extensions import extend
from assessments.services.transitions import Action

EXTENDED: Final = ("labkes-kalibrasi", LIVE)
MORE_TIME: Final = timedelta(days=14)
REASON: Final = "Hasil survei akreditasi laboratorium, yang diminta sebagai bukti, baru terbit sesudah batas semula."


def extensions_in(course: Course) -> Iterator[Deed]:
    """For a worksheet that came back to its unit."""
    if (course.assessment.unit.code, course.assessment.period.quarter) == EXTENDED:
        (at,) = course.after(Action.RETURN, 0, 1)
        yield Deed(at, partial(_extend, course))


def _extend(course: Course, at: datetime) -> None:
    extend(
        assessment=course.assessment,
        phase=Extension.Phase.REVIEW,
        until=course.assessment.window.review_until + MORE_TIME,
        reason=REASON,
        actor=course.inspector,
        now=at,
    )
