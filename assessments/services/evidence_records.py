"""A record of evidence as a whole: what it says of itself, its files with their revisions, and its withdrawal.

Each of these changes what every question that uses the record shows, so each of them must be open to the person.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.conf import settings
from django.core.files.base import File
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from assessments.models import Evidence, EvidenceFile
from assessments.queries.evidence import in_force
from assessments.services.evidence import file_row
from assessments.services.evidence_rules import (
    NUMBER_MAX,
    REASON_MAX,
    TITLE_MAX,
    Held,
    RecordVersionMissing,
    StaleRecord,
    held_for_change,
    mark_changed,
    refuse_over_quota,
)
from assessments.services.previews import request_preview
from assessments.services.texts import checked_text
from units import audit
from units.files import new_path, stored
from units.models import User
from units.services.scans import request_scan
from units.uploads import ScannedFile
from zi_portal.errors import Refused

NO_SLOT = 0  # where a file stands while two of them change places


class WithdrawalReasonMissing(Refused):
    status = 422
    message = _("Tuliskan alasan penarikan bukti.")


class RetirementReasonMissing(Refused):
    status = 422
    message = _("Tuliskan alasan berkas ini tidak berlaku lagi.")


class TitleMissing(Refused):
    status = 422
    message = _("Tuliskan judul bukti.")


class LastFile(Refused):
    """A record without a file would prove nothing."""

    message = _("Ini berkas terakhir pada bukti ini. Ganti berkasnya, atau tarik buktinya bila tidak berlaku.")


class FileAlreadyThere(Refused):
    """These bytes stood in the record before and are no longer in force."""

    message = _("Berkas yang sama pernah ada pada bukti ini dan sudah diganti. Periksa riwayat berkasnya.")


class TooManyFiles(Refused):
    """`data`: maximum."""

    status = 422


class NotForLinks(Refused):
    message = _("Bukti ini berupa tautan, sehingga tidak memuat berkas.")


def edit_record(
    *,
    evidence: Evidence,
    title: str,
    number: str,
    dated: date | None,
    quarters: str,
    version: int | None,
    actor: User,
    now: datetime,
) -> Evidence:
    """Change what a record says of itself; `quarters` like "24", empty for the whole year.

    Raises RecordVersionMissing, TitleMissing, TextRefused, and as `held_for_change`.
    """
    values = {
        "title": checked_text(title, TITLE_MAX).strip(),
        "document_number": checked_text(number, NUMBER_MAX).strip(),
        "document_date": dated,
        "quarters": quarters,
    }
    if version is None:
        raise RecordVersionMissing
    if not values["title"]:
        raise TitleMissing
    with held_for_change(evidence=evidence, actor=actor, now=now, version=version) as held:
        before = {name: getattr(held.record, name) for name in values}
        if before != values:
            Evidence.objects.filter(pk=held.record.pk).update(**values)
            _note("evidence.edit", held, actor, now, before=_plain(before), after=_plain(values))
            mark_changed(held.record)
    return held.record


def add_record_file(
    *,
    evidence: Evidence,
    upload: "File[bytes]",
    scanned: ScannedFile,
    actor: User,
    now: datetime,
    version: int | None = None,
) -> EvidenceFile:
    """One more file at the end of a record; the same upload sent twice changes nothing.

    Raises NotForLinks, TooManyFiles, FileAlreadyThere, QuotaFull, and as `held_for_change`.
    """
    row = file_row(scanned, actor, now)
    _refuse_link(evidence)
    with held_for_change(evidence=evidence, actor=actor, now=now, version=version) as held:
        if known := _known(held, scanned):
            return known
        _refuse_many(held)
        refuse_over_quota(held.record.unit_id, held.record.year, scanned.size)
    with (
        stored(upload, new_path(row, "file", scanned.safe_name)) as name,
        held_for_change(evidence=evidence, actor=actor, now=now) as held,
    ):
        refuse_over_quota(held.record.unit_id, held.record.year, scanned.size)
        _refuse_many(held)
        last = EvidenceFile.objects.filter(evidence=held.record).aggregate(slot=Max("slot"))["slot"] or 0
        row.evidence, row.file.name, row.slot = held.record, name, last + 1
        _insert(row, held, scanned)
        _note("evidence.file_add", held, actor, now, after=_facts(row))
        mark_changed(held.record)
    return row


def revise_file(
    *,
    file: EvidenceFile,
    upload: "File[bytes]",
    scanned: ScannedFile,
    actor: User,
    now: datetime,
    version: int | None = None,
) -> EvidenceFile:
    """A new revision in the place of a file; the old one stays readable. Raises as `add_record_file`, StaleRecord."""
    row = file_row(scanned, actor, now)
    with held_for_change(evidence=file.evidence, actor=actor, now=now, version=version) as held:
        if (known := _known(held, scanned)) and known.slot == file.slot:
            return known
        _standing(held, file)
        refuse_over_quota(held.record.unit_id, held.record.year, scanned.size)
    with (
        stored(upload, new_path(row, "file", scanned.safe_name)) as name,
        held_for_change(evidence=file.evidence, actor=actor, now=now) as held,
    ):
        old = _standing(held, file)
        refuse_over_quota(held.record.unit_id, held.record.year, scanned.size)
        row.evidence, row.file.name, row.slot, row.revision = held.record, name, old.slot, old.revision + 1
        row.label = old.label
        _insert(row, held, scanned)
        _note("evidence.file_revise", held, actor, now, before=_facts(old), after=_facts(row))
        mark_changed(held.record)
    return row


def rename_file(
    *, file: EvidenceFile, label: str, actor: User, now: datetime, version: int | None = None
) -> EvidenceFile:
    """Another name for people; empty shows the file's own name again."""
    text = checked_text(label, TITLE_MAX).strip()
    with held_for_change(evidence=file.evidence, actor=actor, now=now, version=version) as held:
        found = _standing(held, file)
        if found.label != text:
            EvidenceFile.objects.filter(pk=found.pk).update(label=text)
            before = {"file": str(found.uuid), "label": found.label}
            _note("evidence.file_rename", held, actor, now, before=before, after={"label": text})
            mark_changed(held.record)
            found.label = text
    return found


def move_file(*, file: EvidenceFile, step: int, actor: User, now: datetime, version: int | None = None) -> None:
    """Change places with the file before (`step` -1) or after it (+1); nothing happens at the ends."""
    with held_for_change(evidence=file.evidence, actor=actor, now=now, version=version) as held:
        found = _standing(held, file)
        order = in_force(held.record.files.all())
        place = [item.pk for item in order].index(found.pk) + step
        if not 0 <= place < len(order):
            return
        here, there = found.slot, order[place].slot
        slots = EvidenceFile.objects.filter(evidence=held.record)
        for old, new in ((here, NO_SLOT), (there, here), (NO_SLOT, there)):
            slots.filter(slot=old).update(slot=new)
        before = {"file": str(found.uuid), "place": place - step + 1}
        _note("evidence.file_move", held, actor, now, before=before, after={"place": place + 1})
        mark_changed(held.record)


def retire_file(*, file: EvidenceFile, reason: str, actor: User, now: datetime, version: int | None = None) -> None:
    """Take one file out of force; it stays readable with its reason. Raises RetirementReasonMissing, LastFile."""
    text = checked_text(reason, REASON_MAX).strip()
    if not text:
        raise RetirementReasonMissing
    with held_for_change(evidence=file.evidence, actor=actor, now=now, version=version) as held:
        found = _standing(held, file)
        if len(in_force(held.record.files.all())) == 1:
            raise LastFile
        EvidenceFile.objects.filter(pk=found.pk).update(retired_at=now, retired_by=actor, retired_reason=text)
        _note("evidence.file_retire", held, actor, now, before=_facts(found), reason=text)
        mark_changed(held.record)


def withdraw(*, evidence: Evidence, reason: str, actor: User, now: datetime, version: int | None = None) -> Evidence:
    """Take a record out of force for every question that uses it; it stays readable with its reason.

    Raises WithdrawalReasonMissing, TextRefused, and as `held_for_change`.
    """
    text = checked_text(reason, REASON_MAX).strip()
    with held_for_change(evidence=evidence, actor=actor, now=now, version=version) as held:
        if not text:
            raise WithdrawalReasonMissing
        values = {"withdrawn_at": now, "withdrawn_by": actor, "withdrawn_reason": text}
        Evidence.objects.filter(pk=held.record.pk).update(**values)
        _note("evidence.withdraw", held, actor, now, before={"questions": held.codes}, reason=text)
        mark_changed(held.record)
    for name, value in values.items():
        setattr(evidence, name, value)
    return evidence


def _refuse_link(evidence: Evidence) -> None:
    if evidence.kind == Evidence.Kind.LINK:
        raise NotForLinks


def _known(held: Held, scanned: ScannedFile) -> EvidenceFile | None:
    """The file in force with these bytes. Raises FileAlreadyThere where they stood in the record before."""
    same = held.record.files.filter(sha256=scanned.sha256).first()
    if same is None:
        return None
    if same.pk not in {item.pk for item in in_force(held.record.files.all())}:
        raise FileAlreadyThere
    return same


def _insert(row: EvidenceFile, held: Held, scanned: ScannedFile) -> None:
    if held.record.files.filter(sha256=scanned.sha256).exists():
        raise StaleRecord  # the same file arrived by another request while this one was stored
    row.save(force_insert=True)
    request_preview(sha256=row.sha256, kind=row.kind, now=row.uploaded_at)
    request_scan(sha256=row.sha256, path=str(row.file.name), now=row.uploaded_at)


def _refuse_many(held: Held) -> None:
    maximum = settings.UPLOAD_POLICY["max_files_per_answer"]
    if len(in_force(held.record.files.all())) >= maximum:
        message = _("Satu bukti paling banyak memuat %(maximum)s berkas. Buat bukti tersendiri untuk berkas lainnya.")
        raise TooManyFiles(message % {"maximum": maximum}, maximum=maximum)


def _standing(held: Held, file: EvidenceFile) -> EvidenceFile:
    """The file as it is now. Raises StaleRecord where it is no longer in force."""
    for found in in_force(held.record.files.all()):
        if found.pk == file.pk:
            return found
    raise StaleRecord


def _facts(file: EvidenceFile) -> dict[str, object]:
    return {"name": file.original_name, "size": file.size, "sha256": file.sha256, "revision": file.revision}


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _note(
    verb: str,
    held: Held,
    actor: User,
    now: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    record = held.record
    audit.record(
        verb=verb, target=record, actor=actor, now=now, unit=record.unit, before=before, after=after, reason=reason
    )
