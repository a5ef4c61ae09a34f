"""The one way in for files of strangers: `scan_upload` (SEC-20, SEC-21, SEC-35)."""

from units.uploads.refusals import UploadRefused
from units.uploads.scan import ScannedFile, accepted_endings, limits_of, scan_upload

__all__ = ["ScannedFile", "UploadRefused", "accepted_endings", "limits_of", "scan_upload"]
