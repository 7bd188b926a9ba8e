"""What sign-in keeps about people: staff see it, change none of it and learn no secret."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import models
from django.test import Client
from django.urls import reverse

from tests.cast import Cast

KEY, SEED = "canary-session-key", "canary-sealed-seed"
MODELS = [EmailAddress, Authenticator, SocialAccount, UserSession]


@pytest.fixture
def rows(cast: Cast) -> dict[type[models.Model], Any]:
    user = cast.owner
    return {
        EmailAddress: EmailAddress.objects.create(user=user, email=user.email),
        Authenticator: Authenticator.objects.create(
            user=user, type="recovery_codes", data={"seed": get_adapter().encrypt(SEED)}
        ),
        SocialAccount: SocialAccount.objects.create(user=user, provider="google", uid="1"),
        UserSession: UserSession.objects.create(user=user, session_key=KEY, ip="127.0.0.1"),
    }


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_it_is_listed_found_and_opened(
    staff: Client, rows: dict[type[models.Model], Any], model: type[models.Model]
) -> None:
    found = staff.get(address(model, "changelist"), {"q": "olive@acme"})
    opened = staff.get(address(model, "change", rows[model].pk))
    assert (found.status_code, opened.status_code) == (200, 200)
    assert "1 " in found.content.decode().partition('class="paginator"')[2]
    for page in (found.content.decode(), opened.content.decode()):
        assert KEY not in page
        assert SEED not in page


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_it_is_neither_added_nor_changed_nor_deleted(
    staff: Client, rows: dict[type[models.Model], Any], model: type[models.Model]
) -> None:
    before = model._default_manager.values().get(pk=rows[model].pk)
    for page in ("add", "change", "delete"):
        args = () if page == "add" else (rows[model].pk,)
        assert staff.post(address(model, page, *args), {"post": "yes"}).status_code == 403
    assert model._default_manager.values().get(pk=rows[model].pk) == before
