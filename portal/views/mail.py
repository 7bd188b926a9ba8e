"""The demo's letter box: e-mails that the demo wrote into files instead of sending them."""

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

_SHOWN = 50
_RULE = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail as the page shows it."""

    to: str
    subject: str
    sent_at: datetime
    body: str


@require_safe
def demo_mail(request: HttpRequest) -> HttpResponse:
    """All e-mails of the demo, newest first. Does not exist outside a demo."""
    if not (settings.DEMO and settings.MAIL_DIR):
        raise Http404
    files = sorted(Path(settings.MAIL_DIR).glob("*.log"), key=_written, reverse=True)
    mails = [mail for file in files[:_SHOWN] for mail in reversed(_read(file))]
    return render(request, "portal/demo_mail.html", {"mails": mails[:_SHOWN]})


def _written(file: Path) -> float:
    return file.stat().st_mtime


def _read(file: Path) -> list[Mail]:
    written = datetime.fromtimestamp(_written(file), UTC)
    return [_mail(raw, written) for raw in file.read_bytes().split(_RULE) if raw.strip()]


def _mail(raw: bytes, written: datetime) -> Mail:
    message = BytesParser(EmailMessage, policy=default).parsebytes(raw.strip())
    body = message.get_body(("plain",))
    return Mail(
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        sent_at=written,
        body=body.get_content() if body else "",
    )
