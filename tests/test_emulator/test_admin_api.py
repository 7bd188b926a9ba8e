"""The Admin API through Google's own client library, and its errors on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

from tests.emulator.admin_settings import ACKNOWLEDGEMENT
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import READONLY, TIMEOUT, Product, google_client


@pytest.fixture
def token(product: Product, ada: Person) -> str:
    return str(product.connect(ada)["access_token"])


@pytest.fixture
def account(product: Product) -> str:
    body = {"email": "ada@gmail.example", "count": 1}
    return f"accounts/{product.control('POST', 'accounts', body)['accounts'][0]}"


@pytest.fixture
def service(product: Product, ada: Person) -> Iterator[Any]:
    refresh_token = product.connect(ada)["refresh_token"]
    with google_client(product, {"refresh_token": refresh_token}) as client:
        yield client


def new_property(account: str, name: str = "Shop") -> dict[str, str]:
    return {"parent": account, "displayName": name, "timeZone": "Europe/Berlin"}


def test_googles_client_sets_up_a_property_with_a_tag(service: Any, account: str) -> None:
    properties = service.properties()
    prop = properties.create(body=new_property(account)).execute()
    assert (prop["parent"], prop["currencyCode"]) == (account, "USD")
    assert prop["serviceLevel"] == "GOOGLE_ANALYTICS_STANDARD"
    body = {
        "type": "WEB_DATA_STREAM",
        "displayName": "Site",
        "webStreamData": {"defaultUri": "https://shop.example"},
    }
    streams = properties.dataStreams()
    stream = streams.create(parent=prop["name"], body=body).execute()
    tag = stream["webStreamData"]["measurementId"]
    assert (tag[:2], len(tag)) == ("G-", 12)
    assert streams.list(parent=prop["name"]).execute()["dataStreams"] == [stream]
    summary = service.accountSummaries().list().execute()["accountSummaries"][0]
    assert summary["propertySummaries"][0]["property"] == prop["name"]


def test_googles_client_reads_and_changes_settings(service: Any, account: str) -> None:
    properties = service.properties()
    name = properties.create(body=new_property(account)).execute()["name"]
    path = f"{name}/dataRetentionSettings"
    assert properties.getDataRetentionSettings(name=path).execute()["name"] == path
    body = {"eventDataRetention": "FOURTEEN_MONTHS"}
    changed = properties.updateDataRetentionSettings(
        name=path, updateMask="event_data_retention", body=body
    ).execute()
    assert changed["eventDataRetention"] == "FOURTEEN_MONTHS"
    body = {"displayName": "New"}
    renamed = properties.patch(name=name, updateMask="display_name", body=body).execute()
    assert (renamed["displayName"], renamed["timeZone"]) == ("New", "Europe/Berlin")


def test_secrets_need_the_acknowledgement(service: Any, account: str) -> None:
    properties = service.properties()
    prop = properties.create(body=new_property(account)).execute()["name"]
    body = {"type": "WEB_DATA_STREAM", "displayName": "Site", "webStreamData": {}}
    stream = properties.dataStreams().create(parent=prop, body=body).execute()["name"]
    secrets = properties.dataStreams().measurementProtocolSecrets()
    with pytest.raises(HttpError) as refused:
        secrets.create(parent=stream, body={"displayName": "server"}).execute()
    assert refused.value.status_code == 400
    properties.acknowledgeUserDataCollection(
        property=prop, body={"acknowledgement": ACKNOWLEDGEMENT}
    ).execute()
    made = secrets.create(parent=stream, body={"displayName": "server"}).execute()
    assert made["secretValue"]
    assert secrets.list(parent=stream).execute()["measurementProtocolSecrets"] == [made]
    assert secrets.delete(name=made["name"]).execute() == {}
    assert secrets.list(parent=stream).execute() == {}


def test_deleting_moves_to_the_trash(service: Any, account: str) -> None:
    properties = service.properties()
    name = properties.create(body=new_property(account)).execute()["name"]
    assert properties.delete(name=name).execute()["expireTime"]
    query = f"parent:{account}"
    assert properties.list(filter=query).execute() == {}
    assert len(properties.list(filter=query, showDeleted=True).execute()["properties"]) == 1
    accounts = service.accounts()
    assert accounts.delete(name=account).execute() == {}
    assert accounts.list().execute() == {}
    assert accounts.list(showDeleted=True).execute()["accounts"][0]["deleted"] is True


def test_an_account_can_be_renamed(service: Any, account: str) -> None:
    body = {"displayName": "New name"}
    patched = service.accounts().patch(name=account, updateMask="displayName", body=body).execute()
    assert patched["displayName"] == "New name"
    assert service.accounts().get(name=account).execute() == patched


def test_streams_can_be_changed_and_deleted(service: Any, account: str) -> None:
    properties = service.properties()
    prop = properties.create(body=new_property(account)).execute()["name"]
    streams = properties.dataStreams()
    body: dict[str, Any] = {"type": "WEB_DATA_STREAM", "displayName": "Site", "webStreamData": {}}
    stream = streams.create(parent=prop, body=body).execute()
    body = {"displayName": "Blog"}
    name = stream["name"]
    patched = streams.patch(name=name, updateMask="display_name", body=body).execute()
    assert patched["displayName"] == "Blog"
    assert patched["webStreamData"] == stream["webStreamData"]
    assert streams.delete(name=name).execute() == {}
    with pytest.raises(HttpError, match="404"):
        streams.get(name=name).execute()


def test_summaries_come_in_pages_of_at_most_200(product: Product, service: Any) -> None:
    assert service.accountSummaries().list().execute() == {}
    product.control("POST", "accounts", {"email": "ada@gmail.example", "count": 450})
    listing = service.accountSummaries()
    request, sizes, names = listing.list(pageSize=1000), [], set()
    while request is not None:
        answer = request.execute()
        sizes.append(len(answer["accountSummaries"]))
        names |= {entry["account"] for entry in answer["accountSummaries"]}
        request = listing.list_next(request, answer)
    assert sizes == [200, 200, 50]
    assert len(names) == 450
    assert len(listing.list().execute()["accountSummaries"]) == 50


@pytest.mark.parametrize("query", ["pageToken=nonsense", "pageSize=-1", "pageSize=many"])
def test_a_bad_page_is_an_invalid_argument(product: Product, token: str, query: str) -> None:
    assert product.call("GET", f"/v1beta/accounts?{query}", token).status_code == 400


def test_enum_numbers_and_prefixed_alt_are_accepted(
    product: Product, token: str, account: str
) -> None:
    body: Any = new_property(account) | {"industryCategory": 1, "propertyType": 1}
    path = "/v1beta/properties?%24alt=json%3Benum-encoding%3Dint"
    prop = product.call("POST", path, token, body).json()
    assert prop["industryCategory"] == "AUTOMOTIVE"
    body = {"type": 1, "displayName": "Site", "webStreamData": {"defaultUri": "https://a.example"}}
    path = f"/v1beta/{prop['name']}/dataStreams?alt=json"
    assert product.call("POST", path, token, body).json()["type"] == "WEB_DATA_STREAM"
    path = f"/v1beta/{prop['name']}/dataRetentionSettings?updateMask=event_data_retention"
    answer = product.call("PATCH", path, token, {"eventDataRetention": 3})
    assert answer.json()["eventDataRetention"] == "FOURTEEN_MONTHS"


def test_users_see_their_own_accounts_only(product: Product, account: str) -> None:
    bob = Person(product.base_url, "bob@gmail.example")
    token = product.connect(bob)["access_token"]
    assert product.call("GET", "/v1beta/accounts", token).json() == {}
    answer = product.call("GET", f"/v1beta/{account}", token)
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "The caller does not have permission"
    create = product.call("POST", "/v1beta/properties", token, new_property(account))
    assert create.status_code == 403


def test_reading_needs_no_more_than_readonly(product: Product, ada: Person, account: str) -> None:
    token = product.connect(ada, scope=READONLY)["access_token"]
    assert product.call("GET", f"/v1beta/{account}", token).status_code == 200
    create = product.call("POST", "/v1beta/properties", token, new_property(account))
    assert create.json()["error"]["status"] == "PERMISSION_DENIED"


def test_the_two_401s_differ(product: Product) -> None:
    url = f"{product.base_url}/v1beta/accounts"
    missing = requests.get(url, timeout=TIMEOUT)
    assert missing.json()["error"]["details"][0]["reason"] == "CREDENTIALS_MISSING"
    assert missing.headers["WWW-Authenticate"].endswith('"https://accounts.google.com/"')
    bad = product.call("GET", "/v1beta/accounts", "ya29.emu-x")
    assert bad.status_code == 401
    assert 'error="invalid_token"' in bad.headers["WWW-Authenticate"]


def test_unknown_fields_are_named(product: Product, token: str, account: str) -> None:
    body = new_property(account) | {"colour": "red"}
    answer = product.call("POST", "/v1beta/properties", token, body)
    assert answer.status_code == 400
    assert 'Unknown name "colour"' in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"timeZone": "Berlin"},
        {"timeZone": ""},
        {"displayName": "x" * 101},
        {"displayName": "\U0001f600" * 51},
        {"currencyCode": "euro"},
        {"industryCategory": "PIRACY"},
    ],
)
def test_bad_property_fields_are_refused(
    product: Product, token: str, account: str, changes: dict[str, str]
) -> None:
    body = new_property(account) | changes
    assert product.call("POST", "/v1beta/properties", token, body).status_code == 400


def test_listing_properties_needs_a_filter(product: Product, token: str) -> None:
    assert product.call("GET", "/v1beta/properties", token).status_code == 400


def test_patching_needs_a_mask(product: Product, token: str, account: str) -> None:
    answer = product.call("PATCH", f"/v1beta/{account}", token, {"displayName": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("verb", "path"),
    [("GET", "/v1beta/nonsense"), ("PUT", "/v1beta/accounts"), ("GET", "/v1beta/accounts/x")],
)
def test_unknown_paths_and_verbs_are_404_pages(
    product: Product, token: str, verb: str, path: str
) -> None:
    answer = product.call(verb, path, token)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_limits_of_properties_and_streams(
    emulator: EmulatorThread, product: Product, token: str, account: str
) -> None:
    emulator.state.limits.property_limit = emulator.state.limits.stream_limit = 1
    first = product.call("POST", "/v1beta/properties", token, new_property(account)).json()
    second = product.call("POST", "/v1beta/properties", token, new_property(account))
    assert second.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    body = {"type": "WEB_DATA_STREAM", "displayName": "Site", "webStreamData": {}}
    path = f"/v1beta/{first['name']}/dataStreams"
    statuses = [product.call("POST", path, token, body).status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_quotas_apply_when_the_seed_sets_them(
    emulator: EmulatorThread, product: Product, token: str
) -> None:
    emulator.state.limits.quotas = {"requests_user": 2}
    calls = [product.call("GET", "/v1beta/accounts", token) for _ in range(3)]
    assert [answer.status_code for answer in calls] == [200, 200, 429]
    assert int(calls[2].headers["Retry-After"]) > 0
