"""Measurement Protocol secrets of a stream (contract §4.4)."""

from __future__ import annotations

import secrets
from typing import Any

from tests.emulator import errors
from tests.emulator.admin_api import Call, Method
from tests.emulator.admin_fields import masked_changes, require_text
from tests.emulator.admin_properties import living_property
from tests.emulator.admin_streams import ONE as STREAM
from tests.emulator.admin_streams import stream_of
from tests.emulator.paging import page_of
from tests.emulator.state import MeasurementSecret


def show(secret: MeasurementSecret) -> dict[str, Any]:
    """A MeasurementProtocolSecret as the API shows it."""
    parent = f"properties/{secret.property_id}/dataStreams/{secret.stream_id}"
    return {
        "name": f"{parent}/measurementProtocolSecrets/{secret.id}",
        "displayName": secret.display_name,
        "secretValue": secret.value,
    }


def secret_of(call: Call) -> MeasurementSecret:
    """Return the secret of the path."""
    stream = stream_of(call)
    secret = call.state.secrets.get(call.part("secret"))
    if secret is None or secret.stream_id != stream.id:
        raise errors.ApiError(404, "NOT_FOUND", "Requested entity was not found.")
    return secret


def create_secret(call: Call) -> dict[str, Any]:
    """measurementProtocolSecrets.create, after the acknowledgement only."""
    prop, stream = living_property(call), stream_of(call)
    if not prop.acknowledged:
        text = "User data collection must be acknowledged before secrets are created."
        raise errors.ApiError(400, "FAILED_PRECONDITION", text)
    name = require_text(call.body, "displayName", "display_name", 100)
    value = "emuMp" + secrets.token_urlsafe(16)
    secret = MeasurementSecret(call.state.take_id(), prop.id, stream.id, name, value)
    call.state.secrets[secret.id] = secret
    return show(secret)


def list_secrets(call: Call) -> dict[str, Any]:
    """measurementProtocolSecrets.list."""
    stream = stream_of(call)
    found = [s for s in call.state.secrets.values() if s.stream_id == stream.id]
    return page_of(call, "measurementProtocolSecrets", [show(secret) for secret in found])


def get_secret(call: Call) -> dict[str, Any]:
    """measurementProtocolSecrets.get."""
    return show(secret_of(call))


def patch_secret(call: Call) -> dict[str, Any]:
    """measurementProtocolSecrets.patch: the name."""
    secret = secret_of(call)
    changes = masked_changes(call, {"display_name": "displayName"})
    secret.display_name = require_text(changes, "displayName", "display_name", 100)
    return show(secret)


def delete_secret(call: Call) -> dict[str, Any]:
    """measurementProtocolSecrets.delete."""
    del call.state.secrets[secret_of(call).id]
    return {}


MANY = STREAM + "/measurementProtocolSecrets"
ONE = MANY + r"/{secret:\d+}"
KIND = "MeasurementProtocolSecret"
METHODS = [
    Method("POST", MANY, create_secret, KIND, KIND),
    Method("GET", MANY, list_secrets, "ListMeasurementProtocolSecretsResponse"),
    Method("GET", ONE, get_secret, KIND),
    Method("PATCH", ONE, patch_secret, KIND, KIND),
    Method("DELETE", ONE, delete_secret, "GoogleProtobufEmpty"),
]
