"""A URLconf of views that fail in every way that a portal can."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from zi_portal import urls
from zi_portal.errors import Refused, TooManyRequests
from zi_portal.urls import handler400, handler403, handler404, handler500

SECRET = "kolom rahasia_sekali di tabel units_user"


def failing(error):
    def view(request):
        raise error

    return login_not_required(view)


@login_not_required
def empty_405(request):
    return require_POST(lambda _request: HttpResponse("never"))(request)


@login_not_required
def echo(request):
    return HttpResponse(f"{len(request.FILES)} files")


def private(request):
    return HttpResponse("private")


__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("t/400/", failing(SuspiciousOperation(SECRET))),
    path("t/403/", failing(PermissionDenied(SECRET))),
    path("t/404/", failing(Http404(SECRET))),
    path("t/405/", empty_405),
    path("t/409/", failing(Refused(detail=SECRET))),
    path("t/413/", echo),
    path("t/429/", failing(TooManyRequests(retry_after=60))),
    path("t/500/", failing(RuntimeError(SECRET))),
    path("t/503/", failing(OperationalError(SECRET))),
    path("t/private/", private),
    *urls.urlpatterns,
]
