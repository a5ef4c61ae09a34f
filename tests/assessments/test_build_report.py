"""manage.py build_report: the contract of its exits, and that stored files stay what they are."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pypdf import PdfReader

from assessments.models import Assessment, Report, Snapshot
from assessments.reports.making import issue_lhe
from tests.assessments.final_results import finalised, pdf_text, submitted
from tests.conftest import Cast
from units.models import AuditEvent

Golden = Callable[[str], dict[str, Any]]


@pytest.fixture
def final(assessment: Assessment, cast: Cast, golden: Golden) -> Snapshot:
    return finalised(assessment, cast, golden("22")["answers"])


def keys(assessment: Assessment) -> tuple[str, str]:
    agency = assessment.unit.agency.code
    return f"{agency}:{assessment.period.code}", f"{agency}:{assessment.unit.code}"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("build_report", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> int:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value.returncode


def test_quarterly_is_stored_and_used_again(final: Snapshot, tmp_path: Path) -> None:
    period, _ = keys(final.assessment)
    first, second = tmp_path / "one.pdf", tmp_path / "two.pdf"
    run("quarterly", "--period", period, "--out", str(first))
    run("quarterly", "--period", period, "--out", str(second))
    report = Report.objects.get()
    assert first.read_bytes() == second.read_bytes() == report.file.open().read()
    assert "72,56" in pdf_text(first.read_bytes())
    events = AuditEvent.objects.filter(object_type="assessments.report")
    assert [(event.verb, event.actor) for event in events] == [("report.make", None)]


def test_lhe_without_number_is_a_draft(final: Snapshot, tmp_path: Path) -> None:
    period, unit = keys(final.assessment)
    target = tmp_path / "lhe.pdf"
    assert "KONSEP" in run("lhe", "--unit", unit, "--period", period, "--out", str(target))
    assert "KONSEP" in pdf_text(target.read_bytes())
    assert Report.objects.count() == 0


def test_issued_lhe_is_the_stored_file(final: Snapshot, cast: Cast, tmp_path: Path) -> None:
    report = issue_lhe(assessment=final.assessment, number="700/1", actor=cast.inspector, now=timezone.now())
    period, unit = keys(final.assessment)
    target = tmp_path / "lhe.pdf"
    run("lhe", "--unit", unit, "--period", period, "--out", str(target))
    assert target.read_bytes() == report.file.open().read()


def test_file_without_target_has_a_usual_name(final: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    period, unit = keys(final.assessment)
    run("lhe", "--unit", unit, "--period", period)
    (made,) = tmp_path.iterdir()
    assert made.name == f"lhe-{final.assessment.unit.code}-2024-2.pdf"
    assert len(PdfReader(made).pages) > 1


def test_lhe_before_the_final_result_is_refused(
    assessment: Assessment, cast: Cast, golden: Golden, tmp_path: Path
) -> None:
    submitted(assessment, cast, golden("22")["answers"])
    period, unit = keys(assessment)
    assert refused("lhe", "--unit", unit, "--period", period, "--out", str(tmp_path / "x.pdf")) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("unit", "period"),
    [("{unit}", "nobody:2024-2"), ("{unit}", "{agency}:1999-2"), ("{agency}:nobody", "{agency}:2024-2"),
     ("nobody:x", "{agency}:2024-2")],
)  # fmt: skip
def test_unknown_key_is_refused(unit: str, period: str, assessment: Assessment) -> None:
    words = {"agency": assessment.unit.agency.code, "unit": keys(assessment)[1]}
    assert refused("lhe", "--unit", unit.format(**words), "--period", period.format(**words)) == 1


@pytest.mark.parametrize("key", ["2024-2", "x:2024-5", "x:24-1", "X Y:2024-1", ""])
def test_malformed_key_is_wrong_use(key: str, assessment: Assessment) -> None:
    with pytest.raises(CommandError, match="write as AGENCY:2024-2"):
        run("quarterly", "--period", key)


def test_unwritable_target_is_wrong_use(final: Snapshot, tmp_path: Path) -> None:
    period, unit = keys(final.assessment)
    assert refused("lhe", "--unit", unit, "--period", period, "--out", str(tmp_path / "no" / "x.pdf")) == 2


def test_help_speaks_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("lhe", "--help")
    words = " ".join(capsys.readouterr().out.split())
    assert (caught.value.code, "tidak disimpan" in words, "is not stored" in words) == (0, True, True)
