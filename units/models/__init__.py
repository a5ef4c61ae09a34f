"""Who: agencies, units, people, roles, teams, decrees, declarations, audit."""

from units.models.agency import Agency, Signatory, Unit
from units.models.audit import AuditEvent
from units.models.notices import Notice
from units.models.people import Membership, User
from units.models.scans import FileScan, KeptFile, hold_of, scan_state
from units.models.teams import Declaration, Decree, Team, TeamAssignment, TeamMember
from units.models.year import Predikat, PredikatKind, Prerequisite, UnitYear

__all__ = [
    "Agency",
    "AuditEvent",
    "Declaration",
    "Decree",
    "FileScan",
    "KeptFile",
    "Membership",
    "Notice",
    "Predikat",
    "PredikatKind",
    "Prerequisite",
    "Signatory",
    "Team",
    "TeamAssignment",
    "TeamMember",
    "Unit",
    "UnitYear",
    "User",
    "hold_of",
    "scan_state",
]
