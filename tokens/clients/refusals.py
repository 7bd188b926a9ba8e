"""Why Google refuses an OAuth client, as a sentence. Pure."""

_NOT_FOUND = "not found"


SENTENCES = {
    "invalid_client": "The client secret is wrong: it was changed at Google or in the portal.",
    "deleted_client": "The OAuth client was deleted. Google can restore it for 30 days.",
    "disabled_client": "The OAuth client was disabled at Google.",
    "unauthorized_client": "The permission was given to another OAuth client than this one.",
    "redirect_uri_mismatch": "The portal's return address is not registered at Google.",
    "org_internal": (
        "The app's audience is Internal, so Google lets nobody from outside its own organisation "
        "use it. Set the audience to External."
    ),
}


def said(code: str, message: str) -> str:
    """Why a client is refused, as a sentence: by Google's code, or for want of one by `message`."""
    if code == "invalid_client" and _NOT_FOUND in message:
        return "Google knows no client with this id."
    if code in SENTENCES:
        return SENTENCES[code]
    return "Google does not accept it." if code else f"Google was not asked: {message}."
