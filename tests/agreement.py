"""Whether what the portal has written down of its calls is what the local Google was asked.

Looked at after each test that has a Google. Every call that reached Google is in the record of
exchanges, and every answer in the record was given: a call that a library repeats by itself
is one more at Google than in the record, and one that is made past the record as well.
"""

from collections import Counter
from urllib.parse import unquote, urlsplit

from accounts.tenancy.scope import across_tenants
from tests.emulator.requestlog import HIDDEN, Entry, mask
from tests.emulator.thread import EmulatorThread
from tokens.exchanges.models import Exchange

# What is asked for somebody. Google's own keys are everybody's, and pages are for browsers.
RECORDED = (
    *("/token", "/revoke", "/v1/projects/", "/v1beta/", "/v1alpha/", "/analytics/v3/"),
    *("/$discovery/rest", "/oauth2/v2/userinfo", "/v1/userinfo"),
)
# Tests that ask Google by themselves.
OTHERS = ("python-requests/", "Python-urllib/")
# Signing in with Google is no tenant's, and no exchange is recorded for it.
SIGN_IN = "/accounts/google/login/callback/"

Call = tuple[str, str]


class _Counters(dict[Call, Counter[int | None]]):
    def __missing__(self, call: Call) -> Counter[int | None]:
        self[call] = Counter()
        return self[call]


def differences(google: EmulatorThread) -> list[str]:
    """A line for each address at which the two do not agree."""
    asked = google.call(lambda world: [*world.log.entries])
    at_google, here = _at_google(asked), _here(google.base_url)
    nobodys = Counter((entry.method, entry.path) for entry in asked if _is_nobodys(entry))
    return [
        f"{' '.join(call)}: asked {dict(at_google[call])}, recorded {dict(here[call])}"
        for call in sorted({*at_google, *here})
        if not agrees(at_google[call], here[call], nobodys[call])
    ]


def agrees(asked: Counter[int | None], recorded: Counter[int | None], nobodys: int = 0) -> bool:
    """Every call recorded, and every answer given. By status; None is a call without one.

    Those that were `nobodys` may be recorded or not. What never reached Google may be in the
    record alone; of what was cut off, only Google knows what it would have answered.
    """
    given = all(asked[status] >= many for status, many in recorded.items() if status is not None)
    return given and asked.total() - nobodys <= recorded.total()


def _at_google(asked: list[Entry]) -> _Counters:
    found = _Counters()
    for entry in asked:
        recorded = entry.path.startswith(RECORDED) and not entry.agent.startswith(OTHERS)
        if recorded and not _is_sign_in(entry):
            found[entry.method, entry.path][entry.status] += 1
    return found


def _is_sign_in(entry: Entry) -> bool:
    body = entry.body if isinstance(entry.body, dict) else {}
    return str(body.get("redirect_uri", "")).endswith(SIGN_IN)


def _is_nobodys(entry: Entry) -> bool:
    """The portal tries its own client with a token that nobody has; it keeps no record of its own.

    The log shows what Google's tokens begin with, and of another nothing.
    """
    return isinstance(entry.body, dict) and entry.body.get("refresh_token") == HIDDEN


def _here(google: str) -> _Counters:
    found = _Counters()
    with across_tenants():
        rows = [*Exchange.objects.values_list("method", "url", "status")]
    for method, url, status in rows:
        if url.startswith(google):
            found[method, mask(unquote(urlsplit(url).path))][status] += 1
    return found
