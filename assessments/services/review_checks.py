"""What must hold before TPI passes a worksheet on: scored, looked at again, explained, and by a second person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from assessments.models import Answer, AnswerRevision, Assessment, BlindScore, Note, TransitionRecord
from assessments.queries.answers import TPI_STAGES, Sheet, StageSheets, disagreements, same_answer, stage_sheets
from assessments.queries.asking import would_ask
from assessments.queries.changes import unit_changes
from assessments.queries.paired import unsettled
from assessments.queries.scorers import slot_of
from assessments.services.texts import has_words
from units.models import Agency, Team, User
from zi_portal.errors import Refused
from zi_portal.logs import security_event

Stage = Answer.Stage
Check = Callable[[Assessment, User], None]
# What explains a difference; a clarification only asks.
REASONS = (Note.Kind.NOTE, Note.Kind.FINDING)
SILENT_MEMBER = _("Nilai yang berbeda dari jawaban unit memerlukan catatan.")
SILENT = _("Nilai yang berbeda dari tahap sebelumnya memerlukan catatan.")


class Incomplete(Refused):
    """Something is missing first; `data`: codes of the questions concerned."""

    message = _("Masih ada yang harus dilengkapi sebelum langkah ini.")


class SecondPersonNeeded(Refused):
    """Who scored, or filled or signed for the unit, does not release (SEC-07), whatever they are today.

    `data`: codes of the questions that only the controller scored so; empty where the refusal is of the whole.
    """

    status = 403
    message = _("Penetapan final memerlukan orang kedua yang tidak menilai dan tidak mengirim penilaian ini.")


class ConflictOfInterest(Refused):
    """Who filled or sent this worksheet for the unit does not score it, wherever they work today (SEC-07)."""

    status = 403
    message = _(
        "Anda pernah mengisi atau mengirim lembar kerja ini untuk unit. Penilaiannya dilakukan oleh orang lain."
    )


class NotAssigned(Refused):
    """The worksheet is given to another member."""

    status = 403
    message = _("Lembar kerja ini ditugaskan kepada penilai lain. Ketua tim dapat memindahkan penugasannya.")


class HandedInOneByOne(Refused):
    message = _("Dua anggota menilai lembar kerja ini. Setiap anggota menyerahkan nilainya sendiri.")


@dataclass(frozen=True)
class Work:
    """What one stage leaves behind when it passes the worksheet on."""

    assessment: Assessment
    stage: Stage
    sheets: StageSheets

    @cached_property
    def done(self) -> Sheet:
        return self.sheets.settled(self.stage, empty=self.assessment.later_stages == Agency.LaterStages.EMPTY)

    @cached_property
    def own(self) -> Sheet:
        """The stage's own scores among them."""
        rows = {code: row for code, row in self.done.rows.items() if row.stage == self.stage}
        return Sheet(self.sheets.instrument, rows)

    @cached_property
    def below(self) -> Sheet:
        return self.sheets.below(self.stage)

    def missing(self) -> list[str]:
        return [code for code in self.sheets.instrument.question_ids if code not in self.done.rows]

    def outdated(self) -> list[str]:
        """Scores that are older than what they judge: the unit's answer and evidence, the score of the stage before."""
        moments = unit_changes(self.assessment, self.sheets.unit)
        found = {code for code, row in self.done.rows.items() if code in moments and moments[code] > row.updated_at}
        for code, row in self.own.rows.items():
            judged = self.below.rows.get(code)
            if judged is not None and judged.updated_at > row.updated_at:
                found.add(code)
        return self._in_order(found)

    def silent(self) -> list[str]:
        """Differences without the note that explains them.

        A stage explains where it differs from the one before; and nothing differs from the unit without any note.
        """
        found = set(disagreements(self.below, self.own))
        if self.stage != Stage.MEMBER:
            found |= self.own.rows.keys() - self.below.rows.keys()
        by_anybody, by_stage = self._explained()
        found -= by_stage
        found |= set(disagreements(self.sheets.unit, self.done)) - by_anybody
        return self._in_order(found)

    def _explained(self) -> tuple[set[str], set[str]]:
        """Codes with a note of TPI in words; codes with one of this stage, or a finding of a visit."""
        notes = Note.objects.filter(assessment=self.assessment, stage__in=TPI_STAGES, kind__in=REASONS)
        codes = self.sheets.instrument.codes
        by_anybody, by_stage = set(), set()
        for question_id, stage, kind, text in notes.order_by().values_list("question_id", "stage", "kind", "text"):
            if not has_words(text):
                continue
            by_anybody.add(codes[question_id])
            if stage == self.stage or kind == Note.Kind.FINDING:
                by_stage.add(codes[question_id])
        return by_anybody, by_stage

    def _in_order(self, codes: Iterable[str]) -> list[str]:
        wanted = set(codes)
        return [code for code in self.sheets.instrument.question_ids if code in wanted]


def work_done_at(stage: Stage) -> Check:
    """Every question is settled at this stage, nothing of it is outdated, and every difference is explained."""

    def check(assessment: Assessment, actor: User) -> None:  # noqa: ARG001 - a check's signature
        work = Work(assessment, stage, stage_sheets(assessment, names=False))
        if stage == Stage.LEAD and (codes := list(unsettled(assessment, work.sheets))):
            message = _("Dua penilai masih berbeda. Tetapkan nilai yang disepakati.")
            raise Incomplete(message, codes=codes)
        if codes := work.missing():
            raise Incomplete(_("Masih ada pertanyaan yang belum dinilai."), codes=codes)
        if codes := work.outdated():
            message = _(
                "Jawaban, bukti, atau nilai tahap sebelumnya berubah sesudah dinilai. Periksa dan nilai kembali."
            )
            raise Incomplete(message, codes=codes)
        if codes := work.silent():
            raise Incomplete(SILENT_MEMBER if stage == Stage.MEMBER else SILENT, codes=codes)

    return check


def has_note_for_release(assessment: Assessment, actor: User) -> None:  # noqa: ARG001 - a check's signature
    if not would_ask(assessment):
        raise Incomplete(_("Tandai sekurang-kurangnya satu catatan untuk disampaikan kepada unit."), codes=[])


def one_scores(assessment: Assessment, actor: User) -> None:  # noqa: ARG001 - a check's signature
    """Where two score blind, each hands in; nobody passes the worksheet on for both (services/paired.py)."""
    if assessment.scoring == Team.Scoring.PAIRED:
        raise HandedInOneByOne


def is_given_to(assessment: Assessment, actor: User) -> None:
    """Members score what is given to them, and nothing that they filled or sent themselves."""
    refuse_party(assessment, actor)
    if slot_of(actor, assessment) is None:
        raise NotAssigned


def party(actor: User) -> Q:
    """A fact for `transitions.lock`: whether this person filled or sent the worksheet for the unit."""
    here = {"assessment": OuterRef("pk")}
    filled = Answer.objects.filter(**here, stage=Stage.UNIT, updated_by=actor)
    earlier = AnswerRevision.objects.filter(
        answer__assessment=OuterRef("pk"), answer__stage=Stage.UNIT, by=actor
    ).order_by()
    sent = TransitionRecord.objects.filter(**here, action="submit", actor=actor).order_by()
    return Q(Exists(filled)) | Q(Exists(earlier)) | Q(Exists(sent))


def refuse_party(assessment: Assessment, actor: User) -> None:
    """One query."""
    if Assessment.objects.filter(party(actor), pk=assessment.pk).exists():
        refuse_conflict(assessment, actor)


def refuse_conflict(assessment: Assessment, actor: User) -> NoReturn:
    """A refusal for conflict of interest is an event that operators see (SEC-07)."""
    security_event("authz_fail", None, reason="conflict of interest", person=actor.pk, unit=assessment.unit_id)
    raise ConflictOfInterest


def second_person(assessment: Assessment, actor: User) -> None:
    """Nobody releases what they filled, sent or scored themselves.

    A controller may have scored as the last stage: where that is what somebody else gave too, two people stand behind
    the score. Where nobody else did, another controller releases, or the lead takes the score over first.
    """
    wrote = Answer.every.filter(assessment=assessment, updated_by=actor).exclude(stage=Stage.CONTROLLER)
    earlier = AnswerRevision.objects.filter(answer__assessment=assessment, by=actor)
    blind = BlindScore.objects.filter(assessment=assessment, updated_by=actor)
    sent = TransitionRecord.objects.filter(assessment=assessment, action="submit", actor=actor)
    acts = (wrote, earlier.exclude(answer__stage=Stage.CONTROLLER), blind, sent)
    if assessment.submitted_by_id == actor.pk or any(rows.exists() for rows in acts):
        _refuse_alone(assessment, actor, SecondPersonNeeded(codes=[]))
    if codes := _alone(assessment, actor):
        message = _("Nilai berikut hanya diberikan oleh Anda. Penetapan final memerlukan orang kedua.")
        _refuse_alone(assessment, actor, SecondPersonNeeded(message, codes=codes))


def _refuse_alone(assessment: Assessment, actor: User, refusal: SecondPersonNeeded) -> NoReturn:
    security_event("authz_fail", None, reason="second person needed", person=actor.pk, unit=assessment.unit_id)
    raise refusal


def _alone(assessment: Assessment, actor: User) -> list[str]:
    """Questions where the controller's score is in force and nobody before gave the same."""
    sheets = stage_sheets(assessment, names=False)
    below, questions = sheets.below(Stage.CONTROLLER), sheets.instrument.value
    given, judged = sheets.tpi.values, below.values
    return [
        code
        for code, row in sheets.tpi.rows.items()
        if row.stage == Stage.CONTROLLER
        and row.updated_by_id == actor.pk
        and not (code in below.rows and same_answer(questions.question(code), judged.get(code), given.get(code)))
    ]
