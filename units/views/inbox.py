"""The inbox: what happened that concerns this person."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from units import notice_kinds
from units.forms.inbox import NoticeForm
from units.models import Notice, User
from units.permissions import access_of
from units.queries.inbox import notices_of
from units.services.inbox import mark_read

PER_PAGE = 25
UNREAD = "belum"


@dataclass(frozen=True, slots=True)
class Item:
    """A notice as its reader sees it."""

    notice: Notice
    sentence: str
    icon: str
    at: datetime


@require_http_methods(["GET", "HEAD"])
def inbox(request: HttpRequest) -> HttpResponse:
    """All notices, or the unread ones (`?tampil=belum`)."""
    user: User = request.user  # type: ignore[assignment]
    unread_only = request.GET.get("tampil") == UNREAD
    rows = Paginator(notices_of(user, unread_only=unread_only), PER_PAGE).get_page(request.GET.get("halaman"))
    context = {
        "rows": rows,
        "items": [item(notice) for notice in rows],
        "query": f"tampil={UNREAD}" if unread_only else "",
        "unread_only": unread_only,
        "unread": access_of(user).unread,
        "frequency": user.get_mail_frequency_display(),
    }
    return render(request, "units/inbox.html", context)


def item(notice: Notice) -> Item:
    zone = notice.place.tz if notice.place else timezone.get_default_timezone()
    return Item(
        notice=notice,
        sentence=notice_kinds.sentence_of(notice.kind, notice.params),
        icon=notice_kinds.icon_of(notice.kind),
        at=notice.created_at.astimezone(zone),
    )


@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Marks one (`kabar`) or all as read; `buka` leads to what it tells of. 404 for somebody else's."""
    user: User = request.user  # type: ignore[assignment]
    form = NoticeForm(request.POST, user=user)
    if not form.is_valid():
        if form.has_error("kabar"):
            raise Http404
        raise BadRequest
    notice = form.cleaned_data["kabar"]
    mark_read(user=user, now=timezone.now(), notice=notice)
    if form.cleaned_data["buka"]:
        return HttpResponseRedirect(notice.path)
    if notice is None:
        messages.success(request, _("Semua kabar ditandai sudah dibaca."))
    return redirect("inbox")
