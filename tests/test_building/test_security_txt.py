"""Whoever finds a weakness finds whom to tell."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

ADDRESS = "/.well-known/security.txt"


def test_it_names_the_contact_and_is_not_out_of_date(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = "mailto:security@portal.example"
    answer = client.get(ADDRESS)
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert answer["Content-Type"].startswith("text/plain")
    assert fields["Contact"] == "mailto:security@portal.example"
    assert fields["Canonical"] == f"{settings.BASE_URL}{ADDRESS}"
    ends = datetime.fromisoformat(fields["Expires"])
    assert timezone.now() < ends < timezone.now() + timedelta(days=365)


def test_without_a_contact_there_is_no_such_page(db: None, client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = ""
    assert client.get(ADDRESS).status_code == 404
