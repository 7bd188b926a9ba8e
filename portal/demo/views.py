"""The demo's mailbox: e-mails that the demo wrote into files instead of sending them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.staff.mail_html import mail_page

_SHOWN = 50
_RULE = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True, slots=True)
class SentEmail:
    """One e-mail as the page shows it."""

    to: str
    subject: str
    sent_at: datetime
    body: str
    html: str
    key: str


@require_safe
def demo_mail(request: HttpRequest) -> HttpResponse:
    """All e-mails of the demo, newest first. Does not exist outside a demo."""
    return render(request, "portal/demo_mail.html", {"mails": _mails()})


@require_safe
@mail_page
def demo_mail_html(request: HttpRequest) -> HttpResponse:
    """The HTML body of the e-mail that `mail` names."""
    wanted = request.GET.get("mail", "")
    html = next((mail.html for mail in _mails() if mail.key == wanted), "")
    if not html:
        raise Http404
    return HttpResponse(html)


def _mails() -> list[SentEmail]:
    if not (settings.DEMO and settings.MAIL_DIR):
        raise Http404
    files = sorted(Path(settings.MAIL_DIR).glob("*.log"), key=_written, reverse=True)
    return [mail for file in files[:_SHOWN] for mail in reversed(_read(file))][:_SHOWN]


def _written(file: Path) -> float:
    return file.stat().st_mtime


def _read(file: Path) -> list[SentEmail]:
    written = datetime.fromtimestamp(_written(file), UTC)
    parts = [raw for raw in file.read_bytes().split(_RULE) if raw.strip()]
    return [_mail(raw, written, f"{file.stem}-{at}") for at, raw in enumerate(parts)]


def _mail(raw: bytes, written: datetime, key: str) -> SentEmail:
    message = BytesParser(EmailMessage, policy=default).parsebytes(raw.strip())
    body, html = message.get_body(("plain",)), message.get_body(("html",))
    return SentEmail(
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        sent_at=written,
        body=body.get_content() if body else "",
        html=html.get_content() if html else "",
        key=key,
    )
