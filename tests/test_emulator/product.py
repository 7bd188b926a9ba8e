"""A stand-in for the product: asks for consent, exchanges codes, calls APIs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from google.oauth2 import credentials
from googleapiclient.discovery import build

from tests.emulator.person import Person

EDIT = "https://www.googleapis.com/auth/analytics.edit"
READONLY = "https://www.googleapis.com/auth/analytics.readonly"
CALLBACK = "http://127.0.0.1:8000/google/callback/"
RETURN = "http://127.0.0.1:8000/terms/return/?flow=1"
CLIENT = {"client_id": "portal.apps.googleusercontent.com", "client_secret": "GOCSPX-emu-portal"}
SIBLING = {"client_id": "sibling.apps.googleusercontent.com", "client_secret": "GOCSPX-emu-sib"}
TESTING = {"client_id": "testing.apps.googleusercontent.com", "client_secret": "GOCSPX-emu-test"}
TERMINAL = {"client_id": "terminal.apps.googleusercontent.com", "client_secret": "GOCSPX-emu-tty"}
SEED: dict[str, Any] = {
    "clients": [
        {**CLIENT, "redirect_uris": [CALLBACK, RETURN], "project": "one", "name": "Portal"},
        {**SIBLING, "redirect_uris": [CALLBACK], "project": "one", "name": "Sibling"},
        {**TERMINAL, "kind": "installed", "project": "one", "name": "Portal in a terminal"},
        {
            **TESTING,
            "redirect_uris": [CALLBACK],
            "project": "two",
            "mode": "testing",
            "test_users": ["ada@gmail.example"],
        },
    ],
    "users": [
        {"email": "ada@gmail.example", "name": "Ada Example"},
        {"email": "bob@gmail.example", "name": "Bob Example"},
        {"email": "ida@workspace.example", "name": "Ida Example", "hd": "workspace.example"},
    ],
    "refresh_token_limit": 3,
    "account_limit": 2,
}
TIMEOUT = 10


class Product:
    """Speaks to the emulator as the portal does."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def authorize_url(self, **changes: str | None) -> str:
        """An authorisation address; None removes a parameter."""
        query: dict[str, str | None] = {
            "client_id": CLIENT["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": f"openid email profile {EDIT}",
            "access_type": "offline",
            "prompt": "consent",
            "state": "opaque/=&+ state",
            **changes,
        }
        kept = {key: value for key, value in query.items() if value is not None}
        return f"{self.base_url}/o/oauth2/v2/auth?{urlencode(kept)}"

    def post_token(self, scenario: str | None = None, **form: str) -> requests.Response:
        """Call the token endpoint as the portal's client."""
        headers = {"X-Emu-Scenario": scenario} if scenario else {}
        body = {**CLIENT, **form}
        url = f"{self.base_url}/token"
        return requests.post(url, data=body, headers=headers, timeout=TIMEOUT)

    def exchange(self, callback: str, **form: str) -> requests.Response:
        """Redeem the code of a callback address."""
        fields = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, **form}
        return self.post_token(code=answer_of(callback)["code"], **fields)

    def refresh(self, token: str, **form: str) -> requests.Response:
        """Refresh."""
        return self.post_token(grant_type="refresh_token", refresh_token=token, **form)

    def connect(self, person: Person, client: dict[str, str] = CLIENT, **query: str) -> Any:
        """Walk a person through consent and return the token answer."""
        url = self.authorize_url(client_id=client["client_id"], **query)
        answer = self.exchange(person.consent(url), **client)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(
        self, verb: str, path: str, token: str, body: Any = None, **headers: str
    ) -> requests.Response:
        """Call an API with an access token."""
        return requests.request(
            verb,
            self.base_url + path,
            json=body,
            headers={"Authorization": f"Bearer {token}", **headers},
            timeout=TIMEOUT,
        )

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        """Call the control API."""
        url = f"{self.base_url}/_emu/api/{path}"
        answer = requests.request(verb, url, json=body, timeout=TIMEOUT)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def scenario(self, name: str, **fields: Any) -> None:
        """Switch a scenario on."""
        self.control("POST", "scenario", {"name": name, **fields})

    def ticket(self, token: str, **changes: Any) -> requests.Response:
        """Ask for an account ticket."""
        body = {
            "account": {"displayName": "Bakery", "regionCode": "DE"},
            "redirectUri": RETURN,
            **changes,
        }
        return self.call("POST", "/v1beta/accounts:provisionAccountTicket", token, body)

    def tos_url(self, ticket: str) -> str:
        """The address of the terms, in the form that Google documents."""
        path = "/analytics/web/?provisioningSignup=false#/termsofservice/"
        return f"{self.base_url}{path}{ticket}"


@contextmanager
def google_client(product: Product, granted: dict[str, Any]) -> Iterator[Any]:
    """Google's own client library, pointed at the emulator, with a token answer's tokens."""
    untyped: Any = credentials
    keys = untyped.Credentials(
        token=granted.get("access_token"),
        refresh_token=granted["refresh_token"],
        token_uri=f"{product.base_url}/token",
        **CLIENT,
    )
    options = {"api_endpoint": product.base_url}
    with build(
        "analyticsadmin",
        "v1beta",
        credentials=keys,
        client_options=options,
        cache_discovery=False,
    ) as service:
        yield service


def answer_of(url: str) -> dict[str, str]:
    """The query parameters of a callback address."""
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
