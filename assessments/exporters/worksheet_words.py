"""Texts of the exported worksheet, in the language of the form: Indonesian, whatever the language of the screen."""

from collections.abc import Sequence
from typing import Final

from django.urls import reverse

from assessments.models import Note
from assessments.queries.workbook import Proof
from assessments.reports.wording import GATE_NAMES
from assessments.scoring.instrument import Question
from assessments.scoring.kinds import AREA_PREFIX, Scale
from assessments.scoring.structure import Instrument

LIST_ROOM: Final = 30_000  # characters; a cell holds 32,767
ANSWER_TYPES: Final = {
    Scale.YES_NO: "Ya/Tidak",
    Scale.ABC: "A/B/C",
    Scale.ABCD: "A/B/C/D",
    Scale.ABCDE: "A/B/C/D/E",
    Scale.RATIO: "%",
    Scale.INDEX: "Nilai (0-4)",
}


def answer_type(question: Question) -> str:
    return ANSWER_TYPES[question.scale]


def criteria(question: Question) -> str:
    """When each option applies, or how the number comes about."""
    lines = [f"{option.label}: {option.criterion}" for option in question.options if option.criterion]
    lines.append(question.criterion)
    if question.zero_denominator is not None:
        lines.append(f"Penyebut 0: {question.zero_denominator.note}")
    lines.append(question.help)
    return "\n".join(line for line in lines if line)


def evidence_names(proofs: Sequence[Proof]) -> str:
    return listed([f"{proof.title} ({proof.number})" if proof.number else proof.title for proof in proofs])


def evidence_links(proofs: Sequence[Proof], site: str) -> str:
    """Web addresses: of links as they are, of files where the portal shows them."""
    lines = []
    for proof in proofs:
        lines.extend([proof.url] if proof.url else [])
        lines.extend(site + reverse("evidence_view", kwargs={"file": file.uuid}) for file in proof.files)
    return listed(lines)


def note_text(notes: Sequence[Note]) -> str:
    """TPI's notes of all rounds, oldest first; those that the unit will not get are marked."""
    many = len(notes) > 1
    return listed(
        [
            (f"Putaran {note.round}: " if many else "")
            + ("" if note.for_release or note.released_at else "(internal) ")
            + note.text
            for note in notes
        ]
    )


def listed(lines: Sequence[str]) -> str:
    """One entry a line, as many whole ones as a cell has room for; the last line says how many are left out."""
    kept: list[str] = []
    room = LIST_ROOM
    for line in lines:
        room -= len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1
        if room < 0 and kept:
            kept.append(f"(dan {len(lines) - len(kept)} lagi, lihat portal)")
            break
        kept.append(line)
    return "\n".join(kept)


def gate_name(instrument: Instrument, key: str) -> str:
    if not key.startswith(AREA_PREFIX):
        return GATE_NAMES[key]
    number = int(key.removeprefix(AREA_PREFIX))
    return f"Area {number}: {instrument.areas[number - 1].name}"


def node_names(instrument: Instrument) -> dict[str, str]:
    """Names of components, of the parts of hasil and of its items."""
    names = {node.code: node.name for node in instrument.nodes}
    return names | {item.code: GATE_NAMES.get(item.code, item.text) for item in instrument.questions}
