"""Names of files as people and attackers write them. A name is only ever shown; no path is made from it (SEC-30)."""

import re
import unicodedata

from units.uploads.refusals import UploadRefused

NAME_MAX = 180
PROGRAM_ENDINGS = """
apk app asp aspx bash bat cab cer cgi chm cmd com cpl crt csh css dll dmg docm dotm elf exe fxp gadget hta
htaccess htm html inf ins iso isp jar js jse jsp jspx ksh lnk mht mhtml mjs msc msi msp mst ocx pcd phar php
php3 php4 php5 php7 phps pht phtml pif pl pm potm ppam pptm ps1 psm1 py pyc rb reg scf scr sct sh shb shtml
sys svg swf url vb vbe vbs vxd war wasm wsc wsf wsh xht xhtml xlam xlsm xltm xsl zsh
"""
PROGRAMS = frozenset(PROGRAM_ENDINGS.split())
RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
ESCAPED = re.compile(r"%(00|0[ad]|2e|2f|5c)", re.IGNORECASE)
HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
SEPARATORS = frozenset("/\\")


def ending_of(name: str) -> str:
    """What follows the last dot, in lower case; empty without a dot."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def checked_name(raw: str) -> str:
    """The name in composed form (NFC). Raises UploadRefused for one that deceives people or systems."""
    name = unicodedata.normalize("NFC", raw)
    if not name.strip(" ."):
        raise UploadRefused("name_missing")
    if len(name) > NAME_MAX:
        raise UploadRefused("name_too_long", limit=NAME_MAX)
    if _is_deceptive(name):
        raise UploadRefused("name_characters")
    if name != name.rstrip(" .") or name != name.lstrip(" "):
        raise UploadRefused("name_ending")
    if RESERVED.match(name):
        raise UploadRefused("name_reserved")
    program = _inner_program(name)
    if program:
        raise UploadRefused("name_program", ending=program)
    return name


def _is_deceptive(name: str) -> bool:
    if ESCAPED.search(name) or SEPARATORS & set(unicodedata.normalize("NFKC", name)):
        return True
    return any(unicodedata.category(char) in HIDDEN_CATEGORIES for char in name)


def _inner_program(name: str) -> str:
    """An ending of a program that stands before the last ending (`surat.exe.pdf`), or empty."""
    plain = unicodedata.normalize("NFKC", name).lower()
    inner = [re.sub(r"[^a-z0-9]", "", piece) for piece in re.split(r"[.:;]", plain)[1:-1]]
    return next((ending for ending in inner if ending in PROGRAMS), "")
