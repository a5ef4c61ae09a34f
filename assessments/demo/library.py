"""The evidence of a unit in 2024: a dozen documents, most of them real small files, each used by several questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from assessments.demo.dice import dice
from assessments.demo.papers import paper
from assessments.demo.people import Crew
from assessments.demo.places import AgencyPlan, UnitPlan
from assessments.demo.quarters import YEAR
from assessments.demo.shelf import Shelf, named_uuid, sha256_of
from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.models.evidence import evidence_path
from units.models import Unit, User

LINK = "link"
USE_RATE = 0.6
WITHDRAWN_RATE = 0.25
REVISED_RATE = 0.3


@dataclass(frozen=True, slots=True)
class Document:
    """A document that every unit has: how its file is called, and the questions that it supports (by prefix)."""

    key: str
    kind: str
    title: str
    prefixes: tuple[str, ...]


DOCUMENTS = (
    Document("sk-tim-kerja-zi", "pdf", "SK Tim Kerja Pembangunan ZI 2024", ("A.I.1.i.", "A.I.1.iv.b")),
    Document(
        "rencana-kerja-zi", "docx", "Rencana Kerja Pembangunan ZI 2024", ("A.I.1.ii.a", "A.I.1.ii.b", "A.II.1.ii")
    ),
    Document("monev-zi", "pdf", "Laporan Monev Pembangunan ZI", ("A.I.1.iii.",)),
    Document(
        "foto-sosialisasi", "jpg", "Foto Sosialisasi ZI dan Antigratifikasi", ("A.I.1.ii.c", "A.I.1.iv.a", "A.I.5.i.a")
    ),
    Document("agen-perubahan", "xlsx", "Rekap Perubahan oleh Agen Perubahan", ("A.I.1.iv.", "A.II.1.")),
    Document("daftar-sop", "xlsx", "Daftar SOP dan Peta Proses Bisnis", ("A.I.2.i.", "A.II.2.i.")),
    Document(
        "aplikasi-layanan",
        "png",
        "Tangkapan Layar Aplikasi Layanan",
        ("A.I.2.ii.", "A.II.2.ii", "A.II.2.iii", "A.I.6.v."),
    ),
    Document("laman-ppid", LINK, "Laman PPID", ("A.I.2.iii.", "A.I.6.ii.b")),
    Document("rekap-kepegawaian", "xlsx", "Rekap Kepegawaian dan Disiplin", ("A.I.3.i", "A.I.3.v", "A.II.3.")),
    Document(
        "perjanjian-kinerja",
        "pdf",
        "Perjanjian Kinerja dan Laporan Kinerja",
        ("A.I.3.iv.", "A.I.4.", "A.II.4.", "B.I.b"),
    ),
    Document("register-risiko", "xlsx", "Register Risiko dan RTP", ("A.I.5.ii.", "A.I.5.v.", "A.II.5.i.")),
    Document(
        "rekap-pengaduan",
        "xlsx",
        "Rekap Pengaduan Masyarakat",
        ("A.I.5.iii.", "A.I.5.iv.", "A.I.6.iii.", "A.II.5.ii.", "A.II.6.ii."),
    ),
    Document("rekap-lhkpn", "pdf", "Rekap LHKPN dan LHKASN", ("A.II.5.iii.",)),
    Document("standar-pelayanan", "docx", "Standar dan Maklumat Pelayanan", ("A.I.6.i.", "A.I.6.ii.", "A.II.6.i.")),
    Document("laporan-survei", "pdf", "Laporan Survei IPAK dan IPKP", ("B.I.a", "B.II.a", "A.I.6.iv.")),
)


@dataclass
class Library:
    """Rows of evidence, collected before they are stored together; `stored` counts the records that have been."""

    shelf: Shelf
    records: list[Evidence] = field(default_factory=list)
    files: list[EvidenceFile] = field(default_factory=list)
    uses: list[EvidenceUse] = field(default_factory=list)
    stored: int = 0

    def of_unit(
        self, plan: AgencyPlan, item: UnitPlan, unit: Unit, owner: User, since: datetime
    ) -> dict[str, Evidence]:
        """The unit's documents by key; some units lack one or two."""
        chance = dice(plan.code, item.code, "library")
        lacking = {document.key for document in chance.sample(DOCUMENTS, chance.choice((0, 1, 1, 2)))}
        found = {}
        for number, document in enumerate(DOCUMENTS):
            at = since + timedelta(hours=9, minutes=11 * number)
            if document.key not in lacking:
                found[document.key] = self._record(plan, item, unit, document, owner, at)
        if chance.random() < WITHDRAWN_RATE:
            record = self._record(plan, item, unit, WITHDRAWN, owner, since + timedelta(hours=8))
            record.withdrawn_at, record.withdrawn_by = since + timedelta(days=2, hours=9), owner
            record.withdrawn_reason = "Berkas tahun sebelumnya; diganti dokumen 2024."
            found[WITHDRAWN.key] = record
        return found

    def use(
        self,
        assessment: Assessment,
        documents: Mapping[str, Evidence],
        questions: Mapping[str, int],
        crew: Crew,
        at: datetime,
    ) -> None:
        """Attach the documents to the answered questions (`questions`: code -> id) that they support."""
        chance = dice(assessment.unit.agency.code, assessment.unit.code, assessment.period.quarter, "uses")
        for document in (*DOCUMENTS, WITHDRAWN):
            record = documents.get(document.key)
            for code in _supported(document, questions) if record else ():
                if chance.random() < USE_RATE:
                    self.uses.append(
                        EvidenceUse(
                            evidence=record,
                            assessment=assessment,
                            question_id=questions[code],
                            attached_by=crew.operators[0],
                            attached_at=at,
                        )
                    )

    def store(self) -> None:
        Evidence.objects.bulk_create(self.records)
        EvidenceFile.objects.bulk_create(self.files)
        EvidenceUse.objects.bulk_create(self.uses)
        self.stored += len(self.records)
        self.records.clear()
        self.files.clear()
        self.uses.clear()

    def _record(
        self, plan: AgencyPlan, item: UnitPlan, unit: Unit, document: Document, owner: User, at: datetime
    ) -> Evidence:
        is_link = document.kind == LINK
        chance = dice(plan.code, item.code, document.key)
        record = Evidence(
            uuid=named_uuid(plan.code, item.code, document.key),
            unit=unit,
            year=YEAR,
            kind=Evidence.Kind.LINK if is_link else Evidence.Kind.FILE,
            title=document.title,
            url=f"https://{item.code}.{plan.code}.contoh.example/{document.key}" if is_link else "",
            document_number="" if is_link else f"{chance.randint(1, 90):03d}/CONTOH/{YEAR}",
            document_date=None if is_link else date(YEAR, chance.randint(1, 3), chance.randint(2, 28)),
            created_by=owner,
            created_at=at,
        )
        self.records.append(record)
        revisions = 2 if chance.random() < REVISED_RATE else 1
        for revision in range(1, revisions + 1) if not is_link else ():
            self.files.append(self._file(record, document, (plan.name, item.name), revision, owner, at))
        return record

    def _file(
        self, record: Evidence, document: Document, place: tuple[str, str], revision: int, owner: User, at: datetime
    ) -> EvidenceFile:
        lines = (*place, f"Nomor {record.document_number}", f"Tanggal {record.document_date}", f"Revisi {revision}")
        content = paper(document.kind, document.title, lines)
        row = EvidenceFile(
            uuid=named_uuid(record.uuid, revision),
            evidence=record,
            revision=revision,
            original_name=f"{document.key}{f'-rev{revision}' if revision > 1 else ''}.{document.kind}",
            kind=document.kind,
            size=len(content),
            sha256=sha256_of(content),
            uploaded_by=owner,
            uploaded_at=at + timedelta(days=revision - 1),
        )
        row.file.name = self.shelf.put(evidence_path(row, row.original_name), content)
        return row


WITHDRAWN = Document("sk-tim-kerja-lama", "pdf", "SK Tim Kerja Pembangunan ZI 2023", ("A.I.1.i.a",))


def _supported(document: Document, codes: Iterable[str]) -> list[str]:
    return [code for code in codes if code.startswith(document.prefixes)]
