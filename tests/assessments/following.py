"""Follow-ups of a final assessment of unit A: how TPI sets them, the unit reports on them, and TPI settles them."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment
from assessments.queries.followups import notes_to_follow
from assessments.services.followups import Promise, Report, create_followup, report_followup
from tests import factories

CODE = "A.I.2.i.a"


def today():
    return timezone.localdate()


def url(assessment, name="followups", *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def final_with_notes(assessment, cast):
    """Unit A's final assessment with one released note and one that never is."""
    factories.note(assessment, CODE, cast.member, "Lengkapi notulen.", for_release=True, released_at=timezone.now())
    factories.note(assessment, "A.I.1.i.a", cast.member, "CATATAN INTERNAL")
    Assessment.objects.filter(pk=assessment.pk).update(
        state="final", finalised_at=timezone.now(), finalised_by=cast.controller
    )
    assessment.refresh_from_db()
    return assessment


def promised(final, cast):
    return factories.followup(notes_to_follow(final)[0], cast.member, text="Lengkapi notulen rapat.")


def create(assessment, actor, note=None, *, text="Lengkapi notulen", days=30, owner=None):
    return create_followup(
        assessment=assessment,
        note=note or notes_to_follow(assessment)[0],
        promise=Promise(text, today() + timedelta(days=days), owner),
        actor=actor,
        now=timezone.now(),
    )


def report(assessment, promise, actor, text="Notulen dilengkapi", *, proof=None, version=1):
    return report_followup(
        assessment=assessment,
        followup=promise,
        report=Report(text, proof),
        version=version,
        actor=actor,
        now=timezone.now(),
    )


def settle(act, assessment, promise, actor, words="Sudah sesuai", *, version=1):
    return act(assessment=assessment, followup=promise, closing=words, version=version, actor=actor, now=timezone.now())
