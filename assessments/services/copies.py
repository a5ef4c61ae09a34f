"""Carrying answers over from an earlier quarter: copied by choice, and counted only once somebody has checked them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Answer, AnswerCopy, AnswerRevision, Assessment, Evidence, EvidenceUse
from assessments.queries.copies import RESULTS, Offer, copies_of, copy_offer, evidence_offered
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number, standing_evidence
from assessments.services.answers import Saved, lock_for_unit, refuse_closed, save_answer
from assessments.services.evidence import TooMuchEvidence
from assessments.services.evidence_rules import AlreadyWithdrawn, held_record, mark_changed
from assessments.services.transitions import lock
from units import audit
from units import permissions as who
from units.models import User
from zi_portal.errors import Refused


class NothingToCopy(Refused):
    status = 422
    message = _("Tidak ada jawaban yang dapat disalin ke bagian ini.")


class CopyGone(Refused):
    """Somebody has settled it, or answered the question."""

    message = _("Salinan ini sudah tidak menunggu: pertanyaannya sudah dijawab, atau salinannya sudah dibuang.")


class EvidenceGone(Refused):
    message = _("Salah satu bukti yang dipilih sudah ditarik. Muat ulang halaman, lalu periksa lagi.")


def fillable_areas(user: User, assessment: Assessment) -> frozenset[int | None]:
    """The areas (1-6; None for hasil) that this person fills."""
    places: tuple[int | None, ...] = (*sorted(who.ALL_AREAS), None)
    return frozenset(number for number in places if permissions.can_fill(user, assessment, number))


def copy_answers(*, assessment: Assessment, areas: Collection[str] | None, actor: User, now: datetime) -> Offer:
    """Lay the earlier quarter's answers beside the open questions of these areas (`1`..`6`, `hasil`; None: all).

    Returns what was copied. Questions that have an answer, or a copy, are left alone; None means the areas that the
    person fills. Raises PermissionDenied, WrongState, Closed, NothingToCopy.
    """
    mine = fillable_areas(actor, assessment)
    wanted = mine if areas is None else {None if key == RESULTS else int(key) for key in areas}
    if not mine or not wanted <= mine:
        raise PermissionDenied
    with transaction.atomic():
        locked = lock(assessment)
        refuse_closed(locked, now)
        offer = copy_offer(locked, wanted)
        if offer is None or not offer.offered:
            raise NothingToCopy
        AnswerCopy.objects.bulk_create(_copies(locked, offer, actor, now))
        audit.record(
            verb="copy.create",
            target=locked,
            actor=actor,
            now=now,
            unit=locked.unit,
            after={"source": offer.source.period.code, "questions": list(offer.offered)},
        )
    return offer


def _copies(assessment: Assessment, offer: Offer, actor: User, now: datetime) -> Iterable[AnswerCopy]:
    ids = stored_instrument(assessment.period.instrument).question_ids
    for code in offer.offered:
        row = offer.answers[code]
        yield AnswerCopy(
            assessment=assessment,
            question_id=ids[code],
            source=offer.source,
            choice=row.choice,
            inputs=row.inputs,
            note=row.note,
            copied_by=actor,
            copied_at=now,
        )


def confirm_copy(
    *, assessment: Assessment, code: str, evidence: Collection[UUID], version: int | None, actor: User, now: datetime
) -> Saved:
    """Make the copy the unit's answer and attach the chosen records of those that it offers, in one transaction.

    A note that the unit has written already stays. KeyError for an unknown code. Raises PermissionDenied, WrongState,
    Closed, NotNoted, CopyGone, VersionMissing, StaleVersion, EvidenceGone, TooMuchEvidence.
    """
    question_id = _may_fill(assessment, code, actor)
    with transaction.atomic():
        locked = lock_for_unit(assessment, question_id, now)
        copy = copies_of(locked, [question_id]).get(code)
        if copy is None:
            raise CopyGone
        saved = save_answer(
            assessment=assessment,
            code=code,
            given=copy.raw,
            note=None if _has_note(locked, question_id) else copy.note or None,
            version=version,
            actor=actor,
            now=now,
            origin=AnswerRevision.Origin.COPIED,
        )
        attached = _attach(locked, question_id, _chosen(copy, code, evidence), actor, now)
        AnswerCopy.objects.filter(pk=copy.pk).delete()
        after = {"question": code, "source": copy.source.period.code, "evidence": [str(item) for item in attached]}
        audit.record(verb="copy.confirm", target=locked, actor=actor, now=now, unit=locked.unit, after=after)
    return saved


def discard_copy(*, assessment: Assessment, code: str, actor: User, now: datetime) -> None:
    """Throw the copy away; the question stays as it is. Raises as `confirm_copy`."""
    question_id = _may_fill(assessment, code, actor)
    with transaction.atomic():
        locked = lock_for_unit(assessment, question_id, now)
        if not AnswerCopy.objects.filter(assessment=locked, question=question_id).delete()[0]:
            raise CopyGone
        audit.record(
            verb="copy.discard", target=locked, actor=actor, now=now, unit=locked.unit, before={"question": code}
        )


def _may_fill(assessment: Assessment, code: str, actor: User) -> int:
    instrument = stored_instrument(assessment.period.instrument)
    question_id = instrument.question_ids[code]
    if not permissions.can_fill(actor, assessment, area_number(instrument.value, code)):
        raise PermissionDenied
    return question_id


def _has_note(assessment: Assessment, question_id: int) -> bool:
    mine = Answer.objects.filter(assessment=assessment, question=question_id, stage=Answer.Stage.UNIT)
    return mine.exclude(note="").exists()


def _chosen(copy: AnswerCopy, code: str, wanted: Collection[UUID]) -> list[Evidence]:
    """The wanted records, in the order of the offer; of any year, because the same decree may hold for several."""
    records = [record for record in evidence_offered(copy, code) if record.uuid in set(wanted)]
    if len(records) != len(set(wanted)):
        raise EvidenceGone
    return records


def _attach(
    assessment: Assessment, question_id: int, records: list[Evidence], actor: User, now: datetime
) -> list[UUID]:
    uses = EvidenceUse.objects.filter(assessment=assessment, question=question_id)
    used = set(uses.values_list("evidence_id", flat=True))
    new = [record for record in records if record.pk not in used]
    maximum = settings.UPLOAD_POLICY["max_files_per_answer"]
    if new and standing_evidence(assessment, question_id).count() + len(new) > maximum:
        message = _("Satu pertanyaan paling banyak memiliki %(maximum)s bukti. Kurangi bukti yang dipilih.")
        raise TooMuchEvidence(message % {"maximum": maximum}, maximum=maximum)
    _hold(new)
    EvidenceUse.objects.bulk_create(
        EvidenceUse(evidence=record, assessment=assessment, question_id=question_id, attached_by=actor, attached_at=now)
        for record in new
    )
    return [record.uuid for record in new]


def _hold(records: Iterable[Evidence]) -> None:
    """In one order, so that two confirmations do not wait for each other. Raises EvidenceGone."""
    try:
        held = [held_record(record) for record in sorted(records, key=lambda record: record.pk)]
    except AlreadyWithdrawn as error:
        raise EvidenceGone from error
    for record in held:
        mark_changed(record)
