"""Where each unit stands: stage of the year, predicates held, prerequisites of a proposal, declaration, decrees."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from assessments.demo.dice import dice
from assessments.demo.papers import paper
from assessments.demo.places import AgencyPlan, UnitPlan
from assessments.demo.quarters import YEAR
from assessments.demo.shelf import Shelf, named_uuid
from units.models import Agency, Declaration, Decree, Predikat, Prerequisite, Signatory, Unit, UnitYear

Stage = UnitYear.Stage
# Of the building units, in their order; the rest builds.
STAGES = {
    "kalteng": (Stage.NATIONAL_REVIEW, Stage.PROPOSED, Stage.PROPOSED, Stage.PROPOSED, Stage.BUILDING, Stage.GUIDANCE),
    "kobar": (Stage.PROPOSED, Stage.BUILDING, Stage.BUILDING, Stage.GUIDANCE),
    "kediri": (Stage.PROPOSED,),
}
STORY_YEAR = 2020  # Bojonegoro's declarations
AGENCY_VALUES = {
    "kalteng": {"bpk_opinion": "WTP", "sakip_rating": "B", "rb_index_local_government": "B", "spip_maturity": "3"},
    "kobar": {"bpk_opinion": "WTP", "sakip_rating": "BB", "rb_index_local_government": "B", "spip_maturity": "2"},
    "kalsel": {"bpk_opinion": "WTP", "sakip_rating": "BB", "rb_index_local_government": "BB", "spip_maturity": "3"},
    "bojonegoro": {"bpk_opinion": "WTP", "sakip_rating": "B", "spip_maturity": "3"},
    "kediri": {"bpk_opinion": "WTP", "sakip_rating": "B", "rb_index_local_government": "CC", "spip_maturity": "3"},
}
PROOFS = {
    "bpk_opinion": "LHP BPK atas LKPD tahun 2023 (contoh)",
    "sakip_rating": "Surat hasil evaluasi SAKIP tahun 2023 (contoh)",
    "rb_index_local_government": "Surat hasil evaluasi RB tahun 2023 (contoh)",
    "spip_maturity": "Laporan penilaian maturitas SPIP tahun 2023 (contoh)",
    "core_service": "Keputusan penetapan layanan inti (contoh)",
    "public_perception_impact": "Kajian dampak layanan (contoh)",
    "audit_follow_up": "Rekap tindak lanjut hasil pengawasan (contoh)",
    "wealth_report_compliance": "Rekap LHKPN dan LHKAN (contoh)",
    "zi_development_years": "Piagam pencanangan ZI (contoh)",
    "internal_sakip_rating": "LHE SAKIP internal tahun 2023 (contoh)",
}
# Units of a story that the reports need: everything met, one requirement short, one still blank.
COMPLETE, SHORT, BLANK = "complete", "short", "blank"
STANDING = {
    ("kalteng", "labkes-kalibrasi"): COMPLETE,
    ("kalteng", "rsud-doris-sylvanus"): COMPLETE,
    ("kalteng", "samsat-sampit"): BLANK,
    ("kalteng", "samsat-palangka-raya"): SHORT,
}


def make_agency(plan: AgencyPlan) -> tuple[Agency, dict[str, Unit]]:
    """The government with its signatory and all its units, by code."""
    agency = Agency.objects.create(
        code=plan.code,
        name=plan.name,
        zone=plan.zone,
        inspectorate=plan.inspectorate,
        letterhead=f"Jalan Contoh Nomor 1, {plan.city}\nSurel: inspektorat@{plan.code}.contoh.example",
        city=plan.city,
        is_demo=True,
    )
    Signatory.objects.create(
        agency=agency,
        position="Inspektur",
        name="Inspektur Contoh",
        rank="Pembina Utama Muda",
        valid_from=date(YEAR, 1, 2),
    )
    units = Unit.objects.bulk_create(
        Unit(agency=agency, code=item.code, name=item.name, kind=item.kind, affirmative=item.affirmative)
        for item in plan.units
    )
    return agency, {unit.code: unit for unit in units}


def make_standing(agency: Agency, plan: AgencyPlan, units: dict[str, Unit], shelf: Shelf) -> dict[str, Decree]:
    """Everything of this module; returns the decrees by kind."""
    UnitYear.objects.bulk_create(_years(plan, units))
    Predikat.objects.bulk_create(
        Predikat(
            unit=units[item.code],
            kind=kind,
            year=year,
            decree_number=f"CONTOH/{kind}/{year}",
            decree_date=date(year, 12, 10),
        )
        for item in plan.units
        for kind, year in item.holds.items()
    )
    Prerequisite.objects.bulk_create(_prerequisites(agency, plan, units))
    Declaration.objects.bulk_create(
        _declaration(plan, item, item.declared, units[item.code], shelf) for item in plan.building if item.declared
    )
    return {kind: _decree(agency, kind, [units[item.code] for item in plan.building], shelf) for kind in SUBJECTS}


def _years(plan: AgencyPlan, units: dict[str, Unit]) -> Iterator[UnitYear]:
    stages = STAGES.get(plan.code, ())
    position = 0
    for item in plan.units:
        stage = Stage.NOT_DECLARED
        if item.builds and item.declared:
            stage = stages[position] if position < len(stages) else Stage.BUILDING
            position += 1
        if item.builds or not item.holds:
            target = "WBBM" if "WBK" in item.holds else "WBK"
            yield UnitYear(unit=units[item.code], year=YEAR, stage=stage, target=target)
        for year in item.holds.values():
            yield UnitYear(unit=units[item.code], year=year, stage=Stage.PREDICATE)
    for item in plan.building:
        if plan.code == "bojonegoro":
            stage = Stage.DECLARED if item.declared and item.declared.year == STORY_YEAR else Stage.NOT_DECLARED
            yield UnitYear(unit=units[item.code], year=STORY_YEAR, stage=stage)


def _prerequisites(agency: Agency, plan: AgencyPlan, units: dict[str, Unit]) -> Iterator[Prerequisite]:
    day = date(YEAR, 3, 15)
    for key, value in AGENCY_VALUES[plan.code].items():
        yield Prerequisite(agency=agency, year=YEAR, key=key, value=value, proof=PROOFS[key], proof_date=day)
    for item in plan.building:
        for key, value in _unit_values(plan.code, item).items():
            yield Prerequisite(
                agency=agency,
                unit=units[item.code],
                year=YEAR,
                key=key,
                value=value,
                proof=PROOFS[key],
                proof_date=day + timedelta(days=len(key)),
            )


def _unit_values(agency: str, item: UnitPlan) -> dict[str, str]:
    chance = dice(agency, item.code, "prerequisites")
    standing = STANDING.get((agency, item.code)) or chance.choice((COMPLETE, SHORT, SHORT, BLANK))
    values = {
        "core_service": "1",
        "public_perception_impact": "1",
        "audit_follow_up": "100",
        "wealth_report_compliance": "100",
        "zi_development_years": str(YEAR - item.declared.year) if item.declared else "0",
        "internal_sakip_rating": "BB" if item.holds else "B",
    }
    if standing == SHORT:
        values |= chance.choice(({"audit_follow_up": "92.5"}, {"wealth_report_compliance": "98"}))
    elif standing == BLANK:
        del values["audit_follow_up"]
        del values["internal_sakip_rating"]
    return values


def _declaration(plan: AgencyPlan, item: UnitPlan, day: date, unit: Unit, shelf: Shelf) -> Declaration:
    chance = dice(plan.code, item.code, "declaration")
    staff = chance.randint(24, 160)
    signed = staff if chance.random() < 0.7 else staff - chance.randint(1, 5)  # noqa: PLR2004 - mostly everybody
    title = f"Piagam Pencanangan ZI {item.name}"
    lines = (plan.name, f"Tanggal {day}", f"Ditandatangani {signed} dari {staff} pegawai")
    return Declaration(
        unit=unit,
        date=day,
        place=f"Aula Contoh, {plan.city}",
        signed_count=signed,
        staff_count=staff,
        witnesses="Inspektorat, Bagian Organisasi",
        file=_document(shelf, paper("pdf", title, lines), plan.code, item.code, "declaration"),
        file_name=f"piagam-pencanangan-{item.code}.pdf",
    )


SUBJECTS = {
    "zi_units": "Penetapan unit kerja yang membangun Zona Integritas tahun 2024 (contoh)",
    "tpi": "Pembentukan Tim Penilai Internal Zona Integritas tahun 2024 (contoh)",
    "assistance": "Pembentukan tim asistensi pembangunan Zona Integritas tahun 2024 (contoh)",
}


def _decree(agency: Agency, kind: str, units: Sequence[Unit], shelf: Shelf) -> Decree:
    number = f"188/{list(SUBJECTS).index(kind) + 1:03d}/CONTOH/{YEAR}"
    content = paper("pdf", f"Keputusan Nomor {number}", (agency.name, SUBJECTS[kind], *(u.name for u in units[:25])))
    decree = Decree.objects.create(
        agency=agency,
        kind=kind,
        number=number,
        date=date(YEAR, 1, 8),
        subject=SUBJECTS[kind],
        file=_document(shelf, content, agency.code, kind, "decree"),
        file_name=f"sk-{kind.replace('_', '-')}.pdf",
    )
    decree.units.set(units)
    return decree


def _document(shelf: Shelf, content: bytes, *names: str) -> str:
    return shelf.put(f"documents/{named_uuid(*names).hex}", content)
