"""Why Google refuses a service account, and what to do (contract §2). Pure."""

_BY_MESSAGE = {
    "Invalid JWT Signature": "Google does not accept the key's signature: the key was deleted or "
    "disabled at Google, or is another account's. Make a new key there and upload it.",
    "Invalid JWT: Failed audience": "Google refuses whom the portal addresses. Tell the "
    "portal's operators: GOOGLE_TOKEN_URL is wrong.",
    "Invalid grant: account not found": "Google knows no such service account: it was deleted. "
    "Create one again, and upload its key.",
}
_BY_CODE = {
    "disabled_client": "The service account is disabled. Enable it in Google Cloud.",
    "invalid_scope": "Google does not know the permission that the portal asked for.",
    "unauthorized_client": "The service account may not act for others in this organisation.",
}
CLOCK = "Invalid JWT: Token must be"


def is_about_clock(message: str) -> bool:
    """Whether Google complains about the time in an assertion."""
    return message.startswith(CLOCK)


def why_refused(code: str, message: str, skew: float | None = None) -> str:
    """A sentence for a refusal, with a next step; empty for one that says nothing of the account.

    `skew` is by how many seconds the portal's clock is ahead of Google's, when measured.
    """
    if is_about_clock(message):
        measured = "" if skew is None else f" by {abs(skew):.0f} seconds"
        return (
            f"The portal's clock differs from Google's{measured}, so that Google takes every "
            "signature for too old or too new. Tell the portal's operators to set the clock."
        )
    for beginning, sentence in _BY_MESSAGE.items():
        if message.startswith(beginning):
            return sentence
    return _BY_CODE.get(code, "")
