"""Where a lead or a controller scores otherwise than the stage before, with the reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from assessments.demo.deeds import Course, Deed
from assessments.demo.quarters import LIVE
from assessments.demo.sheets import Raw
from assessments.models import Answer
from assessments.queries.answers import StageSheets, stage_sheets
from assessments.services.evaluation import Given, ScoreDraft, save_score
from assessments.services.notes import NoteDraft
from assessments.services.transitions import Action

Stage = Answer.Stage


def as_unit(sheets: StageSheets, code: str) -> Raw:
    return sheets.unit.rows[code].raw


def as_controller(sheets: StageSheets, code: str) -> Raw:
    return sheets.of(Stage.CONTROLLER).rows[code].raw


def one_lower(sheets: StageSheets, code: str) -> Raw:
    """The option below the score that stands."""
    labels = [option.label for option in sheets.instrument.value.question(code).options]
    return labels[labels.index(sheets.tpi.rows[code].raw) + 1]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A score of one question; `text` is the note, empty where it needs none."""

    code: str
    choose: Callable[[StageSheets, str], Raw]
    text: str = ""
    for_release: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a stage scores after an action, the nth of its kind from 0, and before the next step."""

    after: Action
    stage: Stage
    judgements: tuple[Judgement, ...]
    nth: int = 0


HALF_DONE = "Tindak lanjut SKM baru berupa rencana; belum ada bukti pelaksanaannya."
# (Unit, quarter) of Kalimantan Tengah. Of the last one the lead takes the score over when it comes back.
LOOKS = {
    ("rsud-doris-sylvanus", LIVE): (
        Look(
            Action.TO_LEAD,
            Stage.LEAD,
            (
                Judgement(
                    "A.I.2.i.b",
                    as_unit,
                    "Empat SOP diambil sebagai sampel dan terbukti diterapkan di semua bidang.",
                    for_release=True,
                ),
                Judgement(
                    "A.I.5.v.b",
                    one_lower,
                    "Sosialisasi benturan kepentingan baru diikuti pejabat struktural. Sertakan pegawai lainnya.",
                    for_release=True,
                ),
                Judgement(
                    "A.I.6.ii.f", one_lower, "Inovasi berjalan, tetapi belum ada bukti bahwa unit lain memakainya."
                ),
                Judgement(
                    "A.II.1.i.a",
                    as_unit,
                    "Perubahan yang semula tidak dihitung terbukti pada laporan Agen Perubahan.",
                    for_release=True,
                ),
            ),
        ),
    ),
    ("unit-contoh-8", LIVE): (
        Look(
            Action.TO_CONTROLLER,
            Stage.CONTROLLER,
            (Judgement("A.I.6.iv.c", one_lower, HALF_DONE, for_release=True),),
        ),
        Look(
            Action.BACK_TO_LEAD,
            Stage.LEAD,
            (
                Judgement(
                    "A.I.6.iv.c",
                    as_controller,
                    "Sudah diperiksa kembali bersama anggota; sependapat dengan pengendali teknis.",
                ),
            ),
        ),
        Look(Action.TO_CONTROLLER, Stage.CONTROLLER, (Judgement("A.I.6.iv.c", as_controller),), nth=1),
    ),
}


def looks_in(course: Course) -> Iterator[Deed]:
    """All scores of later stages that a worksheet gets."""
    for look in LOOKS.get((course.assessment.unit.code, course.assessment.period.quarter), ()):
        for item, at in zip(look.judgements, course.after(look.after, look.nth, len(look.judgements)), strict=True):
            yield Deed(at, partial(_score, course, look.stage, item))


def _score(course: Course, stage: Stage, item: Judgement, at: datetime) -> None:
    sheets = stage_sheets(course.assessment)
    before = sheets.of(stage).rows.get(item.code)
    draft = ScoreDraft(
        score=Given(item.choose(sheets, item.code)),
        version=before.version if before else 0,
        note=NoteDraft(item.text, item.for_release) if item.text else None,
    )
    actor = course.crew.lead if stage == Stage.LEAD else course.crew.controller
    save_score(assessment=course.assessment, code=item.code, actor=actor, draft=draft, now=at)
