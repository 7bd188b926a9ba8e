"""A telephone that makes passkeys: the virtual authenticator of Chromium's developer tools."""

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

_OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True, slots=True)
class Telephone:
    """It takes what a page offers at once, as somebody does who taps it there."""

    session: CDPSession
    authenticator: str

    def lies(self, *, in_the_hand: bool) -> None:
        """Put it aside, so that it answers nothing, or take it up again."""
        how = {"authenticatorId": self.authenticator, "enabled": in_the_hand}
        self.session.send("WebAuthn.setAutomaticPresenceSimulation", how)

    def detach(self) -> None:
        """Take it away from the browser."""
        self.session.detach()


def telephone_of(page: Page) -> Telephone:
    """Put a telephone beside the browser that makes passkeys and recognises its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": _OPTIONS})
    return Telephone(session, added["authenticatorId"])
