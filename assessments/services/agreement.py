"""The lead settles what two members see differently, always with a reason."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment
from assessments.queries.paired import differing, is_blind, is_paired
from assessments.services.evaluation import Saved, ScoreDraft, ScoreMissing, save_score
from assessments.services.texts import has_words
from units.models import User
from zi_portal.errors import Refused


class NotPaired(Refused):
    message = _("Lembar kerja ini dinilai oleh satu anggota, sehingga tidak ada selisih antarpenilai.")


class StillBlind(Refused):
    """Not even that one of them is in is told."""

    message = _("Selisih ditampilkan sesudah kedua penilai menyerahkan nilainya.")


class NothingToAgree(Refused):
    message = _("Kedua penilai memberi nilai yang sama pada pertanyaan ini. Ubah nilainya lewat meja penilaian.")


class ReasonForAgreement(Refused):
    status = 422
    message = _("Tuliskan alasan nilai yang disepakati.")


def settle(*, assessment: Assessment, code: str, actor: User, draft: ScoreDraft, now: datetime) -> Saved:
    """The agreed score of a question on which two members differ, in the lead's own row, with the reason as its note.

    Raises NotPaired, StillBlind, NothingToAgree, ReasonForAgreement, ScoreMissing, and what save_score raises.
    """
    if not is_paired(assessment):
        raise NotPaired
    if is_blind(assessment):
        raise StillBlind
    if code not in differing(assessment):
        raise NothingToAgree
    if draft.score is None:
        raise ScoreMissing
    if draft.note is None or not has_words(draft.note.text):
        raise ReasonForAgreement
    return save_score(assessment=assessment, code=code, actor=actor, draft=draft, now=now)
