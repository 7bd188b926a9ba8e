"""Control calls about service accounts and API keys: what people do in Google's console."""

from __future__ import annotations

import base64
import secrets

from aiohttp import web

from tests.emulator import service_accounts
from tests.emulator.api_keys import BLOCKED
from tests.emulator.control_api import BASE, number, read
from tests.emulator.seed import SeedError
from tests.emulator.state import ApiKey
from tests.emulator.world import world_of


async def add_service_account(request: web.Request) -> web.Response:
    """Create a service account, with a key file that is shown this once."""
    data = await read(request)
    email = str(data.get("email", ""))
    if not email.endswith(".iam.gserviceaccount.com"):
        raise SeedError("a service account's email ends with .iam.gserviceaccount.com")
    state = world_of(request).state
    admin = bool(data.get("key_admin", True))
    project = str(data.get("project", "portal-project"))
    if email not in state.service_accounts:
        service_accounts.create(state, email, project, key_admin=admin)
    made = service_accounts.add_key(state, email, bits=int(number(data, "bits", 2048)))
    p12 = service_accounts.p12_file(made, str(data.get("passphrase", "notasecret")).encode())
    body = {"json": service_accounts.json_file(state, made), "p12": base64.b64encode(p12).decode()}
    return web.json_response(body)


async def add_api_key(request: web.Request) -> web.Response:
    """Make an API key, or change what it is restricted to."""
    data = await read(request)
    blocked = data.get("blocked")
    if blocked is not None and blocked not in BLOCKED:
        raise SeedError(f"blocked is one of {', '.join(BLOCKED)}")
    value = str(data.get("value") or "AIzaEmu" + secrets.token_hex(16))
    key = ApiKey(value, str(data.get("project", "portal-project")), blocked)
    world_of(request).state.api_keys[value] = key
    return web.json_response({"value": value})


def routes() -> list[web.RouteDef]:
    """Both calls."""
    return [
        web.post(BASE + "service-accounts", add_service_account),
        web.post(BASE + "api-keys", add_api_key),
    ]
