"""Causes that lie in the OAuth client: Google refuses it, or it was removed here.

Pure functions. Facts: contract §1.2 (client errors).
"""

from tokens.clients.refusals import SENTENCES
from tokens.diagnostics.facts import Act, Cause, Evidence, Likelihood


def refused(evidence: Evidence) -> Cause | None:
    """The portal's own client: no tenant's fault, and no grant is harmed."""
    if not _is_refused(evidence) or evidence.own_client:
        return None
    return _refused(
        evidence, "Google refuses the portal's own OAuth client", "staff have mended the client"
    )


def own_refused(evidence: Evidence) -> Cause | None:
    """A client that the tenant brought: its owners mend it, and no grant is harmed either."""
    if not _is_refused(evidence) or not evidence.own_client:
        return None
    mended = f"“{evidence.own_client}” has a working secret under Credentials"
    return _refused(evidence, "Google refuses your own OAuth client", mended)


def _is_refused(evidence: Evidence) -> bool:
    return evidence.error_kind == "client_refused" or bool(evidence.client_paused)


def _refused(evidence: Evidence, title: str, mended: str) -> Cause:
    words = SENTENCES.get(evidence.error_code, "Google does not accept the OAuth client.")
    because = [f"Google answered {evidence.error_code}."] if evidence.error_code else []
    if evidence.client_paused:
        because.append(f"Refreshes through this client are paused: {evidence.client_paused}")
    return Cause(
        title,
        Likelihood.CERTAIN,
        because,
        f"{words} The permission itself is unharmed and works again once {mended}; "
        "nobody needs to reconnect.",
        *_where(evidence.error_code),
    )


def _where(code: str) -> tuple[str, Act]:
    """(label, act) of the page at Google on which it is mended."""
    if code == "org_internal":
        return "Open the app's audience at Google", Act.CLOUD_AUDIENCE
    return "Open the clients at Google", Act.CLOUD_CLIENTS


def removed(evidence: Evidence) -> Cause | None:
    """The client was removed here by a person, and every connection through it ended."""
    if evidence.status != "needs_reconnect" or evidence.reason != "client_removed":
        return None
    staff = "Whoever runs the portal has put another client in its place."
    own = f"A person removed the client “{evidence.own_client}” from the portal, under Credentials."
    return Cause(
        "Its OAuth client was removed",
        Likelihood.CERTAIN,
        [own if evidence.own_client else staff],
        "The permission was given to that client, and the portal cannot use it without one. "
        "Reconnecting asks Google for a permission for the portal's own client; requests that "
        "wait go on by themselves then.",
        "Reconnect with the portal's client",
        Act.RECONNECT,
    )
