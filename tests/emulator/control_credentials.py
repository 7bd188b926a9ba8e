"""Control calls about credentials: what people do in Google's console."""

from __future__ import annotations

import base64
import secrets

from aiohttp import web

from tests.emulator import seed, service_accounts
from tests.emulator.api_keys import BLOCKED
from tests.emulator.control_api import BASE, number, read
from tests.emulator.oauth_client import known_secrets
from tests.emulator.seed import SeedError
from tests.emulator.state import ApiKey, Client
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
    key.services = [str(one) for one in data.get("services", [])]
    world_of(request).state.api_keys[value] = key
    return web.json_response({"value": value})


async def add_web_client(request: web.Request) -> web.Response:
    """Create an OAuth client of the type Web application, with the file that is offered then."""
    data = await read(request)
    number_of_project = secrets.randbelow(10**12)
    made = f"{number_of_project}-{secrets.token_hex(8)}.apps.googleusercontent.com"
    entry = {"client_id": made, "client_secret": new_secret(), **data}
    client = seed.client_from(entry)
    world_of(request).state.clients[client.client_id] = client
    return web.json_response(file_of(client, client.client_secret))


def new_secret() -> str:
    """A client secret as Google makes them, with the emulator's mark."""
    return f"GOCSPX-emu-{secrets.token_urlsafe(18)}"


def file_of(client: Client, secret: str) -> dict[str, dict[str, object]]:
    """The client_secret_….json of a web client, as the console offers it for download."""
    return {
        "web": {
            "client_id": client.client_id,
            "project_id": client.project,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_secret": secret,
            "redirect_uris": client.redirect_uris,
        }
    }


async def add_client_secret(request: web.Request) -> web.Response:
    """Add a secret to a client that has one; the console refuses a third."""
    client = client_named(request, await read(request))
    if len(known_secrets(client)) > 1:
        raise SeedError("a client has two secrets at most: delete one first")
    made = new_secret()
    if client.client_secret:
        client.second_secret = made
    else:
        client.client_secret = made
    return web.json_response(file_of(client, made))


async def end_client_secret(request: web.Request) -> web.Response:
    """Disable, enable or delete a secret; the console deletes only what is disabled."""
    data = await read(request)
    client = client_named(request, data)
    secret, act = str(data.get("secret", "")), data.get("act")
    if secret not in known_secrets(client):
        raise SeedError("the client has no such secret")
    disabled = secret in client.disabled_secrets
    if act == "disable" and not disabled:
        client.disabled_secrets.append(secret)
    elif act == "enable" and disabled:
        client.disabled_secrets.remove(secret)
    elif act == "delete" and disabled:
        client.disabled_secrets.remove(secret)
        kept = [one for one in known_secrets(client) if one != secret]
        client.client_secret, client.second_secret = [*kept, "", ""][:2]
    else:
        raise SeedError("disable, enable or delete; only a disabled secret is enabled or deleted")
    return web.json_response({"secrets": len(known_secrets(client))})


def client_named(request: web.Request, data: dict[str, object]) -> Client:
    """The client of a control call."""
    client = world_of(request).state.clients.get(str(data.get("client_id", "")))
    if client is None:
        raise SeedError(f"no client {data.get('client_id')!r}")
    return client


def routes() -> list[web.RouteDef]:
    """All of these calls."""
    return [
        web.post(BASE + "web-clients", add_web_client),
        web.post(BASE + "client-secrets", add_client_secret),
        web.post(BASE + "client-secrets/end", end_client_secret),
        web.post(BASE + "service-accounts", add_service_account),
        web.post(BASE + "api-keys", add_api_key),
    ]
