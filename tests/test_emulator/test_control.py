"""The control API and the control page."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from tests.emulator import control_api, control_credentials, control_terms
from tests.emulator.page_forms import FormReader
from tests.emulator.person import Person
from tests.emulator.scenarios import DESCRIPTIONS
from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import CLIENT, EDIT, TIMEOUT, Product


def post(product: Product, path: str, body: object) -> requests.Response:
    return requests.post(f"{product.base_url}/_emu/api/{path}", json=body, timeout=TIMEOUT)


def test_an_unknown_scenario_lists_the_known_ones(product: Product) -> None:
    answer = post(product, "scenario", {"name": "nonsense"})
    assert answer.status_code == 400
    assert all(name in answer.json()["error"] for name in DESCRIPTIONS)
    header = {"X-Emu-Scenario": "nonsense"}
    url = f"{product.base_url}/token"
    assert requests.post(url, headers=header, timeout=TIMEOUT).status_code == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("scenario", {"name": "deny", "user": "ada@gmail.example"}),
        ("users", {"name": "nobody"}),
        ("users", {"email": "x@y.example", "colour": "red"}),
        ("seed", {"nonsense": 1}),
        ("revoke-grant", {"email": "nobody@gmail.example"}),
        ("grants", {"email": "ada@gmail.example", "client_id": "nobody"}),
        ("clock", [1]),
        ("clock", {"advance_seconds": "soon"}),
        ("scenario", {"name": "deny", "times": "often"}),
        ("accept", {"ticket": "emu-ticket-none"}),
        ("account", {"account": "1"}),
    ],
)
def test_a_misspelt_control_call_is_refused(product: Product, path: str, body: object) -> None:
    answer = post(product, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_scenarios_can_be_switched_off(product: Product) -> None:
    product.scenario("deny")
    product.scenario("api-503")
    product.control("DELETE", "scenario?name=deny")
    active = product.control("GET", "scenario")["active"]
    assert [entry["name"] for entry in active] == ["api-503"]
    product.control("DELETE", "scenario")
    assert product.control("GET", "scenario")["active"] == []


def test_every_scenario_can_be_switched_on(product: Product) -> None:
    for name in DESCRIPTIONS:
        product.scenario(name)
    assert len(product.control("GET", "scenario")["active"]) == len(DESCRIPTIONS)


def test_the_date_header_follows_the_clock(product: Product) -> None:
    before = requests.get(f"{product.base_url}/healthz", timeout=TIMEOUT).headers["Date"]
    product.control("POST", "clock", {"offset_seconds": 3600})
    product.control("POST", "clock", {"advance_seconds": 60})
    after = requests.get(f"{product.base_url}/healthz", timeout=TIMEOUT).headers["Date"]
    moved = parsedate_to_datetime(after) - parsedate_to_datetime(before)
    assert 3659 <= moved.total_seconds() <= 3670


def test_users_clients_and_accounts_can_be_added(product: Product) -> None:
    product.control("POST", "users", {"email": "eve@gmail.example", "accounts": 2})
    client = {"client_id": "new", "client_secret": "s", "redirect_uris": ["http://127.0.0.1/cb"]}
    assert product.control("POST", "clients", {"clients": [client]}) == {"clients": ["new"]}
    eve = Person(product.base_url, "eve@gmail.example")
    url = product.authorize_url(client_id="new", redirect_uri="http://127.0.0.1/cb")
    assert eve.consent(url).startswith("http://127.0.0.1/cb?")
    assert len(product.control("GET", "state")["accounts"]) == 2


def test_grants_can_be_made_in_bulk(product: Product) -> None:
    body = {"email": "ada@gmail.example", "client_id": CLIENT["client_id"], "count": 2}
    made = product.control("POST", "grants", body)["refresh_tokens"]
    assert [product.refresh(token).json()["scope"] for token in made] == [EDIT, EDIT]


def test_the_seed_can_be_replaced_and_reset(product: Product) -> None:
    product.control("POST", "seed", {"users": [{"email": "only@gmail.example"}]})
    product.control("POST", "accounts", {"email": "only@gmail.example"})
    product.control("POST", "reset")
    state = product.control("GET", "state")
    assert [user["email"] for user in state["users"].values()] == ["only@gmail.example"]
    assert state["accounts"] == {}


def test_the_log_hides_secrets(product: Product, ada: Person) -> None:
    granted = product.connect(ada)
    product.refresh(granted["refresh_token"])
    product.call("GET", "/v1beta/accounts", granted["access_token"])
    log = product.control("GET", "requests")
    refresh = next(e for e in log["requests"] if e["status"] == 200 and e["path"] == "/token")
    assert refresh["user"] == "ada@gmail.example"
    assert refresh["body"]["grant_type"] == "authorization_code"
    url = f"{product.base_url}/_emu/"
    shown = [str(log), requests.get(url, timeout=TIMEOUT).text]
    shown.append(str(product.control("GET", "state")))
    secrets = [granted["refresh_token"], granted["access_token"], CLIENT["client_secret"]]
    assert not [secret for secret in secrets for text in shown if secret in text]
    assert granted["refresh_token"][-4:] in shown[0]


def test_the_log_can_be_narrowed(product: Product, ada: Person) -> None:
    product.connect(ada)
    everything = product.control("GET", "requests")
    tokens = product.control("GET", "requests?path=/token")
    assert 0 < len(tokens["requests"]) < len(everything["requests"])
    later = product.control("GET", f"requests?since={everything['now'] + 1}")
    assert later["requests"] == []


def test_the_page_switches_scenarios_moves_the_clock_and_resets(
    emulator: EmulatorThread, product: Product
) -> None:
    url = f"{product.base_url}/_emu/"
    form = {"name": "deny", "user": "ada@gmail.example", "times": "2"}
    page = requests.post(f"{url}scenario", form, timeout=TIMEOUT)
    assert "Switch a scenario off" in page.text
    active = emulator.state.scenarios[0]
    assert (active.name, active.user, active.times) == ("deny", "ada@gmail.example", 2)
    requests.post(f"{url}clock", {"advance": "60"}, timeout=TIMEOUT)
    assert emulator.state.clock_offset == 60
    requests.post(f"{url}scenario-off", {"off": "deny"}, timeout=TIMEOUT)
    assert emulator.state.scenarios == []
    requests.post(f"{url}reset", timeout=TIMEOUT)
    assert emulator.state.clock_offset == 0
    assert requests.post(f"{url}clock", {"advance": "x"}, timeout=TIMEOUT).status_code == 400


def test_every_form_control_on_the_page_has_a_label(product: Product) -> None:
    html = requests.get(f"{product.base_url}/_emu/", timeout=TIMEOUT).text
    assert len(FormReader.of(html).forms) == 4
    for ident in ("name", "user", "times", "advance", "email"):
        assert f'<label for="{ident}">' in html


def test_pages_are_complete_and_safe(product: Product, ada: Person) -> None:
    answer = requests.get(product.authorize_url(), timeout=TIMEOUT)
    assert "script-src 'nonce-" in answer.headers["Content-Security-Policy"]
    for part in ('<html lang="en">', "<title>", "<main", "<h1>", "Local Google for development"):
        assert part in answer.text
    for path in ("/favicon.ico", "/_emu/static/emu.css", "/healthz"):
        assert requests.get(product.base_url + path, timeout=TIMEOUT).status_code == 200


def test_the_handbook_names_every_scenario_and_control_call() -> None:
    handbook = (Path(control_api.__file__).parent / "README.md").read_text("utf-8")
    missing = [
        name for name, words in DESCRIPTIONS.items() if f"| `{name}` | {words} |" not in handbook
    ]
    assert missing == []
    rooms = (control_api, control_credentials, control_terms)
    calls = {route.path.removeprefix(control_api.BASE) for room in rooms for route in room.routes()}
    assert [call for call in calls if call not in handbook] == []
