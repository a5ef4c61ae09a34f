"""The inbox: what somebody should know is told once, in the transaction of what happened; mail follows by itself.

A notice is a row beside what it tells of: both are there or neither. Mail is sent by the worker or by
`manage.py send_notices`, never in a request, so that no mail server can hold up or undo a save (SEC-98).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from units import notice_kinds
from units.models import Agency, Notice, Unit, User

MAIL_AT_ONCE = User.MailFrequency.AT_ONCE


def tell(
    *,
    users: Iterable[User],
    kind: str,
    key: str,
    params: Mapping[str, notice_kinds.Value],
    path: str,
    unit: Unit | None,
    now: datetime,
    agency: Agency | None = None,
    is_urgent: bool = False,
) -> None:
    """One notice for each person; who has one of this `key` gets no second. Joins the caller's transaction.

    `kind` is registered in units.notice_kinds and declares `params`; raises NoticeError for anything else. `path`
    is where the notice leads, on this portal; `agency` stands where no single unit is concerned. Urgent ones are
    mailed at once, whatever the person chose.
    """
    notice_kinds.check(kind, params)
    if not path.startswith("/") or path.startswith("//"):
        raise notice_kinds.NoticeError(kind, path)
    people = {user.pk: user for user in users if user.is_active}
    if not people:
        return
    Notice.objects.bulk_create(
        [
            Notice(
                user=user,
                unit=unit,
                agency=agency,
                kind=kind,
                params=dict(params),
                path=path,
                key=key,
                is_urgent=is_urgent,
                created_at=now,
            )
            for user in people.values()
        ],
        ignore_conflicts=True,
    )
    if any(gets_mail(user) and (is_urgent or user.mail_frequency == MAIL_AT_ONCE) for user in people.values()):
        from units.tasks import mail_notices  # noqa: PLC0415 - the task calls units.services.notice_mail

        mail_notices.enqueue()


def gets_mail(user: User) -> bool:
    """Invented people have invented addresses."""
    return bool(user.email) and user.is_active and not user.is_demo


def mark_read(*, user: User, now: datetime, notice: Notice | None = None) -> int:
    """Of one's own notices, this one or all; gives how many were unread.

    Reading is no deed on the data of others: the audit log does not tell of it.
    """
    unread = Notice.objects.filter(user=user, read_at__isnull=True)
    if notice is not None:
        unread = unread.filter(pk=notice.pk)
    return unread.update(read_at=now)
