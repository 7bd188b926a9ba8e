"""Service accounts at the token endpoint, their keys at the IAM API, and API keys."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import READONLY

ROBOT = "robot@one.iam.gserviceaccount.com"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"
KEYS = f"/v1/projects/one/serviceAccounts/{ROBOT}/keys"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Google:
    """Speaks to the emulator as a service account does."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def control(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.base_url}/_emu/api/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def grant(self, file: dict[str, str], **changes: Any) -> requests.Response:
        now = int(time.time())
        claims = {
            "iss": file["client_email"],
            "scope": READONLY,
            "aud": "https://oauth2.googleapis.com/token",
            "iat": now,
            "exp": now + 3600,
            **changes,
        }
        headers = {"kid": file["private_key_id"]} if file.get("private_key_id") else {}
        assertion = jwt.encode(claims, file["private_key"], algorithm="RS256", headers=headers)
        form = {"grant_type": JWT_GRANT, "assertion": assertion}
        return requests.post(f"{self.base_url}/token", data=form, timeout=10)

    def iam(self, file: dict[str, str], method: str, path: str = KEYS, **body: Any) -> Any:
        token = self.grant(file, scope=CLOUD).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.base_url}{path}"
        return requests.request(method, url, json=body or None, headers=headers, timeout=10)


@pytest.fixture
def google(emulator: EmulatorThread) -> Google:
    return Google(emulator.base_url)


@pytest.fixture
def file(google: Google) -> dict[str, str]:
    made: dict[str, str] = google.control("service-accounts", email=ROBOT, project="one")["json"]
    return made


def refused(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["error"], body["error_description"]


def test_a_good_assertion_gives_an_access_token_and_nothing_else(
    google: Google, file: dict[str, str]
) -> None:
    body = google.grant(file).json()
    assert set(body) == {"access_token", "expires_in", "token_type"}


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"iat": 0, "exp": 3600}, "invalid_grant", "Invalid JWT: Token must be a short-lived"),
        ({"exp": 1}, "invalid_grant", "Invalid JWT: Token must be a short-lived"),
        ({"aud": "https://x.example"}, "invalid_grant", "Invalid JWT: Failed audience check."),
        ({"iss": "nobody@x.example"}, "invalid_grant", "Invalid grant: account not found"),
        ({"scope": ""}, "invalid_scope", "Invalid OAuth scope"),
        ({"scope": f"{READONLY},{CLOUD}"}, "invalid_scope", "Invalid OAuth scope"),
        ({"sub": "ada@gmail.example"}, "unauthorized_client", "Client is unauthorized"),
    ],
)
def test_a_bad_assertion_is_refused_in_googles_words(
    google: Google, file: dict[str, str], changes: dict[str, Any], error: str, words: str
) -> None:
    _, code, description = refused(google.grant(file, **changes))
    assert code == error
    assert description.startswith(words)


def test_a_clock_that_is_ten_minutes_off_is_refused(google: Google, file: dict[str, str]) -> None:
    google.control("clock", offset_seconds=-600)
    assert refused(google.grant(file))[2].startswith("Invalid JWT: Token must be")


def test_a_p12_key_without_an_id_is_tried_against_all(google: Google) -> None:
    made = google.control("service-accounts", email=ROBOT, project="one")
    p12 = base64.b64decode(made["p12"])
    private = pkcs12.load_key_and_certificates(p12, b"notasecret")[0]
    assert private is not None
    assert google.grant({**made["json"], "private_key_id": ""}).ok


def test_keys_are_made_listed_disabled_enabled_and_deleted(
    google: Google, file: dict[str, str]
) -> None:
    made = google.iam(file, "POST").json()
    new = json.loads(base64.b64decode(made["privateKeyData"]))
    key = f"/v1/{made['name']}"
    assert google.grant(new).ok
    everything = google.iam(file, "GET").json()["keys"]
    assert {k["keyType"] for k in everything} == {"USER_MANAGED", "SYSTEM_MANAGED"}
    assert all("privateKeyData" not in k for k in everything)
    mine = google.iam(file, "GET", f"{KEYS}?keyTypes=USER_MANAGED").json()["keys"]
    assert len(mine) == 2
    assert google.iam(file, "POST", f"{key}:disable").json() == {}
    assert refused(google.grant(new)) == (400, "invalid_grant", "Invalid JWT Signature.")
    assert google.iam(file, "GET", key).json()["disabled"] is True
    google.iam(file, "POST", f"{key}:enable")
    assert google.grant(new).ok
    assert google.iam(file, "DELETE", key).json() == {}
    assert refused(google.grant(new)) == (400, "invalid_grant", "Invalid JWT Signature.")
    assert google.iam(file, "GET", key).status_code == 404


def test_a_new_key_works_only_when_it_has_spread(google: Google, file: dict[str, str]) -> None:
    google.control("scenario", name="key-propagation", params={"seconds": 60}, times=1)
    made = google.iam(file, "POST").json()
    new = json.loads(base64.b64decode(made["privateKeyData"]))
    assert refused(google.grant(new))[2] == "Invalid JWT Signature."
    google.control("clock", advance_seconds=61)
    assert google.grant(new).ok


def test_the_eleventh_key_is_refused_without_a_reason(google: Google, file: dict[str, str]) -> None:
    assert [google.iam(file, "POST").status_code for _ in range(10)] == [200] * 9 + [400]
    error = google.iam(file, "POST").json()["error"]
    assert error == {
        "code": 400,
        "message": "Precondition check failed.",
        "status": "FAILED_PRECONDITION",
    }


def test_an_organisation_that_forbids_keys_says_which_rule(
    google: Google, file: dict[str, str]
) -> None:
    google.control("scenario", name="iam-org-policy")
    error = google.iam(file, "POST").json()["error"]
    violation = error["details"][0]["violations"][0]
    assert violation["type"] == "constraints/iam.disableServiceAccountKeyCreation"


def test_a_service_account_without_the_role_manages_no_keys(google: Google) -> None:
    plain = google.control(
        "service-accounts", email="plain@one.iam.gserviceaccount.com", key_admin=False
    )["json"]
    assert google.iam(plain, "GET").status_code in {403, 404}


def test_a_key_that_works_is_accepted_and_others_are_told_why(google: Google) -> None:
    value = google.control("api-keys")["value"]
    url = f"{google.base_url}/$discovery/rest?version=v1beta"

    def ask(key: str) -> requests.Response:
        return requests.get(url, headers={"X-Goog-Api-Key": key}, timeout=10)

    assert ask(value).ok
    bad = ask("AIzaWrong").json()["error"]
    assert (bad["status"], bad["details"][0]["reason"]) == ("INVALID_ARGUMENT", "API_KEY_INVALID")
    google.control("api-keys", value=value, blocked="API_KEY_IP_ADDRESS_BLOCKED")
    blocked = ask(value)
    assert blocked.status_code == 403
    assert blocked.json()["error"]["details"][0]["reason"] == "API_KEY_IP_ADDRESS_BLOCKED"


def test_a_key_alone_opens_no_analytics(google: Google) -> None:
    value = google.control("api-keys")["value"]
    url = f"{google.base_url}/v1beta/accountSummaries"
    alone = requests.get(url, headers={"X-Goog-Api-Key": value}, timeout=10)
    assert alone.status_code == 401
