"""Whatever is searched for is found without case and accents, on every database."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.recording import by_worker
from accounts.members.roles import Role
from accounts.members.services.tenants import add_member, change_tenant, create_tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from portal.staff.search import find
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast, signed_in
from tests.rows import connection_row, request_row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "words",
    [
        "BÄCKEREI",
        "backerei",
        "ba\u0308ckerei",
        "STRASSE.example",
        "straße",
        "xn--strae-oqa",
        "SHOP@ödön",
    ],
)
def test_a_request_is_found(owner_browser: Client, cast: Cast, words: str) -> None:
    connection = connection_row(cast.tenant, "shop@xn--dn-ekab.example")
    found = request_row(
        connection, account_name="Bäckerei", website_url="https://xn--strae-oqa.example"
    )
    other = connection_row(cast.tenant, "b@gmail.example")
    request_row(other, account_name="Bluebird", website_url="https://bluebird.example")
    page = owner_browser.get(reverse("requests", args=[cast.tenant.slug]), {"q": words})
    assert [row.pk for row in page.context["page_obj"]] == [found.pk]


def test_a_request_is_found_by_its_new_details(cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant))
    with tenant_scope(cast.tenant):
        rows = ProvisioningRequest.objects.filter(pk=row.pk)
        rows.update(account_name="Łódź", property_name="x", website_url="https://new.example")
        assert rows.filter(search_text__contains="lodz").exists()
        with pytest.raises(KeyError):
            rows.update(account_name="Half of it")


@pytest.mark.parametrize("words", ["ELEFANTE", "elefánte", "ñandu"])
def test_an_organisation_is_found(cast: Cast, words: str) -> None:
    for name in ("Elefánte Ñandú", "Acme Two"):
        create_tenant(name=name, owner=cast.owner, actor=by_worker())
    page = signed_in(cast.owner).get(reverse("organisations"), {"q": words, "part": "1"})
    assert [place.membership.tenant.name for place in page.context["places"].shown] == [
        "Elefánte Ñandú"
    ]


def test_it_is_found_by_its_new_name(cast: Cast) -> None:
    change_tenant(cast.tenant, by_worker(), name="Ærø")
    with across_tenants():
        assert [hit.title for hit in find("AERO")] == ["Ærø"]


@pytest.mark.parametrize(
    ("name", "query"),
    [("audit", {"person": "GÜNTER"}), ("audit", {"object": "gunter"})],
)
def test_the_record_is_found_by_people_and_objects(
    cast: Cast, name: str, query: dict[str, str]
) -> None:
    user = User.objects.create_user("gunter@xn--mller-kva.example", name="Günter")
    add_member(tenant=cast.tenant, user=user, role=Role.ADMIN, actor=by_worker())
    browser = signed_in(user)
    invite = reverse("members-invite", args=[cast.tenant.slug])
    browser.post(invite, {"emails": "new@acme.example", "role": "viewer"})
    page = signed_in(cast.owner).get(reverse(name, args=[cast.tenant.slug]), query)
    assert len(page.context["lines"]) >= 1
    assert all("nter" in f"{line.who}{line.event.target_label}" for line in page.context["lines"])


FINDERS: dict[str, Callable[[], list[str]]] = {
    "by name": lambda: [hit.title for hit in find("gunter")],
    "by domain": lambda: [hit.title for hit in find("MÜLLER.example")],
}


@pytest.mark.parametrize("how", FINDERS)
def test_staff_find_people(how: str) -> None:
    User.objects.create_user("g@xn--mller-kva.example", name="Günter")
    with across_tenants():
        assert FINDERS[how]() == ["g@müller.example"]
