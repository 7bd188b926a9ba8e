"""What was sealed once opens for ever, whatever models, fields and files are called by now."""

from typing import Any

import pytest
from django.apps import apps

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.keyrings import hold
from tests.test_secrets.golden import GOLDEN, KID, MASTER, OPENERS, TENANT, columns, data_key
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.ciphertext import CiphertextField
from tokens.encryption.fields import SealedTextField, current_head
from tokens.encryption.sealing import SecretUnreadable
from tokens.encryption.wrapping import WrongKey

pytestmark = pytest.mark.django_db
VERSIONS = ("v1", "v2")
EVERY = [(version, context) for version in VERSIONS for context in OPENERS]


@pytest.fixture(autouse=True)
def _golden_keys(settings: Any) -> None:
    hold(settings, MASTER)
    tenant = Tenant.objects.create(pk=TENANT, name="Golden", slug="golden")
    with tenant_scope(tenant):
        data_key(GOLDEN["v2"]["data_key"]).save()


@pytest.mark.parametrize(("version", "context"), EVERY)
def test_it_opens(version: str, context: str) -> None:
    assert OPENERS[context](context, GOLDEN[version][context]) == context


@pytest.mark.parametrize("version", VERSIONS)
def test_there_is_one_for_each_context_and_no_other(version: str) -> None:
    assert set(GOLDEN[version]) == set(OPENERS)
    assert set(columns(CiphertextField)) <= set(OPENERS)
    assert "" not in columns(CiphertextField)


def test_no_two_columns_share_a_context() -> None:
    contexts = [
        field.context
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, CiphertextField)
    ]
    assert len(contexts) == len(set(contexts)) > 7


@pytest.mark.parametrize(("version", "context"), EVERY)
def test_it_opens_at_no_other_place(version: str, context: str) -> None:
    """Neither as another context's, nor when its format is said to be the other."""
    token = GOLDEN[version][context]
    others = [one for one in OPENERS if one != context]
    # Before contexts, second steps were bound to nothing but that they are second steps.
    if version == "v1" and context.startswith("second_step."):
        others = [one for one in others if not one.startswith("second_step.")]
    for other in others:
        assert _refused(other, token), f"{context} opens as {other}"
    assert _refused(context, _other_version(version, token))


def _other_version(version: str, token: str) -> str:
    if token.startswith(f"{version}.{KID}"):
        return {"v1": "v2", "v2": "v1"}[version] + token[2:]
    if version == "v2":
        return token.replace("v2.gAAAA", "gAAAA")
    return token.replace("gAAAA", "v2.gAAAA", 1)


def _refused(context: str, token: str) -> bool:
    try:
        opened = OPENERS[context](context, token)
    except (SecretUnreadable, WrongKey):
        return True
    # An authenticator app that does not open becomes a secret that fits no code.
    return context == "second_step.totp_secret" and opened not in OPENERS


def test_a_column_without_a_context_is_refused_before_anything_runs() -> None:
    field = GoogleConnection._meta.get_field("refresh_token")
    assert field.check() == []
    bare = SealedTextField(null=True)
    bare.set_attributes_from_name("bare")
    bare.model = GoogleConnection
    assert "tokens.E001" in [one.id for one in bare.check()]


def test_what_is_sealed_now_is_of_the_newest_format() -> None:
    assert current_head(KID) == f"v2.{KID}."
