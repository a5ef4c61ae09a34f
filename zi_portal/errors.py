"""Typed refusals: they carry data and a translated sentence; the middleware turns them into a page."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The request is understood and not carried out; nothing was changed.

    Subclasses set `status` (an HTTP status, 4xx) and `message`; `data` is whatever the caller needs to explain more.
    `title` and `advice` replace those that the page has for the status.
    """

    status: int = 409
    title: str | Promise = ""
    advice: str | Promise = ""
    message: str | Promise = _("Tindakan ini tidak dapat dilakukan pada keadaan sekarang.")

    def __init__(self, message: str | Promise | None = None, **data: object) -> None:
        self.message = message or self.message
        self.data = data
        super().__init__(str(message or type(self).__name__))


class TooManyRequests(Refused):
    """A budget of tries is used up; `retry_after` in seconds."""

    status = 429
    message = _("Terlalu banyak percobaan dalam waktu singkat.")

    def __init__(self, message: str | Promise | None = None, *, retry_after: int, **data: object) -> None:
        self.retry_after = retry_after
        super().__init__(message, retry_after=retry_after, **data)
