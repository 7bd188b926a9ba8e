"""The Google Analytics Admin API v1beta, as far as the portal uses it (contract §4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httplib2
from django.conf import settings
from google.auth.exceptions import GoogleAuthError
from googleapiclient.discovery import Resource, build
from googleapiclient.errors import HttpError

from provisioning.google.errors import api_error
from provisioning.google.http import authorized
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.journal import Subject

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Account:
    """An Analytics account that the Google account can see."""

    account_id: str
    display_name: str
    created: str


@dataclass(frozen=True, slots=True)
class Property:
    """A GA4 property."""

    property_id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class WebStream:
    """A web data stream with the measurement id of its tag."""

    stream_id: str
    default_uri: str
    measurement_id: str


@lru_cache(maxsize=4)
def _resource(endpoint: str) -> Resource:
    # Built once a process: it costs milliseconds and half a megabyte, and holds
    # no credentials, so tenants can share it.
    return build(
        "analyticsadmin",
        "v1beta",
        http=httplib2.Http(),
        client_options={"api_endpoint": endpoint},
        static_discovery=True,
        cache_discovery=False,
    )


class AdminApi:
    """The API, called with one access token for one subject.

    Every method raises GoogleError and nothing else. Writes are sent once: what
    to do after an unclear answer is decided by the caller, who can look first.
    """

    def __init__(self, token: str, subject: Subject) -> None:
        self._token = token
        self._subject = subject
        self._api: Any = _resource(settings.GOOGLE_ADMIN_API_URL)

    def create_ticket(self, *, display_name: str, region_code: str, redirect_uri: str) -> str:
        """Ask for an account ticket; returns its id (contract §4.1)."""
        account = {"displayName": display_name, "regionCode": region_code}
        body = {"account": account, "redirectUri": redirect_uri}
        answer = self._send(self._api.accounts().provisionAccountTicket(body=body))
        return str(answer["accountTicketId"])

    def accounts(self) -> Iterator[Account]:
        """All accounts that the Google account can see, page by page."""
        listing = self._api.accounts()
        call = listing.list(pageSize=_PAGE)
        while call is not None:
            answer = self._send(call)
            for item in answer.get("accounts", []):
                yield _account(item)
            call = listing.list_next(call, answer)

    def properties(self, account_id: str) -> Iterator[Property]:
        """All properties of an account."""
        listing = self._api.properties()
        call = listing.list(filter=f"parent:accounts/{account_id}", pageSize=_PAGE)
        while call is not None:
            answer = self._send(call)
            for item in answer.get("properties", []):
                yield _property(item)
            call = listing.list_next(call, answer)

    def create_property(self, *, account_id: str, display_name: str, time_zone: str) -> Property:
        """Create a GA4 property."""
        body = {
            "parent": f"accounts/{account_id}",
            "displayName": display_name,
            "timeZone": time_zone,
        }
        return _property(self._send(self._api.properties().create(body=body)))

    def web_streams(self, property_id: str) -> Iterator[WebStream]:
        """All web data streams of a property."""
        listing = self._api.properties().dataStreams()
        call = listing.list(parent=f"properties/{property_id}", pageSize=_PAGE)
        while call is not None:
            answer = self._send(call)
            for item in answer.get("dataStreams", []):
                if item.get("type") == "WEB_DATA_STREAM":
                    yield _stream(item)
            call = listing.list_next(call, answer)

    def create_web_stream(
        self, *, property_id: str, display_name: str, default_uri: str
    ) -> WebStream:
        """Create a web data stream."""
        body = {
            "type": "WEB_DATA_STREAM",
            "displayName": display_name,
            "webStreamData": {"defaultUri": default_uri},
        }
        streams = self._api.properties().dataStreams()
        return _stream(self._send(streams.create(parent=f"properties/{property_id}", body=body)))

    def _send(self, call: Any) -> dict[str, Any]:
        http = authorized(self._token, self._subject)
        try:
            answer = call.execute(http=http, num_retries=0)
        except HttpError as error:
            raise api_error(error.resp.status, error.content, error.resp) from error
        except TimeoutError as error:
            raise GoogleError(Trouble(ErrorKind.TIMEOUT)) from error
        except (OSError, httplib2.HttpLib2Error, GoogleAuthError) as error:
            trouble = Trouble(ErrorKind.NETWORK, message=type(error).__name__)
            raise GoogleError(trouble) from error
        except ValueError as error:
            raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER, 200)) from error
        finally:
            http.close()
        if not isinstance(answer, dict):
            raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER, 200))
        return answer


def _id(name: object) -> str:
    return str(name).rpartition("/")[2]


def _account(item: dict[str, Any]) -> Account:
    return Account(
        _id(item["name"]), str(item.get("displayName", "")), str(item.get("createTime", ""))
    )


def _property(item: dict[str, Any]) -> Property:
    return Property(_id(item["name"]), str(item.get("displayName", "")))


def _stream(item: dict[str, Any]) -> WebStream:
    data = item.get("webStreamData", {})
    return WebStream(
        _id(item["name"]), str(data.get("defaultUri", "")), str(data.get("measurementId", ""))
    )
