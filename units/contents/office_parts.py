"""The parts inside a docx or xlsx: which are there, what they pull in, and no DTD in any XML (SEC-25, SEC-28)."""

import re
from collections.abc import Callable, Mapping
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from units.contents.unsound import Unsound

CONTENT_TYPES = "[Content_Types].xml"
ROOT_RELATIONS = "_rels/.rels"
MAIN_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
MACRO_WORDS = ("vbaproject", "vbadata", "macroenabled", "macrosheet", "dialogsheet")
ACTIVE_WORDS = ("activex", "oleobject", "afchunk")
LINK_WORDS = ("externallink", "connections", "querytable", "webextension")
# Windows and Linux programs, and the container in which macros, objects and old Office files hide under another name.
PROGRAM_HEADS = (b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
ARCHIVE_HEADS = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
HEAD_BYTES = 8
XML_ENDINGS = (".xml", ".vml")
DDE = re.compile(r"\bDDE(AUTO)?\b", re.IGNORECASE)


def refuse_active(text: str) -> None:
    """Refuses the name or type of a part that runs, embeds or fetches something."""
    lowered = text.lower()
    for words, reason in ((MACRO_WORDS, "office_macro"), (ACTIVE_WORDS, "office_active"), (LINK_WORDS, "office_link")):
        if any(word in lowered for word in words):
            raise Unsound(reason)


class Part(Protocol):
    """Takes the bytes of one member as they are unpacked."""

    def feed(self, chunk: bytes) -> None: ...
    def close(self) -> None: ...


class Opaque:
    """A member that is no XML: a picture, a font; by its first bytes none of the `refused`."""

    def __init__(self, refused: tuple[bytes, ...]) -> None:
        self.refused = refused
        self.head = b""

    def feed(self, chunk: bytes) -> None:
        if len(self.head) < HEAD_BYTES:
            self.head += chunk[:HEAD_BYTES]

    def close(self) -> None:
        if self.head.startswith(self.refused):
            raise Unsound("office_active")


class Ignored:
    """XML that only has to be well-formed and free of DTD and entities."""

    def close(self) -> None:
        """Nothing to return."""


class XmlPart:
    """XML fed to a parser that refuses DTD, entities and references to elsewhere."""

    def __init__(self, target: object) -> None:
        self.parser = DefusedXMLParser(target=target, forbid_dtd=True)
        self.parser.parser.DefaultHandlerExpand = None  # a Python call for every token that nobody reads

    def feed(self, chunk: bytes) -> None:
        self._parse(self.parser.feed, chunk)

    def close(self) -> None:
        self._parse(self.parser.close)

    def _parse(self, step: Callable[..., object], *chunk: bytes) -> None:
        try:
            step(*chunk)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise Unsound("broken") from error


class TypeList:
    """[Content_Types].xml: the types of all parts."""

    def __init__(self) -> None:
        self.types: set[str] = set()

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        content_type = attributes.get("ContentType", "")
        refuse_active(content_type)
        self.types.add(content_type)

    def close(self) -> None:
        """Read from `types`."""


class Relations:
    """A .rels part: hyperlinks may lead out, nothing else may."""

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("Type", "")
        refuse_active(kind.rpartition("/")[2])
        if attributes.get("TargetMode", "").lower() == "external" and not kind.endswith("/hyperlink"):
            raise Unsound("office_link")

    def close(self) -> None:
        """Nothing to return."""


class Fields:
    """A part of a document: field codes that start another program (DDE), also when split over runs."""

    def __init__(self) -> None:
        self.inside = False
        self.codes: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.inside = tag.endswith("}instrText")
        if tag.endswith("}fldChar"):
            self.codes.append(" ")
        if tag.endswith("}fldSimple"):
            self.codes += [" ", *(value for key, value in attributes.items() if key.endswith("}instr")), " "]

    def end(self, _tag: str) -> None:
        self.inside = False

    def data(self, text: str) -> None:
        if self.inside:
            self.codes.append(text)

    def close(self) -> None:
        if DDE.search("".join(self.codes)):
            raise Unsound("office_link")


class Parts:
    """All members of one package, judged one after the other and then together."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.type_list = TypeList()

    def open(self, name: str, *, package: bool) -> Part:
        """The reader for a member; refuses by name what must not be there. `package`: a workbook, examined later."""
        refuse_active(name)
        if name == CONTENT_TYPES:
            return XmlPart(self.type_list)
        if name.lower().endswith(".rels"):
            return XmlPart(Relations())
        if not name.lower().endswith(XML_ENDINGS):
            return Opaque(PROGRAM_HEADS if package else PROGRAM_HEADS + ARCHIVE_HEADS)
        return XmlPart(Fields() if name.lower().startswith("word/") else Ignored())

    def finish(self, names: set[str]) -> None:
        if CONTENT_TYPES not in names or ROOT_RELATIONS not in names:
            raise Unsound("broken")
        if MAIN_TYPES[self.kind] not in self.type_list.types:
            raise Unsound("office_wrong_kind", ending=self.kind)
