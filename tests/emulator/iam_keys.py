"""IAM API v1: the keys of service accounts (contract §8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.emulator import errors, faults, scopes, service_accounts
from tests.emulator.bearer import require_token
from tests.emulator.errors import TYPE, ApiError
from tests.emulator.state import ServiceAccount, ServiceAccountKey
from tests.emulator.world import hit, world_of

CLOUD = scopes.PREFIX + "cloud-platform"
BASE = "/v1/projects/{project}/serviceAccounts/{email}/keys"
LIMIT = 10
FILE_TYPES = ("TYPE_GOOGLE_CREDENTIALS_FILE", "TYPE_PKCS12_FILE")
NO_CREATION = "constraints/iam.disableServiceAccountKeyCreation"
Handler = Callable[[web.Request], Any]


def account_of(request: web.Request, permission: str) -> ServiceAccount:
    """The service account of the path, if the caller may do this to its keys."""
    world = world_of(request)
    token = require_token(request)
    if CLOUD not in token.scopes:
        raise errors.insufficient_scope((CLOUD,))
    if hit(request, "api-503") is not None:
        raise errors.unavailable()
    account = world.state.service_accounts.get(request.match_info["email"])
    if account is None and request.match_info["project"] != "-":
        email = request.match_info["email"]
        raise ApiError(404, "NOT_FOUND", f"Service account {email} does not exist.")
    caller = world.state.users[token.sub].email
    owner = world.state.service_accounts.get(caller)
    known = account is not None and owner is not None and owner.project == account.project
    if not known or account is None or owner is None or not owner.key_admin:
        what = f"'iam.serviceAccountKeys.{permission}'"
        text = f"Permission {what} denied on resource (or it may not exist)."
        raise ApiError(403, "PERMISSION_DENIED", text)
    return account


def key_of(request: web.Request, account: ServiceAccount) -> ServiceAccountKey:
    """The key of the path."""
    key = world_of(request).state.service_account_keys.get(request.match_info["key"])
    if key is None or key.email != account.email:
        name = request.match_info["key"]
        raise ApiError(404, "NOT_FOUND", f"Service account key {name} does not exist.")
    return key


async def create(request: web.Request) -> web.Response:
    """Make a key; its private half is in this answer and nowhere else."""
    account = account_of(request, "create")
    state = world_of(request).state
    body = json.loads(await request.read() or b"{}")
    file_type = body.get("privateKeyType", FILE_TYPES[0])
    if file_type not in FILE_TYPES:
        raise errors.invalid_argument("Invalid value at 'private_key_type'", "private_key_type")
    refuse_by_policy(request)
    mine = [k for k in service_accounts.keys_of(state, account.email) if k.kind == "USER"]
    if len(mine) >= LIMIT or hit(request, "iam-key-limit") is not None:
        raise ApiError(400, "FAILED_PRECONDITION", "Precondition check failed.")
    late = hit(request, "key-propagation")
    delay = faults.number(late, "seconds", 60) if late is not None else 0
    made = service_accounts.add_key(state, account.email, delay=delay)
    answer = service_accounts.wire(account, made.key)
    answer |= {
        "privateKeyType": file_type,
        "privateKeyData": service_accounts.private_data(state, made, file_type),
    }
    lost = hit(request, "write-applied-then-timeout")
    if lost is not None:
        return await faults.drop(request, faults.number(lost, "seconds", 30))
    return web.json_response(answer)


def refuse_by_policy(request: web.Request) -> None:
    """What organisations that forbid key files answer."""
    if hit(request, "iam-org-policy") is None:
        return
    text = "Key creation is not allowed on this service account."
    violation = {"type": NO_CREATION, "subject": "projects/portal-project", "description": text}
    details = [{"@type": TYPE + "PreconditionFailure", "violations": [violation]}]
    raise ApiError(400, "FAILED_PRECONDITION", text, details)


async def list_keys(request: web.Request) -> web.Response:
    """All keys; those that Google manages for itself come along unless left out."""
    account = account_of(request, "list")
    wanted = set(request.query.getall("keyTypes", [])) - {"KEY_TYPE_UNSPECIFIED"}
    keys = service_accounts.keys_of(world_of(request).state, account.email)
    found = [service_accounts.wire(account, key) for key in keys]
    kept = [key for key in found if not wanted or key["keyType"] in wanted]
    return web.json_response({"keys": kept} if kept else {})


async def get(request: web.Request) -> web.Response:
    """One key, without anything private."""
    account = account_of(request, "get")
    return web.json_response(service_accounts.wire(account, key_of(request, account)))


async def delete(request: web.Request) -> web.Response:
    """End a key for good; access tokens that it got live on."""
    account = account_of(request, "delete")
    key = key_of(request, account)
    del world_of(request).state.service_account_keys[key.id]
    return web.json_response({})


def switch(permission: str, *, disabled: bool) -> Handler:
    """A handler that disables or enables a key."""

    async def handle(request: web.Request) -> web.Response:
        account = account_of(request, permission)
        key_of(request, account).disabled = disabled
        return web.json_response({})

    return handle


def routes() -> list[web.RouteDef]:
    """The methods of `projects.serviceAccounts.keys` that the product calls."""
    return [
        web.post(BASE, create),
        web.get(BASE, list_keys),
        web.get(BASE + "/{key}", get),
        web.delete(BASE + "/{key}", delete),
        web.post(BASE + "/{key}:disable", switch("disable", disabled=True)),
        web.post(BASE + "/{key}:enable", switch("enable", disabled=False)),
    ]
