"""Every list of staff is searched by what people have in hand: whatever the row leads to."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.rows import connection_row, request_row
from tests.test_staff.test_admin import address, rows
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.exchanges.models import Exchange

__all__ = ["rows"]
IN_HAND = ("ticket_id", "reference")
# Everything that the portal registers, sign-in's tables included.
LISTED = [model for model in admin.site._registry if model._meta.model_name != "group"]


def led_to(row: models.Model, hops: int = 2) -> Iterator[models.Model]:
    """The row, and what it leads to by relations."""
    yield row
    for field in row._meta.concrete_fields:
        if hops and field.is_relation and field.related_model in LISTED:
            target = getattr(row, field.name)
            if target is not None:
                yield from led_to(target, 0 if isinstance(target, (Tenant, User)) else hops - 1)


def in_hand(row: models.Model) -> set[str]:
    """What somebody may have in hand of a row: as it reads, not as it is looked up."""
    found: set[str] = set()
    for one in led_to(row):
        if isinstance(one._meta.pk, models.UUIDField):
            found.add(str(one.pk))
        if isinstance(one, Tenant):
            found |= {one.name, one.slug}
        for field in one._meta.concrete_fields:
            if isinstance(field, models.EmailField) or field.name in IN_HAND:
                found.add(str(getattr(one, field.name)))
    return {one for one in found if one}


def found(staff: Client, model: type[models.Model], words: str) -> list[models.Model]:
    page = staff.get(address(model, "changelist"), {"q": words, "all": ""})
    assert page.status_code == 200
    return list(page.context["cl"].queryset)


def finds(staff: Client, row: models.Model, words: str) -> bool:
    return row in found(staff, type(row), words)


@pytest.mark.slow
@pytest.mark.usefixtures("rows")
def test_every_list_finds_a_row_by_all_that_it_leads_to(staff: Client) -> None:
    looked, missed = 0, []
    for model in LISTED:
        rows_by_words: dict[str, list[models.Model]] = {}
        with across_tenants():
            for row in model._default_manager.all()[:2]:
                for words in in_hand(row):
                    rows_by_words.setdefault(words, []).append(row)
        for words, wanted in sorted(rows_by_words.items()):
            looked += len(wanted)
            listed = found(staff, model, words)
            missed += [(model.__name__, words, row.pk) for row in wanted if row not in listed]
    assert looked > 200
    assert missed == []


@pytest.mark.usefixtures("rows")
def test_sign_in_s_lists_find_a_person_by_their_organisation(staff: Client, cast: Cast) -> None:
    for words in (cast.tenant.name, cast.tenant.slug):
        assert finds(staff, cast.owner, words)
        assert not finds(staff, cast.outsider, words)


@pytest.mark.usefixtures("rows")
def test_a_ticket_leads_to_its_request_and_its_tries(staff: Client) -> None:
    with across_tenants():
        ticket = AccountTicket.objects.select_related("request", "attempt").all()[0]
        moves = list(ticket.request.moves.all())
    for row in (ticket.request, ticket.attempt, *moves):
        assert finds(staff, row, ticket.ticket_id)


@pytest.mark.usefixtures("rows")
def test_a_reference_leads_to_all_that_its_page_touched(staff: Client) -> None:
    with across_tenants():
        event = AuditEvent.objects.filter(target_type="provisioning.provisioningrequest")[0]
        request = ProvisioningRequest.objects.get(pk=event.target_id)
        flow = OAuthFlow.objects.select_related("connection").exclude(connection=None)[0]
        exchange = Exchange.objects.filter(subject=flow.pk).exclude(reference="")[0]
    assert finds(staff, request, event.reference)
    assert finds(staff, event, event.reference)
    assert flow.connection is not None
    assert finds(staff, flow.connection, flow.reference)
    assert finds(staff, flow, exchange.reference)
    assert finds(staff, exchange, exchange.reference)


def test_a_search_finds_nothing_of_others(staff: Client, cast: Cast) -> None:
    mine = request_row(connection_row(cast.tenant, "mine@gmail.example"))
    theirs = request_row(connection_row(cast.elsewhere, "theirs@gmail.example"))
    for words in (str(theirs.pk), "theirs@gmail.example", cast.elsewhere.name):
        assert finds(staff, theirs, words)
        assert not finds(staff, mine, words)


def test_words_that_name_nothing_find_nothing(staff: Client, cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant))
    for words in ("no-such-thing", "%", "00000000-0000-4000-8000-000000000000", "'; --"):
        assert not finds(staff, row, words)
    assert finds(staff, row, "  ")


def test_a_row_that_matches_in_two_ways_is_listed_once(staff: Client, cast: Cast) -> None:
    page = staff.get(address(User, "changelist"), {"q": "acme"})
    people = list(page.context["cl"].queryset)
    assert len(people) == len(set(people)) >= 3
