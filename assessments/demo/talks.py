"""What TPI and units say to each other in threads: clarifications before scoring, answers to released notes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from assessments.demo.deeds import Course, Deed
from assessments.demo.quarters import LIVE
from assessments.models import Assessment, Note
from assessments.services.threads import Words, answer, clarify, close, reply
from assessments.services.transitions import Action

UNIT, MEMBER, LEAD = "unit", "member", "lead"


@dataclass(frozen=True, slots=True)
class Said:
    """One contribution; without a text the thread is closed.

    `on` is the code of a question that is clarified, or a number: which of the released notes, in the order of the
    worksheet from 0.
    """

    on: str | int
    by: str
    text: str = ""
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What is said after an action, the nth of its kind from 0, and before the next step."""

    after: Action
    lines: tuple[Said, ...]
    nth: int = 0


# (Unit, quarter) of Kalimantan Tengah.
TALKS = {
    ("labkes-kalibrasi", LIVE - 1): (
        Talk(
            Action.RETURN,
            (
                Said(1, UNIT, "Tautannya sudah diganti dengan berkas PDF pada pertanyaan ini."),
                Said(0, UNIT, "Bukti bulan Juli dan Agustus sudah ditambahkan."),
                Said(2, UNIT, "Apakah daftar hadir sudah cukup, atau perlu laporan singkat juga?"),
                Said(2, MEMBER, "Daftar hadir cukup bila memuat tanggal dan tempat kegiatan."),
                Said(2, UNIT, "Baik, daftar hadir yang lengkap sudah diunggah."),
            ),
        ),
        Talk(
            Action.START,
            (
                Said(1, MEMBER),
                Said(2, LEAD, "Daftar hadir sudah saya cocokkan dengan surat undangannya.", is_internal=True),
                Said(2, MEMBER),
            ),
            nth=1,
        ),
    ),
    ("labkes-kalibrasi", LIVE): (
        Talk(
            Action.START,
            (
                Said(
                    "A.I.6.ii.e",
                    MEMBER,
                    "Apakah loket terpadu juga melayani kalibrasi alat, atau hanya pemeriksaan laboratorium?",
                ),
                Said("A.I.6.ii.e", UNIT, "Keduanya. Loket kalibrasi berada di ruang yang sama sejak bulan Februari."),
                Said("A.I.6.ii.e", MEMBER),
            ),
        ),
        Talk(
            Action.RETURN,
            (
                Said(0, UNIT, "Dokumen sedang ditandatangani pimpinan dan diunggah sebelum LKE dikirim lagi."),
                Said(1, UNIT, "Apakah rekap triwulan ini cukup sebagai bukti, atau perlu notulen juga?"),
                Said(1, MEMBER, "Rekap sudah cukup bila ditandatangani; notulen tidak perlu."),
                Said(1, UNIT, "Baik, rekap yang ditandatangani sudah diunggah."),
                Said(2, LEAD, "Mohon diperiksa kembali bersama saat LKE dikirim lagi.", is_internal=True),
                Said(1, MEMBER),
            ),
        ),
    ),
    ("unit-contoh-1", LIVE): (
        Talk(
            Action.START,
            (
                Said(
                    "A.II.5.ii.a",
                    MEMBER,
                    "Adakah pengaduan yang masih diproses dan sudah lewat batas penyelesaiannya?",
                ),
                Said(
                    "A.I.3.i.b",
                    MEMBER,
                    "Berapa pegawai hasil rekrutmen yang ditempatkan tahun ini, dan pada jabatan apa?",
                ),
                Said(
                    "A.II.5.ii.a",
                    UNIT,
                    "Tidak ada. Semua yang masih diproses diterima bulan ini, sesuai rekap pengaduan.",
                ),
            ),
        ),
    ),
}


def talks_in(course: Course) -> Iterator[Deed]:
    """All that is said about a worksheet."""
    for talk in TALKS.get((course.assessment.unit.code, course.assessment.period.quarter), ()):
        for line, at in zip(talk.lines, course.after(talk.after, talk.nth, len(talk.lines)), strict=True):
            yield Deed(at, partial(_say, course, line))


def _say(course: Course, said: Said, at: datetime) -> None:
    assessment, crew = course.assessment, course.crew
    actor = {UNIT: crew.operators[0], MEMBER: crew.members[0], LEAD: crew.lead}[said.by]
    note, words = _note(assessment, said.on), Words(said.text)
    if note is None:
        clarify(assessment=assessment, code=str(said.on), words=words, actor=actor, now=at)
    elif not said.text:
        last = note.messages.order_by("pk").last()
        close(assessment=assessment, note=note, seen=last.pk if last else 0, actor=actor, now=at)
    elif said.by == UNIT:
        answer(assessment=assessment, note=note, words=words, actor=actor, now=at)
    else:
        reply(assessment=assessment, note=note, words=words, is_internal=said.is_internal, actor=actor, now=at)


def _note(assessment: Assessment, which: str | int) -> Note | None:
    """The thread that is meant; None where a clarification has yet to be asked."""
    if isinstance(which, str):
        asked = Note.objects.filter(assessment=assessment, question__code=which, kind=Note.Kind.CLARIFICATION)
        return asked.order_by("pk").last()
    given = Note.objects.filter(assessment=assessment, released_at__isnull=False, kind=Note.Kind.NOTE)
    return given.order_by("question__position", "pk")[which]
