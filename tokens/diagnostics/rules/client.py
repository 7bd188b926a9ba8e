"""Causes that lie in the OAuth client: Google refuses it, or it was removed here.

Pure functions. Facts: contract §1.2 (client errors).
"""

from tokens.clients.refusals import SENTENCES
from tokens.connections.states import ConnectionStatus, ReconnectReason
from tokens.diagnostics.facts import Act, Cause, ConnectionFacts, Likelihood
from tokens.google.errors import ErrorKind


def refused(facts: ConnectionFacts) -> Cause | None:
    """The portal's own client: no tenant's fault, and no grant is harmed."""
    if not _is_refused(facts) or facts.own_client:
        return None
    return _refused(
        facts, "Google refuses the portal's own OAuth client", "staff have mended the client"
    )


def own_refused(facts: ConnectionFacts) -> Cause | None:
    """A client that the tenant brought: its owners mend it, and no grant is harmed either."""
    if not _is_refused(facts) or not facts.own_client:
        return None
    mended = f"“{facts.own_client}” has a working secret under Credentials"
    return _refused(facts, "Google refuses your own OAuth client", mended)


def _is_refused(facts: ConnectionFacts) -> bool:
    return facts.error_kind == ErrorKind.CLIENT_REFUSED or bool(facts.client_paused)


def _refused(facts: ConnectionFacts, title: str, mended: str) -> Cause:
    words = SENTENCES.get(facts.error_code, "Google does not accept the OAuth client.")
    because = [f"Google answered {facts.error_code}."] if facts.error_code else []
    if facts.client_paused:
        because.append(f"Refreshes through this client are paused: {facts.client_paused}")
    return Cause(
        title,
        Likelihood.CERTAIN,
        because,
        f"{words} The permission itself is unharmed and works again once {mended}; "
        "nobody needs to reconnect.",
        *_where(facts.error_code),
    )


def _where(code: str) -> tuple[str, Act]:
    """(label, act) of the page at Google on which it is mended."""
    if code == "org_internal":
        return "Open the app's audience at Google", Act.CLOUD_AUDIENCE
    return "Open the clients at Google", Act.CLOUD_CLIENTS


def removed(facts: ConnectionFacts) -> Cause | None:
    """The client was removed here by a person, and every connection through it ended."""
    if facts.status != ConnectionStatus.NEEDS_RECONNECT or (
        facts.reason != ReconnectReason.CLIENT_REMOVED
    ):
        return None
    staff = "Whoever runs the portal has put another client in its place."
    own = f"A person removed the client “{facts.own_client}” from the portal, under Credentials."
    return Cause(
        "Its OAuth client was removed",
        Likelihood.CERTAIN,
        [own if facts.own_client else staff],
        "The permission was given to that client, and the portal cannot use it without one. "
        "Reconnecting asks Google for a permission for the portal's own client; requests that "
        "wait go on by themselves then.",
        "Reconnect with the portal's client",
        Act.RECONNECT,
    )
