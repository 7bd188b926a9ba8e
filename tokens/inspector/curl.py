"""An exchange as a `curl` command that can be pasted into a shell. Pure functions.

Secrets were never kept: in their places stand shell variables
(`$ACCESS_TOKEN`, `$REFRESH_TOKEN`, …) that whoever runs the command sets
first. Everything else is quoted, because names and bodies come from people
and from Google, and a pasted line is a program.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tokens.exchanges.redaction import is_hidden

_BREAK = " \\\n  "
_FORM = "application/x-www-form-urlencoded"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#%&*+.^_|~-]+")
_METHOD = re.compile(r"[A-Z]{1,10}")
# curl writes these itself, and right for what it sends.
_CURLS_OWN = frozenset({"accept-encoding", "connection", "content-length", "host", "user-agent"})
# A shell variable in the place of a hidden value, while the JSON around it is quoted.
_PLACE = re.compile(r"\\u0000([A-Z0-9_]+)\\u0000")


def as_curl(method: str, url: str, headers: Mapping[str, str], body: Any) -> str:
    """The command that asks Google the same again."""
    parts = [*_address(method, url), *_headers(headers), *_body(headers, body)]
    return _BREAK.join(parts)


def _address(method: str, url: str) -> Iterator[str]:
    verb = method if _METHOD.fullmatch(method) else "GET"
    yield "curl --head" if verb == "HEAD" else f"curl --request {verb}"
    if set(url) & set("[]{}"):
        # Otherwise curl takes brackets for a list of addresses.
        yield "--globoff"
    yield f"--url {shlex.quote(_one_line(url))}"


def _headers(headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _CURLS_OWN:
            continue
        if name.lower() == "authorization":
            yield '--header "Authorization: Bearer $ACCESS_TOKEN"'
        elif is_hidden(value):
            yield f"--header {shlex.quote(f'{name}: ')}{_variable(name)}"
        else:
            yield f"--header {shlex.quote(_one_line(f'{name}: {value}'))}"


def _body(headers: Mapping[str, str], body: Any) -> Iterator[str]:
    if not body:
        return
    types = [value for name, value in headers.items() if name.lower() == "content-type"]
    if isinstance(body, Mapping) and (_FORM in "".join(types) or "grant_type" in body):
        yield from (_form_field(name, value) for name, value in body.items())
    else:
        yield f"--data-raw {_json(body)}"


def _form_field(name: str, value: Any) -> str:
    # curl takes the name as it stands and encodes what comes after the first `=`.
    start = f"{quote(name, safe='')}="
    if is_hidden(value):
        return f"--data-urlencode {shlex.quote(start)}{_variable(name)}"
    return f"--data-urlencode {shlex.quote(start + str(value))}"


def _json(body: Any) -> str:
    quoted = "'" + json.dumps(_with_places(body, "body")).replace("'", "'\\''") + "'"
    return _PLACE.sub(lambda found: f"""'"${found[1]}"'""", quoted)


def _with_places(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return {_no_nul(key): _with_places(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_places(inner, name) for inner in value]
    if is_hidden(value):
        return f"\0{_variable_name(name)}\0"
    return _no_nul(value) if isinstance(value, str) else value


def _variable(name: str) -> str:
    return f'"${_variable_name(name)}"'


def _variable_name(name: str) -> str:
    """`clientSecret`, `client-secret` and `client_secret` are all `CLIENT_SECRET`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = re.sub(r"[^A-Za-z0-9]+", "_", spaced).strip("_").upper()
    return plain if plain and plain[0].isalpha() else f"VALUE_{plain}".rstrip("_")


def _no_nul(text: str) -> str:
    return text.replace("\0", "")


def _one_line(text: str) -> str:
    return re.sub(r"[\0\r\n]+", " ", text)
