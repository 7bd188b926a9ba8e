"""Whether two addresses are of the same website. Pure: no queries, no input or output."""

from itertools import product
from urllib.parse import urlsplit, urlunsplit


def spellings(website: str) -> list[str]:
    """Every way in which a request may have kept `website`, itself included.

    With and without `www.`, over http and https, with and without a slash at its end.
    Another path on the same host is another website: many sites share one.

    Args:
        website: an address as `normalised` gives it, with its scheme.
    """
    parts = urlsplit(website)
    host = parts.netloc.removeprefix("www.")
    path = parts.path.rstrip("/")
    return [
        urlunsplit((scheme, f"{www}{host}", f"{path}{slash}", parts.query, ""))
        for scheme, www, slash in product(("https", "http"), ("", "www."), ("", "/"))
    ]
