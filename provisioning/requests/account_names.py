"""Names proposed for the accounts of websites."""

from accounts.values.website_url import BadWebsite, host_readable, normalised

_SECOND_LEVEL = frozenset({"ac", "co", "com", "gov", "net", "org"})


def proposed_name(website: str, pattern: str = "") -> str:
    """A name for the account of a website: the tenant's pattern, filled; else the site's name."""
    site = site_name(website)
    if not site:
        return ""
    return (pattern or "{website}").replace("{website}", site)[:100]


def site_name(website: str) -> str:
    """`Blue Bird` for `https://www.blue-bird.co.uk/shop`; the host where that would guess."""
    try:
        host = host_readable(normalised(website)).removeprefix("www.")
    except BadWebsite:
        return ""
    labels = host.split(".")
    short = len(labels) == 2 or (len(labels) == 3 and labels[1] in _SECOND_LEVEL)
    return labels[0].replace("-", " ").title() if short else host
