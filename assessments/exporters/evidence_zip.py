"""A unit's evidence as a ZIP laid out like the LKE: area / sub-area / question / files, an index and a list of hashes.

The bytes are read from storage while the ZIP is sent, so that memory does not grow with it. Names are made for
Windows, which is the strictest reader: no reserved names, no characters that it refuses, short, and unique without
regard to case.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.template.loader import render_to_string
from django.utils import translation
from zipstream import ZIP_STORED, ZipStream

from assessments import scoring
from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.queries.evidence import in_force
from assessments.queries.instruments import stored_instrument

CHUNK_BYTES = 256 * 1024
FOLDER_MAX = 48
QUESTION_MAX = 40
FILE_MAX = 80
INDEX, SUMS = "index.html", "SHA256SUMS.txt"
FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Packed:
    """A file with its path in the ZIP; `path` is empty where its bytes are gone, or held by the malware scan."""

    file: EvidenceFile
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Item:
    """A record under a question: its files, or its address."""

    record: Evidence
    files: tuple[Packed, ...] = ()


@dataclass(slots=True)
class Group:
    """A question with its evidence, withdrawn records apart."""

    area: scoring.Node
    subarea: scoring.Node
    question: scoring.Question
    items: list[Item] = field(default_factory=list)
    withdrawn: list[Evidence] = field(default_factory=list)


def safe_name(name: str, maximum: int = FILE_MAX) -> str:
    """A name that every file system takes; the ending stays when the name is cut."""
    shown = unicodedata.normalize("NFC", name)
    plain = "".join("_" if unicodedata.category(char)[0] == "C" else char for char in shown)
    plain = FORBIDDEN.sub("_", plain).strip().rstrip(". ")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 8:  # noqa: PLR2004 - longer than every ending we accept
        plain = f"{stem[: maximum - len(ending) - 1].rstrip('. ')}.{ending}"
    plain = plain[:maximum].rstrip(". ") or "_"
    return f"_{plain}" if RESERVED.match(plain) else plain


class Names:
    """Hands out each name of a folder once, without regard to case."""

    def __init__(self) -> None:
        self._taken: defaultdict[str, set[str]] = defaultdict(set)

    def unique(self, folder: str, name: str) -> str:
        """The path; a second `sk.pdf` becomes `sk (2).pdf`."""
        stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
        found, number = name, 1
        while found.casefold() in self._taken[folder]:
            number += 1
            mark = f" ({number})"
            found = f"{stem[: FILE_MAX - len(mark) - len(ending) - 1]}{mark}{dot}{ending}"
        self._taken[folder].add(found.casefold())
        return f"{folder}/{found}"


def groups_of(assessment: Assessment) -> Iterator[Group]:
    """Questions with evidence, in the order of the LKE; two queries."""
    stored = stored_instrument(assessment.period.instrument)
    uses = (
        EvidenceUse.objects.filter(assessment=assessment)
        .select_related("evidence__withdrawn_by")
        .prefetch_related("evidence__files")
        .order_by("attached_at", "pk")
    )
    by_question: defaultdict[str, list[Evidence]] = defaultdict(list)
    for use in uses:
        by_question[stored.codes[use.question_id]].append(use.evidence)
    names = Names()
    for subarea in stored.value.subareas:
        for question in stored.value.questions_of(subarea.code):
            if records := by_question.get(question.code):
                yield _group(stored.value, subarea, question, records, names)


def _group(
    instrument: scoring.Instrument,
    subarea: scoring.Node,
    question: scoring.Question,
    records: list[Evidence],
    names: Names,
) -> Group:
    group = Group(instrument.node(subarea.parent or subarea.code), subarea, question)
    folder = "/".join(
        safe_name(text, limit)
        for text, limit in (
            (f"{group.area.code} {group.area.name}", FOLDER_MAX),
            (f"{subarea.code} {subarea.name}", FOLDER_MAX),
            (f"{question.code} {question.text}", QUESTION_MAX),
        )
    )
    for record in records:
        if record.withdrawn_at is not None:
            group.withdrawn.append(record)
        else:
            group.items.append(Item(record, tuple(_packed(file, folder, names) for file in _files(record))))
    return group


def _files(record: Evidence) -> list[EvidenceFile]:
    return in_force(record.files.all()) if record.kind == Evidence.Kind.FILE else []


def _packed(file: EvidenceFile, folder: str, names: Names) -> Packed:
    if file.hold or not default_storage.exists(str(file.file.name)):
        return Packed(file, "")
    shown = file.label or file.original_name
    if not shown.lower().endswith(f".{file.kind}"):
        shown = f"{shown}.{file.kind}"
    return Packed(file, names.unique(folder, safe_name(shown)))


def zip_name(assessment: Assessment) -> str:
    return safe_name(f"Bukti {assessment.unit.name} {assessment.period.label}.zip", 120)


def evidence_zip(assessment: Assessment, now: datetime) -> Iterator[bytes]:
    """The ZIP piece by piece; the queries are done before the first piece."""
    groups = list(groups_of(assessment))
    packed = [item for group in groups for record in group.items for item in record.files if item.path]
    context = {"assessment": assessment, "groups": groups, "now": now, "count": len(packed), "sums": SUMS}
    with translation.override("id"):  # a document of the agency, as the reports are
        index = render_to_string("assessments/evidence_zip_index.html", context).encode()
    sums = [f"{hashlib.sha256(index).hexdigest()}  {INDEX}\n"]
    sums += [f"{item.file.sha256}  {item.path}\n" for item in packed]
    archive = ZipStream(compress_type=ZIP_STORED)  # PDF, pictures and office files are compressed already
    archive.add(index, INDEX)
    archive.add("".join(sums).encode(), SUMS)
    for item in packed:
        archive.add(bytes_of(item.file.file), item.path)
    return iter(archive)


def bytes_of(file: FieldFile) -> Iterator[bytes]:
    """A stored file, piece by piece."""
    with default_storage.open(str(file.name)) as content:
        while chunk := content.read(CHUNK_BYTES):
            yield chunk
