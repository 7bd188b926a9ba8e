"""Data streams of a property (contract §4.4)."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from tests.emulator import clock, errors
from tests.emulator.admin_api import Call, Method
from tests.emulator.admin_fields import masked_changes, put, require_text
from tests.emulator.admin_properties import ONE as PROPERTY
from tests.emulator.admin_properties import living_property, property_of
from tests.emulator.paging import page_of
from tests.emulator.state import DataStream

WEB = "WEB_DATA_STREAM"
TYPES = {
    WEB: "webStreamData",
    "ANDROID_APP_DATA_STREAM": "androidAppStreamData",
    "IOS_APP_DATA_STREAM": "iosAppStreamData",
}
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def measurement_id(stream_id: str) -> str:
    """A tag id that is always the same for the same stream."""
    digest = hashlib.sha256(stream_id.encode()).digest()
    return "G-" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:10])


def stream_of(call: Call) -> DataStream:
    """Return the stream of the path."""
    prop = property_of(call)
    stream = call.state.streams.get(call.part("stream"))
    if stream is None or stream.property_id != prop.id:
        raise errors.ApiError(404, "NOT_FOUND", "Requested entity was not found.")
    return stream


def show(stream: DataStream) -> dict[str, Any]:
    """A DataStream as the API shows it."""
    body: dict[str, Any] = {
        "name": f"properties/{stream.property_id}/dataStreams/{stream.id}",
        "createTime": clock.rfc3339(stream.created_at),
        "updateTime": clock.rfc3339(stream.updated_at),
        **stream.body,
    }
    if stream.body["type"] == WEB:
        data = {"measurementId": stream.measurement_id, **stream.body["webStreamData"]}
        body["webStreamData"] = data
    return body


def create_stream(call: Call) -> dict[str, Any]:
    """dataStreams.create."""
    prop = living_property(call)
    if call.hit("stream-503") is not None:
        raise errors.unavailable()
    body = checked_fields(call)
    count = len(streams_of(call, prop.id))
    if count >= call.state.limits.stream_limit or call.hit("stream-limit") is not None:
        raise errors.exhausted("The property has reached its limit of data streams.")
    number = call.state.take_id()
    stream = DataStream(number, prop.id, body, measurement_id(number), call.now, call.now)
    call.state.streams[number] = stream
    return show(stream)


def checked_fields(call: Call) -> dict[str, Any]:
    """Check type, name and the data that belongs to the type."""
    kind = call.body.get("type")
    if kind not in TYPES:
        raise errors.invalid_argument("The data_stream.type field is required.", "type")
    if TYPES[kind] not in call.body:
        text = f"The {TYPES[kind]} field is required for {kind}."
        raise errors.invalid_argument(text, TYPES[kind])
    data = dict(call.body[TYPES[kind]])
    body = {"type": kind, TYPES[kind]: data}
    if kind == WEB:
        check_uri(data.get("defaultUri"))
        data.pop("measurementId", None)
        data.pop("firebaseAppId", None)
        require_text(call.body, "displayName", "data_stream.display_name", 255)
    if "displayName" in call.body:
        body["displayName"] = call.body["displayName"]
    return body


def check_uri(uri: str | None) -> None:
    """A web stream's address is absolute, when there is one."""
    if uri and (urlsplit(uri).scheme not in ("http", "https") or not urlsplit(uri).hostname):
        text = "The web_stream_data.default_uri field is not an absolute web address."
        raise errors.invalid_argument(text, "web_stream_data.default_uri")


def streams_of(call: Call, property_id: str) -> list[DataStream]:
    """The streams of a property."""
    return [s for s in call.state.streams.values() if s.property_id == property_id]


def get_stream(call: Call) -> dict[str, Any]:
    """dataStreams.get."""
    return show(stream_of(call))


def list_streams(call: Call) -> dict[str, Any]:
    """dataStreams.list."""
    found = streams_of(call, property_of(call).id)
    return page_of(call, "dataStreams", [show(stream) for stream in found])


def patch_stream(call: Call) -> dict[str, Any]:
    """dataStreams.patch: the name, and the address of a web stream."""
    stream = stream_of(call)
    allowed = {"display_name": "displayName"}
    if stream.body["type"] == WEB:
        allowed |= {"web_stream_data": "webStreamData"}
        allowed |= {"web_stream_data.default_uri": "webStreamData"}
    changes = masked_changes(call, allowed)
    if "displayName" in changes:
        require_text(changes, "displayName", "data_stream.display_name", 255)
    if "webStreamData" in changes:
        uri = (changes["webStreamData"] or {}).get("defaultUri", "")
        check_uri(uri)
        changes["webStreamData"] = {"defaultUri": uri}
    put(stream.body, changes)
    stream.updated_at = call.now
    return show(stream)


def delete_stream(call: Call) -> dict[str, Any]:
    """dataStreams.delete."""
    del call.state.streams[stream_of(call).id]
    return {}


MANY = PROPERTY + "/dataStreams"
ONE = MANY + r"/{stream:\d+}"
METHODS = [
    Method("POST", MANY, create_stream, "DataStream", "DataStream"),
    Method("GET", MANY, list_streams, "ListDataStreamsResponse"),
    Method("GET", ONE, get_stream, "DataStream"),
    Method("PATCH", ONE, patch_stream, "DataStream", "DataStream"),
    Method("DELETE", ONE, delete_stream, "GoogleProtobufEmpty"),
]
