"""Periods and instruments as the administrator sees them."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from assessments.models import Assessment, Instrument, Period, Question
from units.models import Agency, Unit
from units.queries.manage_start import taking_part

WITH_TPI = (*Assessment.IN_REVIEW, Assessment.State.SUBMITTED)


def periods_of(agency: Agency) -> QuerySet[Period]:
    """The latest first, with the number of worksheets: all, still with the units, with TPI, final; one query."""
    state = "assessments__state"
    return (
        Period.objects.filter(agency=agency)
        .select_related("instrument")
        .annotate(
            worksheets=Count("assessments"),
            with_units=Count("assessments", filter=Q(**{f"{state}__in": Assessment.EDITABLE})),
            with_tpi=Count("assessments", filter=Q(**{f"{state}__in": WITH_TPI})),
            final=Count("assessments", filter=Q(**{state: Assessment.State.FINAL})),
        )
        .order_by("-year", "-quarter")
    )


def worksheets_of(period: Period) -> QuerySet[Assessment]:
    return period.assessments.select_related("unit").order_by("unit__name")


def current_period(agency: Agency, now: datetime) -> Period | None:
    """The period whose phases include `now`; the one that ends first when there are two."""
    running = Period.objects.filter(agency=agency, fill_from__lte=now, review_until__gte=now)
    return running.order_by("review_until").first()


def units_without_worksheet(period: Period) -> QuerySet[Unit]:
    """Units that take part in the period's year and have no worksheet in it."""
    return taking_part(period.agency, period.year).exclude(assessments__period=period).order_by("name")


def next_quarter(agency: Agency, now: datetime) -> tuple[int, int]:
    """Year and quarter of the next period to open: after the latest one, else that of `now`."""
    latest = Period.objects.filter(agency=agency).order_by("-year", "-quarter").first()
    if latest is None:
        local = now.astimezone(agency.tz)
        return local.year, (local.month + 2) // 3
    return (latest.year, latest.quarter + 1) if latest.quarter < 4 else (latest.year + 1, 1)  # noqa: PLR2004 - quarters


def current_instrument() -> Instrument | None:
    """The version that was published last."""
    return Instrument.objects.filter(status=Instrument.Status.PUBLISHED).order_by("-published_at", "-pk").first()


def instruments_for(agency: Agency) -> QuerySet[Instrument]:
    """All versions, with their questions and how many periods of the agency use them; one query."""
    return Instrument.objects.annotate(
        question_count=Count("questions", distinct=True),
        period_count=Count("periods", filter=Q(periods__agency=agency), distinct=True),
    ).order_by("code", "-version")


def local_rules(instrument: Instrument) -> list[Question]:
    """Questions where the regulation is silent about a denominator of 0 and the instrument file decides."""
    questions = instrument.questions.filter(zero_denominator__isnull=False).order_by("position")
    return [question for question in questions if question.zero_denominator and question.zero_denominator["local_rule"]]
