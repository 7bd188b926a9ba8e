"""What the consent page sends back: read, never believed (RFC 6749 §4.1.2, RFC 9207). Pure.

Whether it belongs to a flow of this browser is decided before, by its state; what it proves is
decided after, by the exchange.
"""

import re

from django.http import QueryDict

from tokens.connections.states import FlowOutcome

# Google documents codes of at most 256 bytes.
_LONGEST_CODE = 512
_READ = ("code", "error", "error_description", "iss", "state")
_CODE = re.compile(r"[a-z0-9_.-]{1,60}", re.ASCII | re.IGNORECASE)
# All that RFC 6749 §4.1.2.1 allows in a description.
_NOT_PRINTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")

# An unknown code counts as a fault of the request: trying again would not help.
_ENDED_AS: dict[str, FlowOutcome] = {
    "access_denied": FlowOutcome.DENIED,
    "admin_policy_enforced": FlowOutcome.BLOCKED,
    "server_error": FlowOutcome.GOOGLE_FAILED,
    "temporarily_unavailable": FlowOutcome.GOOGLE_FAILED,
    # OpenID Connect Core §3.1.2.6: the sign-in page was left before it was done.
    "account_selection_required": FlowOutcome.GOOGLE_FAILED,
    "consent_required": FlowOutcome.GOOGLE_FAILED,
    "interaction_required": FlowOutcome.GOOGLE_FAILED,
    "login_required": FlowOutcome.GOOGLE_FAILED,
}


class FlowEnded(Exception):
    """A flow that ends without a connection, and why. `detail` is for whoever mends it."""

    def __init__(self, outcome: FlowOutcome, detail: str = "") -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.detail = detail


def code_in(query: QueryDict, *, issuer: str) -> str:
    """The authorisation code in the query of a callback.

    Raises:
        TripEnd: it carries an error, or is none that `issuer` sends.
    """
    for name in _READ:
        if len(query.getlist(name)) > 1:
            raise FlowEnded(FlowOutcome.UNTRUSTED, f"{name} stands more than once.")
    error, code, named = (query.get(name, "") for name in ("error", "code", "iss"))
    if named and named != issuer:
        said = f"The answer names the issuer {_printable(named)}; GOOGLE_ISSUER is {issuer}."
        raise FlowEnded(FlowOutcome.UNTRUSTED, said)
    if error:
        raise _ended(error, query.get("error_description", ""), with_code=bool(code))
    if not code or len(code) > _LONGEST_CODE:
        raise FlowEnded(FlowOutcome.UNTRUSTED, "The answer carries no usable code.")
    return code


def _ended(error: str, description: str, *, with_code: bool) -> FlowEnded:
    if with_code or not _CODE.fullmatch(error):
        return FlowEnded(FlowOutcome.UNTRUSTED, "The answer carries an error that cannot be one.")
    outcome = _ENDED_AS.get(error, FlowOutcome.REQUEST_REFUSED)
    words = f": {_printable(description)}" if description else ""
    return FlowEnded(outcome, f"Google answered {error}{words}"[:299].rstrip(".") + ".")


def _printable(text: str) -> str:
    return _NOT_PRINTABLE.sub(" ", text)[:200].strip()
