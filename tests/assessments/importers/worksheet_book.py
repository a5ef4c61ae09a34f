"""A worksheet laid out like the official one, with words of our own, as bytes."""

from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from assessments.importers import xlsx
from assessments.scoring.answers import Choice, Counts, Index
from assessments.scoring.instrument import Instrument, Node, Question
from assessments.scoring.kinds import Scale

TYPES = {
    Scale.YES_NO: "Ya/Tidak",
    Scale.ABC: "A/B/C",
    Scale.ABCD: "A/B/C/D",
    Scale.ABCDE: "A/B/C/D/E",
    Scale.RATIO: "%",
    Scale.INDEX: "Nilai\n(0-4)",
}
HEADER = {2: "Penilaian", 8: "Bobot", 9: "Penjelasan", 10: "Pilihan Jawaban", 11: "Jawaban", 12: "Nilai", 15: "Catatan"}
SHUFFLED = {"A.I.6.v": "acb"}


@dataclass
class Book:
    """A workbook in the making; `rows` finds a question by code, a count by (code, key), a node by code."""

    workbook: Workbook
    sheet: Worksheet
    rows: dict

    def answer(self, place):
        return f"K{self.rows[place]}"

    def type(self, place):
        return f"J{self.rows[place]}"

    def put(self, place, value):
        self.sheet[self.answer(place)] = value

    def insert(self, row, count=1):
        """Insert blank rows before `row`, as a person would."""
        self.sheet.insert_rows(row, count)
        self.rows = {place: number + count * (number >= row) for place, number in self.rows.items()}

    def move(self, place, before):
        """Move one row before another."""
        self.insert(self.rows[before])
        source, target = self.rows[place], self.rows[before] - 1
        for column in range(1, 18):
            self.sheet.cell(target, column).value = self.sheet.cell(source, column).value
        self.delete(source)
        self.rows[place] = target - (source < target)

    def delete(self, row):
        self.sheet.delete_rows(row)
        self.rows = {place: number - (number > row) for place, number in self.rows.items() if number != row}

    def cells(self):
        """The cells as the reader gets them, without the way through a file; formulas have no stored values."""
        return cells_of(self.workbook)

    def bytes(self):
        stream = BytesIO()
        self.workbook.save(stream)
        return stream.getvalue()


def cells_of(workbook):
    """All sheets of a workbook as an importer's Book."""
    return xlsx.Book(
        tuple(
            xlsx.Grid(sheet.title, rows, tuple(tuple(_stored(value) for value in row) for row in rows))
            for sheet in workbook.worksheets
            for rows in [tuple(sheet.iter_rows(values_only=True))]
        )
    )


def _stored(value):
    return None if isinstance(value, str) and value.startswith("=") else value


def own_words(question: Question, key: str = "") -> str:
    """Texts of the instrument file."""
    if not key:
        return question.text
    return next(item.label for item in (*question.inputs, *question.derived) if item.key == key)


def other_words(question: Question, key: str = "") -> str:
    """Texts that nothing knows."""
    return f"Uraian unit kami untuk {question.code} {key}".strip()


def no_words(_question: Question, _key: str = "") -> str | None:
    """Texts left out."""
    return None


def build(lke: Instrument, answers: dict, words=own_words) -> Book:
    """Fill the layout with these answers."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "LKE"
    sheet["B1"] = "Lembar kerja evaluasi"
    for column, text in HEADER.items():
        sheet.cell(2, column, text)
    book = Book(workbook, sheet, {})
    for node in lke.nodes:
        _write_node(book, lke, node)
        for position, question in enumerate(lke.questions_of(node.code)):
            _write_question(book, node, question, position, answers.get(question.code), words)
    sheet.cell(sheet.max_row + 1, 2, "NILAI EVALUASI ZONA INTEGRITAS")
    sheet.cell(sheet.max_row + 3, 10, "Ketua Tim Kerja")
    return book


def _write_node(book, lke, node: Node):
    row = max(book.sheet.max_row + 1, 4)
    book.rows[node.code] = row
    level = node.code.count(".")
    book.sheet.cell(row, 2 + level, f"{node.code.rpartition('.')[2]}.")
    book.sheet.cell(row, 3 + level, node.name)
    book.sheet.cell(row, 8, float(node.weight))
    book.sheet.cell(row, 12, "=SUM(L1)")
    if node.code in ("A.II.5.ii", "A.II.5.iii"):
        book.sheet.cell(row, 10, "%")


def _write_question(book, node, question, position, answer, words):
    row = book.sheet.max_row + 1
    if question.code == "A.II.5.iii.a":
        book.sheet.cell(row, 5, "i.")
        book.sheet.cell(row, 6, "Pembagian pertama")
        row += 1
    if question.code == "A.II.5.iii.b":
        book.sheet.cell(row, 6, "Pembagian kedua")
        book.sheet.cell(row, 8, 1)
        row += 1
    book.rows[question.code] = row
    letter = SHUFFLED.get(node.code, "abcdefghij")[position]
    if node.code.startswith("B"):
        book.sheet.cell(row, 4, letter)
        book.sheet.cell(row, 5, words(question))
    else:
        book.sheet.cell(row, 6, "-" if node.code.startswith("A.II") else f"{letter}.")
        book.sheet.cell(row, 7, words(question))
    book.sheet.cell(row, 10, TYPES[question.scale])
    book.sheet.cell(row, 15, f"Catatan {question.code}")
    if question.scale is Scale.RATIO:
        _write_counts(book, question, answer, words)
    elif isinstance(answer, Choice):
        book.sheet.cell(row, 11, answer.label)
    elif isinstance(answer, Index):
        book.sheet.cell(row, 11, float(answer.value))


def _write_counts(book, question, answer, words):
    top = book.sheet.max_row
    book.sheet.cell(top, 11, f'=IF(K{top + 1}="","Blm Diisi",1)')
    given = answer.values if isinstance(answer, Counts) else {}
    for item in (*question.derived, *question.inputs):
        row = book.sheet.max_row + 1
        book.rows[question.code, item.key] = row
        text = words(question, item.key)
        book.sheet.cell(row, 7, None if text is None else f"- {text}")
        book.sheet.cell(row, 10, "Jumlah")
        book.sheet.cell(row, 11, given.get(item.key))
    for item in question.derived:
        row = book.rows[question.code, item.key]
        book.sheet.cell(row, 11, f"=K{row + 1}+K{row + 2}+K{row + 3}")


def problems(reading):
    """What was reported, without the question."""
    return [(item.cell, item.value, item.reason) for item in reading.problems]


def changed(reading, answers):
    """Codes whose answer is another than the worked one."""
    return {code for code in answers if reading.answers.get(code) != answers[code]}
