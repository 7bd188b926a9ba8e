"""Signing in with Google: allauth's flow, through the portal's own way to Google.

allauth asks with a library that waits for as long as an answer drips, and takes what it says for
numbers and names. So the code is redeemed, and who came is proven, as it is when somebody connects
a Google account: with limits of time and size, and believing no more than the standards allow.
"""

from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import HttpRequest

from tokens.google.errors import GoogleError
from tokens.google.identity import Identity, Untrusted, identify, with_address
from tokens.google.oauth import TokenAnswer, ask
from tokens.google.transport import run


class GoogleSignIn(GoogleOAuth2Adapter):  # type: ignore[misc]  # allauth is untyped
    """What allauth asks Google for, asked by the portal."""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: OAuth2Client, pkce_code_verifier: str = ""
    ) -> TokenAnswer:
        """Redeem the code that came back.

        Raises:
            OAuth2Error: Google refused it, or did not answer as it should.
        """
        form = {
            "grant_type": "authorization_code",
            "code": request.GET.get("code", ""),
            "client_id": app.client_id,
            "client_secret": app.secret,
            "redirect_uri": client.callback_url,
            "code_verifier": pkce_code_verifier or "",
        }
        asked = run(ask({name: value for name, value in form.items() if value}))
        if asked.tokens is None:
            raise OAuth2Error(str(asked.error)) from asked.error
        return asked.tokens

    def parse_token(self, data: TokenAnswer) -> SocialToken:
        """The access token, which nobody keeps."""
        return SocialToken(token=data.access_token)

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Whoever Google has proven to have come.

        Raises:
            OAuth2Error: nobody was proven.
        """
        answer: TokenAnswer = kwargs["response"]
        try:
            identity = identify(answer.id_token, client_id=app.client_id, nonce_hash=None)
            identity = with_address(identity, answer.access_token, None)
        except (Untrusted, GoogleError) as error:
            raise OAuth2Error(str(error)) from error
        return self.get_provider().sociallogin_from_response(request, _claims(identity))


def _claims(identity: Identity) -> dict[str, Any]:
    """As allauth knows them. All of it is kept with the account that signs in."""
    return {
        "sub": identity.sub,
        "email": identity.email,
        "email_verified": identity.verified,
        "name": identity.name,
        "given_name": identity.name,
    }


oauth2_callback = OAuth2CallbackView.adapter_view(GoogleSignIn)
