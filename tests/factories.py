"""Records for tests. A person is made with their role: `person("tpi_member", unit=...)`."""

from datetime import date, datetime, timedelta
from typing import Any

import factory
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from assessments.models import (
    Answer,
    Assessment,
    Evidence,
    EvidenceFile,
    EvidenceUse,
    FollowUp,
    Instrument,
    Note,
    NoteFile,
    NoteMessage,
    Period,
    Scorer,
    Visit,
    WorkbookImport,
)
from assessments.queries.instruments import stored_instrument
from units.models import Agency, Membership, Team, TeamAssignment, TeamMember, Unit, UnitYear, User

PASSWORD = "kata sandi panjang untuk uji"
LONG_AGO = date(2020, 1, 1)


class AgencyFactory(DjangoModelFactory[Agency]):
    class Meta:
        model = Agency

    code = factory.Sequence(lambda n: f"instansi-{n}")
    name = factory.Sequence(lambda n: f"Pemerintah Uji {n}")
    inspectorate = "Inspektorat Uji"
    city = "Kota Uji"


class UnitFactory(DjangoModelFactory[Unit]):
    class Meta:
        model = Unit

    agency = factory.SubFactory(AgencyFactory)
    code = factory.Sequence(lambda n: f"unit-{n}")
    name = factory.Sequence(lambda n: f"Unit Uji {n}")
    head_name = "Kepala Uji"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"orang{n}")
    full_name = factory.Sequence(lambda n: f"Orang Uji {n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@contoh.go.id")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Membership.Role.UNIT_MEMBER
    valid_from = LONG_AGO


def member_of(unit: Unit, role: str = "unit_member", areas: str = "", **user: Any) -> User:
    """A person of a unit: `unit_member` or `unit_head`."""
    found = UserFactory(**user)
    MembershipFactory(user=found, role=role, agency=unit.agency, unit=unit, areas=areas)
    return found


def official_of(agency: Agency, role: str, **user: Any) -> User:
    """A person of an agency: `inspector`, `reader` or `admin`."""
    found = UserFactory(**user)
    MembershipFactory(user=found, role=role, agency=agency, unit=None)
    return found


def team_for(*units: Unit, kind: str = "tpi", name: str = "") -> Team:
    """A team that looks after these units (of one agency)."""
    agency = units[0].agency
    count = Team.objects.filter(agency=agency).count() + 1
    team = Team.objects.create(agency=agency, kind=kind, name=name or f"Tim {kind} {count}")
    TeamAssignment.objects.bulk_create(TeamAssignment(team=team, unit=unit) for unit in units)
    return team


def teammate(team: Team, role: str = "member", **user: Any) -> User:
    """A person of a team: `member`, `lead` or `controller`."""
    found = UserFactory(**user)
    TeamMember.objects.create(team=team, user=found, role=role, home_body="Inspektorat", valid_from=LONG_AGO)
    return found


def published_instrument() -> Instrument:
    """The instrument that every test database holds (tests/conftest.py)."""
    return Instrument.objects.get(code="permenpanrb-90-2021", version=1)


class PeriodFactory(DjangoModelFactory[Period]):
    """A quarter that is being filled: opened ten days ago, open for twenty more, review for forty."""

    class Meta:
        model = Period

    agency = factory.SubFactory(AgencyFactory)
    year = 2024
    quarter = 2
    instrument = factory.LazyFunction(published_instrument)
    fill_from = factory.LazyFunction(lambda: timezone.now() - timedelta(days=10))
    fill_until = factory.LazyFunction(lambda: timezone.now() + timedelta(days=20))
    review_until = factory.LazyFunction(lambda: timezone.now() + timedelta(days=40))


class AssessmentFactory(DjangoModelFactory[Assessment]):
    class Meta:
        model = Assessment

    unit = factory.SubFactory(UnitFactory)
    period = factory.LazyAttribute(
        lambda made: Period.objects.filter(agency=made.unit.agency).first() or PeriodFactory(agency=made.unit.agency)
    )


def question_id(assessment: Assessment, code: str) -> int:
    return stored_instrument(assessment.period.instrument).question_ids[code]


def answer(
    assessment: Assessment, code: str, raw: Any, *, stage: str = "unit", by: User | None = None, note: str = ""
) -> Answer:
    """An answer row, past all services: `raw` is a label or a mapping of inputs."""
    is_choice = isinstance(raw, str)
    return Answer.objects.create(
        assessment=assessment,
        question_id=question_id(assessment, code),
        stage=stage,
        choice=raw if is_choice else "",
        inputs=None if is_choice else raw,
        note=note,
        updated_by=by,
        updated_at=timezone.now(),
    )


def answer_everything(
    assessment: Assessment, answers: dict[str, Any], *, stage: str = "unit", by: User | None = None
) -> None:
    """All answers of a golden worksheet at once."""
    ids = stored_instrument(assessment.period.instrument).question_ids
    now = timezone.now()
    rows = []
    for code, raw in answers.items():
        is_index = code in ("B.I.a", "B.II.a") and isinstance(raw, str)
        inputs = {"index": raw} if is_index else (raw if isinstance(raw, dict) else None)
        choice = raw if inputs is None else ""
        rows.append(
            Answer(
                assessment=assessment,
                question_id=ids[code],
                stage=stage,
                choice=choice,
                inputs=inputs,
                updated_by=by,
                updated_at=now,
            )
        )
    Answer.objects.bulk_create(rows)


def note(assessment: Assessment, code: str, author: User, text: str = "Catatan uji", **fields: Any) -> Note:
    fields = {"stage": "member", "round": assessment.round, "updated_at": timezone.now()} | fields
    question = question_id(assessment, code)
    return Note.objects.create(assessment=assessment, question_id=question, author=author, text=text, **fields)


def note_message(note: Note, author: User, text: str = "Pesan uji", **fields: Any) -> NoteMessage:
    """A message of TPI for the unit, not yet released; `by_unit`, `is_internal` and `released_at` make it another."""
    fields = {"at": timezone.now()} | fields
    if fields.get("by_unit"):
        fields.setdefault("released_at", fields["at"])
    return NoteMessage.objects.create(note=note, author=author, text=text, **fields)


def note_file(note: Note, by: User, *, name: str = "foto.png", message: NoteMessage | None = None) -> NoteFile:
    """A file of a note, or of one of its messages, with a few bytes behind it."""
    row = NoteFile(note=note, message=message, original_name=name, content_type="image/png", size=4, sha256="0" * 64)
    row.uploaded_by, row.uploaded_at = by, timezone.now()
    row.file.save(name, ContentFile(b"\x89PNG"), save=False)
    row.save()
    return row


def scorer(assessment: Assessment, user: User, *, slot: int = 1) -> Scorer:
    """Gives the worksheet to a member, as of a slot."""
    return Scorer.objects.create(
        assessment=assessment, user=user, slot=slot, assigned_by=user, assigned_at=timezone.now()
    )


def followup(note: Note, by: User, *, text: str = "Tindak lanjut uji", due: date | None = None) -> FollowUp:
    """What TPI made of a note, open, due in a month."""
    now = timezone.now()
    return FollowUp.objects.create(
        note=note,
        unit=note.assessment.unit,
        code=note.question.code,
        text=text,
        due=due or timezone.localdate(now) + timedelta(days=30),
        created_by=by,
        created_at=now,
    )


def visit(assessment: Assessment, by: User, *, place: str = "Ruang layanan", day: date | None = None) -> Visit:
    """A field visit of yesterday."""
    now = timezone.now()
    return Visit.objects.create(
        assessment=assessment,
        date=day or timezone.localdate(now) - timedelta(days=1),
        place=place,
        participants="Tim uji; kepala unit",
        created_by=by,
        created_at=now,
    )


def finding(visit: Visit, code: str, by: User, text: str = "Temuan uji", **fields: Any) -> Note:
    """What a visit found on a question, not released."""
    return note(visit.assessment, code, by, text, kind="finding", visit=visit, **fields)


def photo(finding: Note, by: User, *, content: bytes = b"\xff\xd8\xff", number: int = 1) -> NoteFile:
    """A photo with some bytes behind it, which nobody has looked into."""
    row = NoteFile(note=finding, original_name=f"foto-{number}.jpg", content_type="image/jpeg", size=len(content))
    row.sha256, row.uploaded_by, row.uploaded_at = f"f{number}".zfill(64), by, timezone.now()
    row.file.save("foto", ContentFile(content), save=False)
    row.save()
    return row


def evidence_for(
    assessment: Assessment, code: str, by: User, *, title: str = "Bukti uji", when: datetime | None = None
) -> Evidence:
    """A link as evidence of one question."""
    now = when or timezone.now()
    record = Evidence.objects.create(
        unit=assessment.unit,
        year=assessment.period.year,
        kind="link",
        title=title,
        url="https://contoh.go.id/bukti",
        created_by=by,
        created_at=now,
    )
    EvidenceUse.objects.create(
        evidence=record,
        assessment=assessment,
        question_id=question_id(assessment, code),
        attached_by=by,
        attached_at=now,
    )
    return record


def evidence_file(record: Evidence, by: User, *, slot: int = 1, revision: int = 1) -> EvidenceFile:
    """A row without bytes behind it."""
    return EvidenceFile.objects.create(
        evidence=record,
        slot=slot,
        revision=revision,
        file=f"evidence/{record.pk}-{slot}-{revision}",
        original_name="berkas.pdf",
        kind="pdf",
        size=1,
        sha256=f"{slot}{revision}".zfill(64),
        uploaded_by=by,
        uploaded_at=timezone.now(),
    )


def unit_year(unit: Unit, year: int = 2024, **fields: Any) -> UnitYear:
    return UnitYear.objects.create(unit=unit, year=year, **({"stage": "building"} | fields))


def workbook_import(
    assessment: Assessment, by: User, answers: dict[str, Any] | None = None, notes: dict[str, str] | None = None
) -> WorkbookImport:
    """A worksheet that waits for its decision, without a stamp: raw answers and notes by question."""
    content = {
        "sheet": "LKE",
        "stamp": None,
        "stamped": False,
        "answers": answers or {},
        "cells": dict.fromkeys(answers or {}, "K1"),
        "notes": {code: {"cell": "O1", "text": text} for code, text in (notes or {}).items()},
        "proofs": {},
        "problems": [],
        "leftovers": [],
        "missing": [],
        "rows": 137,
        "placed": 137,
    }
    return WorkbookImport.objects.create(
        assessment=assessment,
        file="imports/00/uji",
        original_name="lke uji.xlsx",
        sha256="0" * 64,
        content=content,
        uploaded_by=by,
        uploaded_at=timezone.now(),
    )
