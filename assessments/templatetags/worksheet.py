"""Words and numbers of the unit's pages."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django import template
from django.urls import reverse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from assessments import scoring
from assessments.forms.evidence import upload_limits
from assessments.models import Assessment, Period
from assessments.models.period import ROMAN
from assessments.queries.checks import DatedEvidence, Finding
from assessments.queries.progress import UnitWork
from units.models import Agency
from units.templatetags.components import number_text

register = template.Library()

SIGNS = {"*": "\N{MULTIPLICATION SIGN}", "/": ":"}
CALCULATION_PLACES = 4


@register.filter
def anchor(code: str) -> str:
    """The id of a question on its page: `A.I.1.i.a` is `p-A-I-1-i-a`."""
    return f"p-{code.replace('.', '-')}"


@register.simple_tag
def at(name: str, assessment: Assessment, *args: object) -> str:
    """The address of a page of this assessment: `{% at "worksheet" assessment node.code %}`."""
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *args))


@register.simple_tag
def question_url(assessment: Assessment, code: str) -> str:
    """The question on its page."""
    node = code.rpartition(".")[0]
    return f"{at('worksheet', assessment, node)}#{anchor(code)}"


@register.simple_tag
def explain_url(assessment: Assessment, key: str, side: str = "unit") -> str:
    """Where a number is explained; `side` is whose number it is, `unit` or `tpi`."""
    return f"{at('explain', assessment, key)}?sisi={side}"


@register.simple_tag
def clock(moment: datetime, agency: Agency) -> str:
    """`14.03 WIB`, in the agency's zone."""
    return f"{formats.date_format(moment.astimezone(agency.tz), 'TIME_FORMAT')} {agency.zone_label}"


@register.simple_tag
def moment(when: datetime, agency: Agency) -> str:
    """`3 Juni 2024 14.03 WIB`, in the agency's zone."""
    local = when.astimezone(agency.tz)
    return f"{formats.date_format(local, 'DATE_FORMAT')} {clock(when, agency)}"


@register.simple_tag
def question_text(work: UnitWork, code: str) -> str:
    return work.sheet.instrument.value.question(code).text


@register.simple_tag
def limits() -> dict[str, Any]:
    """What may be uploaded."""
    return upload_limits()


@register.filter
def file_size(size: int) -> str:
    """`340 KB`, `1,2 MB`."""
    kilobyte = 1024
    if size < kilobyte * kilobyte:
        return f"{max(1, round(size / kilobyte))} KB"
    return f"{number_text(Fraction(size, kilobyte * kilobyte), 1)} MB"


@register.filter
def signed(value: Fraction) -> str:
    """`+0,25`, or with a minus sign: a difference with its sign, in two places."""
    return number_text(value, sign=True)


@register.inclusion_tag("assessments/_live.html")
def live_result(
    question: scoring.Question, answer: scoring.Answer | None, result: scoring.QuestionScore
) -> dict[str, Any]:
    """What the numbers of a computed question give: sums, equation, value and points."""
    given = _given(answer)
    return {
        "question": question,
        "score": result,
        "started": bool(given),
        "sums": [(item.label, _derived(item, given)) for item in question.derived],
        "equation": _equation(question, given) if result.answered and not result.zero_denominator_used else "",
        "zero_note": question.zero_denominator.note
        if result.zero_denominator_used and question.zero_denominator
        else "",
        "maximum": number_text(result.maximum),
    }


def _given(answer: scoring.Answer | None) -> dict[str, Fraction]:
    if isinstance(answer, scoring.Counts):
        return {key: Fraction(count) for key, count in answer.values.items()}
    if isinstance(answer, scoring.Index) and answer.value is not None:
        return {"index": Fraction(answer.value)}
    return {}


def _derived(item: scoring.Derived, given: Mapping[str, Fraction]) -> str:
    return number_text(item.formula.evaluate(given), 0) if item.formula.names <= given.keys() else ""


def _equation(question: scoring.Question, given: Mapping[str, Fraction]) -> str:
    """`3 : 4 = 0,75`."""
    if question.formula is None:
        return ""
    pieces = [
        SIGNS.get(piece, piece) if isinstance(piece, str) else short(piece) for piece in question.formula.filled(given)
    ]
    outcome = question.formula.evaluate(given)
    exact = Fraction(scoring.round_half_up(outcome, CALCULATION_PLACES)) == outcome
    words = " ".join(pieces).replace("( ", "(").replace(" )", ")")
    return f"{words} {'=' if exact else '≈'} {short(outcome)}"


def short(number: Fraction) -> str:
    """At most four decimals, without trailing zeros."""
    return number_text(scoring.plain(scoring.round_half_up(number, CALCULATION_PLACES)))


@register.inclusion_tag("assessments/_answer_text.html")
def answer_text(question: scoring.Question, raw: object, note: str = "") -> dict[str, Any]:
    """An answer in words: the option with its criterion, or each number with its label; nothing typed is changed."""
    option = next((item for item in question.options if item.label == raw), None)
    numbers = raw if isinstance(raw, Mapping) else {"index": raw} if question.inputs and raw else {}
    pairs = [(item.label, str(numbers.get(item.key) or "").replace(".", ",")) for item in question.inputs]
    return {"option": option, "pairs": pairs, "empty": not raw, "note": note}


@register.inclusion_tag("components/breadcrumbs.html")
def unit_crumbs(assessment: Assessment, title: str | Promise = "") -> dict[str, Any]:
    """The way to a page of an assessment; without `title` to its home."""
    home = f"{assessment.unit.name}, {assessment.period.label}"
    last = [(home, at("unit_home", assessment)), (title, "")] if title else [(home, "")]
    return {"items": [(_("Daftar LKE"), reverse("assessment_list")), *last]}


@register.filter
def lock_words(lock: str, assessment: Assessment) -> str:
    """Why a worksheet cannot be edited here, and who can change that (UX-13)."""
    agency, period = assessment.unit.agency, assessment.period
    deadline = assessment.window.deadline(assessment.state)
    words = {
        "role": _("Anda membaca LKE ini. Yang mengisinya adalah operator dan kepala unit."),
        "area": _("Area ini diisi pokja lain. Administrator instansi dapat mengubah pembagian area."),
        "review": _(
            "LKE ini sudah dikirim dan sedang dinilai TPI, sehingga isiannya terkunci. "
            "Isian terbuka lagi bila pengendali teknis TPI mengembalikannya."
        ),
        "final": _("Penilaian ini sudah final. Hanya Inspektur yang dapat membukanya kembali, dengan alasan."),
        "early": _("Pengisian dibuka pada %(moment)s.") % {"moment": moment(period.fill_from, agency)},
        "late": _("Masa pengisian berakhir pada %(moment)s. Inspektur dapat memperpanjangnya untuk unit ini.")
        % {"moment": moment(deadline, agency)},
        "not_noted": _(
            "Pertanyaan ini terkunci: pada putaran perbaikan hanya pertanyaan yang diberi catatan TPI yang terbuka."
        ),
    }
    return words[lock]


@register.simple_tag
def finding_words(finding: Finding) -> str | Promise:
    """A contradiction in one sentence."""
    numbers = [number_text(Fraction(number), 0) for number in finding.numbers]
    if finding.kind == "exceeds":
        return _("%(small)s (%(first)s) melebihi %(large)s (%(second)s).") % {
            "small": finding.labels[0],
            "first": numbers[0],
            "large": finding.labels[1],
            "second": numbers[1],
        }
    if finding.kind == "together":
        return _("%(one)s (%(first)s) dan %(other)s (%(second)s) bersama-sama melebihi %(whole)s (%(third)s).") % {
            "one": finding.labels[0],
            "first": numbers[0],
            "other": finding.labels[1],
            "second": numbers[1],
            "whole": finding.labels[2],
            "third": numbers[2],
        }
    if finding.kind == "differs":
        return _("%(label)s di sini %(second)s, sedangkan pada %(other)s %(first)s.") % {
            "label": finding.labels[0],
            "first": numbers[0],
            "second": numbers[1],
            "other": finding.other,
        }
    if finding.kind == "few_respondents":
        return _("Responden %(first)s orang; survei memerlukan paling sedikit %(second)s orang.") % {
            "first": numbers[0],
            "second": numbers[1],
        }
    return _("Jumlah responden belum diisi; survei memerlukan paling sedikit %(first)s orang.") % {"first": numbers[0]}


@register.simple_tag
def dated_words(item: DatedEvidence, period: Period) -> str:
    """What the dates of a record say against it, in one sentence."""
    record = item.record
    if item.kind == "old" and record.document_date is not None:
        return _("%(title)s bertanggal %(date)s, sebelum tahun %(year)s.") % {
            "title": record.title,
            "date": formats.date_format(record.document_date, "DATE_FORMAT"),
            "year": period.year,
        }
    if item.kind == "earlier_year":
        return _("%(title)s adalah bukti tahun %(earlier)s tanpa tanggal dokumen, sebelum tahun %(year)s.") % {
            "title": record.title,
            "earlier": record.year,
            "year": period.year,
        }
    return _("%(title)s berlaku untuk triwulan %(quarters)s, bukan %(period)s.") % {
        "title": record.title,
        "quarters": ", ".join(ROMAN[int(quarter) - 1] for quarter in record.quarters),
        "period": period.label,
    }
