"""What every change of evidence obeys: who may change a record, what is held while it changes, and how much fits.

Rows are held in one order, so that no two changes wait for each other: assessments by id, then the record, then the
unit (for its quota).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Assessment, Evidence, EvidenceUse
from assessments.queries.evidence import bytes_of_year, records_of
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number
from assessments.services.answers import NotNoted, refuse_closed
from assessments.services.transitions import Closed, WrongState, lock, open_questions
from units.models import Unit, User
from zi_portal.errors import Refused

TITLE_MAX = 200
URL_MAX = 500
NUMBER_MAX = 80
REASON_MAX = 240
HOLD_TRIES = 5
MEGABYTE = 1024 * 1024


class AlreadyWithdrawn(Refused):
    message = _("Bukti ini sudah ditarik.")


class RecordLocked(Refused):
    """A quarter that uses the record is not open to the unit; `data`: period, its label."""

    def __init__(self, period: str) -> None:
        message = _(
            "Bukti ini dipakai juga pada %(period)s, yang tidak dapat diubah sekarang. "
            "Tambahkan berkas baru sebagai bukti tersendiri, lalu lepas bukti ini dari pertanyaan triwulan ini."
        )
        super().__init__(message % {"period": period}, period=period)


class StaleRecord(Refused):
    """Somebody changed the record after it was shown."""

    message = _("Bukti ini baru saja diubah orang lain. Muat ulang halaman, lalu ulangi perubahan Anda.")


class RecordVersionMissing(Refused):
    status = 428
    message = _("Kiriman ini tidak menyebut versi bukti. Muat ulang halaman, lalu ulangi perubahan Anda.")


class QuotaFull(Refused):
    """`data`: used and maximum, in bytes."""

    status = 422


@dataclass(frozen=True, slots=True)
class Held:
    """A record that nobody else can change or attach until the transaction ends, and what uses it."""

    record: Evidence
    uses: tuple[EvidenceUse, ...]

    @property
    def codes(self) -> list[str]:
        return sorted({use.question.code for use in self.uses})


def standing_records(assessment: Assessment) -> QuerySet[Evidence]:
    """Records in force that questions of this assessment may use, those of its own year first."""
    return records_of(assessment).filter(withdrawn_at__isnull=True).order_by("-year", "pk")


def held_record(evidence: Evidence) -> Evidence:
    """The row as it is now, held until the transaction ends. Raises AlreadyWithdrawn."""
    found = Evidence.objects.select_for_update(of=("self",)).select_related("unit__agency").get(pk=evidence.pk)
    if found.withdrawn_at is not None:
        raise AlreadyWithdrawn
    return found


def mark_changed(record: Evidence) -> None:
    """A higher version: pages that show the record as it was are stale now."""
    Evidence.objects.filter(pk=record.pk).update(version=F("version") + 1)
    record.version += 1


@contextmanager
def held_for_change(*, evidence: Evidence, actor: User, now: datetime, version: int | None = None) -> Iterator[Held]:
    """One transaction in which a record may be changed for everything that uses it.

    Every use must be open to this person, as for a change of those answers; `version` is the one that the person saw,
    None where nothing was shown. Raises PermissionDenied, AlreadyWithdrawn, RecordLocked, NotNoted, StaleRecord.
    """
    refuse_foreign_areas(uses_of(evidence), actor)
    for _try in range(HOLD_TRIES):
        with transaction.atomic():
            locked = {use.assessment_id: use.assessment for use in uses_of(evidence)}
            locked = {pk: lock(locked[pk]) for pk in sorted(locked)}
            record = held_record(evidence)
            uses = uses_of(evidence)
            if not {use.assessment_id for use in uses} <= locked.keys():
                continue  # another quarter began to use it before the row was held
            refuse_foreign_areas(uses, actor)
            for assessment in locked.values():
                _refuse_unopened(assessment, uses, now)
            if version is not None and version != record.version:
                raise StaleRecord
            yield Held(record, tuple(uses))
            return
    raise StaleRecord


def uses_of(evidence: Evidence) -> list[EvidenceUse]:
    """All uses in all quarters, in the order of the LKE; one query."""
    uses = EvidenceUse.objects.filter(evidence=evidence).select_related(
        "question", "assessment__period__instrument", "assessment__unit__agency"
    )
    return list(uses.order_by("assessment__period__year", "assessment__period__quarter", "question__position"))


def refuse_foreign_areas(uses: list[EvidenceUse], actor: User) -> None:
    for use in uses:
        instrument = stored_instrument(use.assessment.period.instrument).value
        if not permissions.can_fill(actor, use.assessment, area_number(instrument, use.question.code)):
            raise PermissionDenied


def _refuse_unopened(assessment: Assessment, uses: list[EvidenceUse], now: datetime) -> None:
    concerned = {use.question_id for use in uses if use.assessment_id == assessment.pk}
    if not concerned:
        return
    try:
        refuse_closed(assessment, now)
    except (WrongState, Closed) as error:
        raise RecordLocked(assessment.period.label) from error
    opened = open_questions(assessment)
    if opened is not None and not concerned <= opened:
        raise NotNoted


def refuse_over_quota(unit_id: int, year: int, size: int) -> None:
    """Raise QuotaFull where `size` more bytes do not fit; holds the unit's row, so that two uploads are counted."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
    maximum, used = settings.UPLOAD_POLICY["max_unit_bytes"], bytes_of_year(unit_id, year)
    if used + size <= maximum:
        return
    message = _(
        "Ruang bukti unit ini tidak cukup: %(used)s dari %(maximum)s MB sudah terpakai tahun ini. "
        "Perkecil berkas, atau mintalah pengelola sistem menambah ruang."
    )
    shown = {"used": used // MEGABYTE, "maximum": maximum // MEGABYTE}
    raise QuotaFull(message % shown, used=used, maximum=maximum)
