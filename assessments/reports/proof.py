"""How a reader makes sure of a report: its code, the public page that knows it, and both as a QR code (REL-34)."""

from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse

from assessments.queries.report_check import code_of, grouped


@dataclass(frozen=True, slots=True)
class Proof:
    """What is printed: the code in groups of four, the address of the page, a QR code of it as `data:`."""

    code: str
    address: str
    picture: str


def proof_of(identity: str) -> Proof:
    code = code_of(identity)
    address = f"{settings.PORTAL_URL}{reverse('report_check', args=[code])}"
    code_picture = segno.make(address, error="m", micro=False)
    picture = code_picture.svg_data_uri(border=0, omitsize=True, svgclass=None, lineclass=None)
    return Proof(grouped(code), address, picture)
