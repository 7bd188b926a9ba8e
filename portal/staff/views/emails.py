"""Each mail that the portal sends, shown to staff with sample data. Nothing is sent."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from accounts.email.services.kinds import every_type
from accounts.members.policies import staff_may
from accounts.members.roles import StaffPower
from portal.staff.email_samples import sample
from portal.staff.mail_html import mail_page


@require_safe
@csp_update({"frame-src": [SELF]})
def staff_mails(request: HttpRequest) -> HttpResponse:
    """All kinds of mail, and the one that `mail` names: narrow, wide, and as text."""
    shown = _sample(request) if "mail" in request.GET else None
    context = admin.site.each_context(request) | {
        "title": "Mails",
        "mails": every_type(),
        "name": request.GET.get("mail", ""),
        "message": shown,
        "headers": _headers(shown) if shown else [],
    }
    return TemplateResponse(request, "admin/staff_mails.html", context)


@require_safe
@mail_page
def staff_mail_html(request: HttpRequest) -> HttpResponse:
    """The HTML body of the mail that `mail` names."""
    return HttpResponse(str(_sample(request).alternatives[0][0]))


def _sample(request: HttpRequest) -> EmailMultiAlternatives:
    if not staff_may(request.user, StaffPower.READ):
        raise PermissionDenied
    name = request.GET.get("mail", "")
    if name not in every_type():
        raise Http404
    return sample(name)


def _headers(email: EmailMultiAlternatives) -> list[tuple[str, str]]:
    """The headers that matter to a reader, as the mail server gets them."""
    shown = ("Subject", "From", "To", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post")
    message = email.message()
    return [(name, str(message[name])) for name in shown if message[name]]
