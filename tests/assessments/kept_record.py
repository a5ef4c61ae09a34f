"""A record of evidence and what is done with it."""

from django.urls import reverse
from django.utils import timezone

from assessments.queries.evidence import in_force
from assessments.services import evidence as services
from tests.assessments.stored_evidence import add_file


def used_record(cast, assessment):
    """A record with one file that one question uses."""
    return add_file(assessment, cast.operator).evidence


def doing(cast):
    return {"actor": cast.operator, "now": timezone.now()}


def use(assessment, record, code, actor):
    return services.attach(assessment=assessment, code=code, evidence=record, actor=actor, now=timezone.now())


def standing(record):
    return [(file.original_name, file.slot, file.revision) for file in in_force(record.files.all())]


def path(name, assessment, record, *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, record.uuid, *more))
