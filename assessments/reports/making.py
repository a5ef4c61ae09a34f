"""Makes the reports: reads what they need, renders outside any transaction, then has them stored."""

import json
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.utils import translation

from assessments.models import Assessment, Period, Report, Snapshot
from assessments.permissions import can_make_reports
from assessments.queries.followup_history import followups_at
from assessments.queries.instruments import instrument_value
from assessments.queries.reports import (
    Quarter,
    QuarterUnit,
    earlier_lhe,
    final_snapshot,
    instrument_of,
    quarter_of,
    signatory_on,
)
from assessments.reports import wording
from assessments.reports.facts import Facts
from assessments.reports.letter import Letter, inputs_sha256, letter_of
from assessments.reports.lhe import Replaced, lhe_context
from assessments.reports.quarterly import (
    Before,
    Sheet,
    before_of,
    final_sheet,
    open_sheet,
    quarterly_context,
    snapshots_behind,
)
from assessments.scoring import Instrument
from assessments.services.reports import (
    NotFinal,
    Rendered,
    refuse_taken_number,
    snapshot_to_issue,
    store_lhe,
    store_quarterly,
    stored_quarterly,
)
from assessments.services.snapshots import canonical
from units.models import Agency, User

FORMAT = 3
"""Raise it when what a report says changes: the same snapshots then make a new report."""


def issue_lhe(*, assessment: Assessment, number: str, actor: User, now: datetime) -> Report:
    """Number and store the LHE of a final assessment, once.

    Raises PermissionDenied, NotFinal, AlreadyIssued, NumberTaken.
    """
    snapshot = snapshot_to_issue(assessment=assessment, actor=actor)
    refuse_taken_number(assessment.period, number)
    letter = _letter(assessment.unit.agency, number, now)
    replaced = _replaced(assessment, letter.zone)
    followups = followups_at([assessment.unit_id], assessment.period, now).get(assessment.unit_id, [])
    identity = inputs_sha256(
        letter,
        dated=True,
        format=FORMAT,
        kind=Report.Kind.LHE.value,
        snapshot=snapshot.sha256,
        replaced=replaced.words if replaced else "",
        followups=[item.as_json() for item in followups],
    )
    facts = _Reader().facts(snapshot)
    context = lhe_context(facts, letter, made_at=now, followups=followups, replaced=replaced, identity=identity)
    rendered = Rendered(_pdf("lhe", _html("lhe", context), identity), identity)
    return store_lhe(assessment=assessment, snapshot=snapshot, number=number, rendered=rendered, actor=actor, now=now)


def draft_lhe(*, assessment: Assessment, now: datetime) -> bytes:
    """The LHE without a number, marked KONSEP on every page; not stored. Raises NotFinal."""
    snapshot = final_snapshot(assessment)
    if snapshot is None:
        raise NotFinal(state=assessment.state)
    letter = _letter(assessment.unit.agency, "", now)
    followups = followups_at([assessment.unit_id], assessment.period, now).get(assessment.unit_id, [])
    replaced = _replaced(assessment, letter.zone)
    facts = _Reader().facts(snapshot)
    context = lhe_context(facts, letter, made_at=now, followups=followups, replaced=replaced)
    return _pdf("lhe", _html("lhe", context), snapshot.sha256)


def _letter(agency: Agency, number: str, now: datetime) -> Letter:
    signatory = signatory_on(agency, wording.day_in(now, agency.zone))
    return letter_of(agency, signatory, number=number, now=now)


def _replaced(assessment: Assessment, zone: str) -> Replaced | None:
    earlier = earlier_lhe(assessment)
    return Replaced(earlier.number, wording.day_in(earlier.made_at, zone)) if earlier else None


def make_quarterly(*, period: Period, actor: User | None, now: datetime, number: str = "") -> Report:
    """The quarterly report of a period; the stored one when it was made from the same inputs before.

    Raises PermissionDenied, NumberTaken. `actor` None is the command line.
    """
    if actor is not None and not can_make_reports(actor, period.agency_id):
        raise PermissionDenied
    quarter = quarter_of(period, now)
    letter = _letter(period.agency, number, now)
    identity = _quarterly_identity(quarter, letter)
    kept = stored_quarterly(period, identity)
    if kept is not None:
        return kept
    refuse_taken_number(period, number)
    html = quarterly_html(quarter, letter, made_at=now, identity=identity)
    return store_quarterly(
        period=period,
        snapshots=snapshots_behind(quarter),
        number=number,
        rendered=Rendered(_pdf("quarterly", html, identity), identity),
        actor=actor,
        now=now,
    )


def quarterly_html(quarter: Quarter, letter: Letter, *, made_at: datetime, identity: str) -> str:
    """The document of a quarterly report."""
    with translation.override("id"):
        reader = _Reader()
        before = {unit_id: before_of(reader.facts(row)) for unit_id, row in quarter.previous_finals.items()}
        context = quarterly_context(
            quarter=quarter,
            sheets=[_sheet(item, reader, letter.zone, before.get(item.unit.pk)) for item in quarter.units],
            instrument=instrument_value(quarter.period.instrument),
            letter=letter,
            made_at=made_at,
            identity=identity,
        )
    return _html("quarterly", context)


def _quarterly_identity(quarter: Quarter, letter: Letter) -> str:
    """The hash of what the report says; its date is left out, so that asking again finds the stored report."""
    period = quarter.period
    units = [
        {
            "unit": item.unit.code,
            "name": item.unit.name,
            "state": item.state,
            "round": item.round,
            "snapshot": snapshot.sha256 if (snapshot := item.final or item.submitted) else "",
        }
        for item in quarter.units
    ]
    previous = {str(unit_id): row.sha256 for unit_id, row in quarter.previous_finals.items()}
    return inputs_sha256(
        letter,
        dated=False,
        format=FORMAT,
        kind=Report.Kind.QUARTERLY.value,
        period=f"{period.agency.code}:{period.code}",
        units=units,
        not_started=list(quarter.not_started),
        active_units=quarter.active_units,
        stages=dict(quarter.stages),
        previous=[quarter.previous.code if quarter.previous else "", previous],
        followups={str(unit): [item.as_json() for item in items] for unit, items in quarter.followups.items()},
    )


def _sheet(item: QuarterUnit, reader: "_Reader", zone: str, before: Before | None) -> Sheet:
    if item.final is not None:
        return final_sheet(item, reader.facts(item.final), zone, before)
    return open_sheet(item, reader.facts(item.submitted) if item.submitted else None, zone)


class _Reader:
    """Snapshots as facts; each instrument version is looked up once."""

    def __init__(self) -> None:
        self._instruments: dict[str, Instrument] = {}

    def facts(self, snapshot: Snapshot) -> Facts:
        content = json.loads(snapshot.content)
        key = canonical(content["instrument"])
        if key not in self._instruments:
            self._instruments[key] = instrument_value(instrument_of(content))
        return Facts(content, snapshot.sha256, self._instruments[key])


def _html(name: str, context: dict[str, Any]) -> str:
    """Official letters are Indonesian, whatever the language of the screen."""
    with translation.override("id"):
        return render_to_string(f"reports/{name}.html", context)


def _pdf(name: str, html: str, identity: str) -> bytes:
    from assessments.reports.pdf import write_pdf  # noqa: PLC0415 - WeasyPrint takes a second to load

    return write_pdf(html, styles=("common", name), identifier=identity)
