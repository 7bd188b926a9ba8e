"""What others send, within what is believed: numbers with bounds, words that can be kept.

Whatever answers may be anything, so nothing here raises. A number that is none, or out of all
reason, counts as not sent.
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

HOUR = 3_600.0
DAY = 86_400.0
YEAR = 366 * DAY
# Google's own lifetime of an access token, for an answer that names none (contract §1.2).
USUAL_LIFETIME = 3_600
# Longer than any token that Google documents (contract §1.2), and no burden to seal.
_LONGEST_TOKEN = 16_384
# RFC 6749, appendix A: what tokens and scopes are made of.
_TOKEN = re.compile(r"[\x20-\x7e]+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def number(value: object) -> float | None:
    """A finite number, also one that was sent as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return math.inf if isinstance(value, int) and value > 0 else None
    return None if math.isnan(found) else found


def seconds(value: object, most: float) -> float | None:
    """A time of more than nothing, of which no more than `most` is believed."""
    found = number(value)
    return min(found, most) if found is not None and found > 0 else None


def lifetime(value: object) -> int:
    """For how many seconds an access token is used (`expires_in`): a second to a day."""
    return max(1, int(seconds(value, DAY) or USUAL_LIFETIME))


def grant_lifetime(value: object) -> int | None:
    """After how many seconds a permission ends, if Google announces it; ten years at the most."""
    found = seconds(value, 10 * YEAR)
    return None if found is None else int(found)


def retry_after_seconds(value: str | None, most: float = DAY) -> float | None:
    """Seconds of a `Retry-After` header, in either of its two forms (RFC 9110 §10.2.3)."""
    if not value:
        return None
    if number(value) is not None:
        return seconds(value, most)
    moment = http_date(value)
    return None if moment is None else seconds((moment - datetime.now(UTC)).total_seconds(), most)


def http_date(value: str | None) -> datetime | None:
    """The moment that a header names, in UTC."""
    try:
        moment = parsedate_to_datetime(value) if value else None
        if moment is None:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def token(value: Any) -> str | None:
    """A token that can be sent and sealed."""
    if not isinstance(value, str) or len(value) > _LONGEST_TOKEN:
        return None
    return value if _TOKEN.fullmatch(value) else None


def scope(value: Any) -> str | None:
    """Scopes separated by blanks, if any are named; what can be no name of one is left out."""
    words = value.split() if isinstance(value, str) else ()
    return " ".join(word for word in words if _SCOPE.fullmatch(word)) or None


def text(value: object, longest: int) -> str:
    """A sentence of Google's that a database keeps: no NUL, and no half of a character."""
    kept = str(value)[:longest].replace("\0", "")
    return kept.encode("utf-8", "replace").decode()
