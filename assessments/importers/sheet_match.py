"""Which row answers which question: by text where it is known, else by order and type; nothing is guessed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from assessments.importers.sheet_rows import COUNT, Row, RowKind, input_marks, question_marks
from assessments.scoring.instrument import Instrument, Question
from assessments.scoring.kinds import Scale


@dataclass(slots=True)
class Match:
    """Rows by question code and by (code, key); rows that could not be placed."""

    questions: dict[str, Row] = field(default_factory=dict)
    inputs: dict[tuple[str, str], Row] = field(default_factory=dict)
    unplaced: list[Row] = field(default_factory=list)


def match_rows(rows: Iterable[Row], instrument: Instrument) -> Match:
    """Place every question row and every count row."""
    rows = list(rows)
    match = Match()
    questions = [row for row in rows if row.kind is RowKind.QUESTION]
    rest = _by_text(questions, question_marks(instrument), match)
    for node in instrument.subareas:
        _by_order([row for row in rest if row.section == node.code], questions, instrument, node.code, match)
    match.unplaced.extend(row for row in rest if not _has_section(row, instrument))
    _match_inputs(rows, instrument, match)
    return match


def _has_section(row: Row, instrument: Instrument) -> bool:
    return bool(row.section and instrument.questions_of(row.section))


def _by_text(rows: list[Row], marks: dict[str, str], match: Match) -> list[Row]:
    """Place rows whose text is known; two rows with the same text are both left unplaced."""
    claims: dict[str, list[Row]] = {}
    rest = []
    for row in rows:
        code = marks.get(row.mark)
        if code is None:
            rest.append(row)
        else:
            claims.setdefault(code, []).append(row)
    for code, claimed in claims.items():
        if len(claimed) == 1:
            match.questions[code] = claimed[0]
        else:
            match.unplaced.extend(claimed)
    return rest


def _by_order(unknown: list[Row], rows: list[Row], instrument: Instrument, section: str, match: Match) -> None:
    """Place rows of unknown text by their order in the sub-area, if number and types agree."""
    if not unknown:
        return
    elsewhere = {code for code, row in match.questions.items() if row.section != section}
    codes = [item for item in instrument.questions_of(section) if item.code not in elsewhere]
    foreign = {row.number for code, row in match.questions.items() if instrument.question(code).node != section}
    here = [row for row in rows if row.section == section and row.number not in foreign]
    pairs = list(zip(here, codes, strict=False))
    places = [(row, item) for row, item in pairs if row in unknown]
    fits = len(here) == len(codes) and all(
        item.code not in match.questions and _type_fits(row, item) for row, item in places
    )
    if fits:
        match.questions.update({item.code: row for row, item in places})
    else:
        match.unplaced.extend(unknown)


def _type_fits(row: Row, question: Question) -> bool:
    """An unreadable type does not contradict the place; another type does."""
    return row.token is None or row.token == question.scale.value


def _match_inputs(rows: list[Row], instrument: Instrument, match: Match) -> None:
    """Place count rows: below their percentage (or index), by label; a label known only once may stand anywhere."""
    computed = {row.number: code for code, row in match.questions.items() if _is_computed(instrument, code)}
    marks = input_marks(instrument)
    blocks: dict[str, list[Row]] = {}
    loose = []
    block = ""
    for row in rows:
        if row.kind is RowKind.QUESTION and (row.number in computed or row.token == Scale.RATIO.value):
            block = computed.get(row.number, "")
        elif row.kind is RowKind.INPUT:
            keys = marks.get(row.mark, [])
            codes = [code for code, _key in keys]
            if block and (block in codes or (not keys and _is_ratio(instrument, block))):
                blocks.setdefault(block, []).append(row)
            else:
                loose.append(row)
    for code, found in blocks.items():
        _place_block(instrument.question(code), found, marks, match)
    _place_loose(loose, marks, match)


def _is_computed(instrument: Instrument, code: str) -> bool:
    return not instrument.question(code).scale.is_choice


def _is_ratio(instrument: Instrument, code: str) -> bool:
    return instrument.question(code).scale is Scale.RATIO


def _place_block(question: Question, rows: list[Row], marks: dict[str, list[tuple[str, str]]], match: Match) -> None:
    keys = [*(item.key for item in question.derived), *(item.key for item in question.inputs)]
    claims: dict[str, list[Row]] = {}
    unknown = []
    for row in rows:
        key = next((key for code, key in marks.get(row.mark, []) if code == question.code), None)
        if key is None:
            unknown.append(row)
        else:
            claims.setdefault(key, []).append(row)
    for key, claimed in claims.items():
        if len(claimed) == 1:
            match.inputs[question.code, key] = claimed[0]
        else:
            match.unplaced.extend(claimed)
    left = [key for key in keys if key not in claims]
    counted = [key for key in left if key not in {item.key for item in question.derived}]
    if len(unknown) == len(counted):
        left = counted
    if len(unknown) == len(left) and all(row.token in (None, COUNT) for row in unknown):
        match.inputs.update({(question.code, key): row for key, row in zip(left, unknown, strict=True)})
    else:
        match.unplaced.extend(unknown)


def _place_loose(rows: list[Row], marks: dict[str, list[tuple[str, str]]], match: Match) -> None:
    """Place counts that stand apart from their percentage, where the label leaves no doubt."""
    claims: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        free = [key for key in marks.get(row.mark, []) if key not in match.inputs]
        if len(free) == 1:
            claims.setdefault(free[0], []).append(row)
        else:
            match.unplaced.append(row)
    for key, claimed in claims.items():
        if len(claimed) == 1:
            match.inputs[key] = claimed[0]
        else:
            match.unplaced.extend(claimed)
