"""Pages on which a mailed code is typed: allauth's, with when another one may be sent."""

import math
import time
from typing import Any

from allauth.account import views
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.authentication.reached_limits import reached_by

# A mail server may take that long; another code makes the one on its way useless.
RESEND_AFTER = 30
_SENT_AT = "sent_at"


class _SentAgain:
    """Sends another code no sooner than half a minute after the last one, and says so."""

    request: HttpRequest
    passthrough_next_url: Any
    _process: Any

    def _seconds_left(self) -> int:
        """Until another code may be asked for."""
        state = self._process.state
        sent_at = float(state.get(_SENT_AT, state["at"]))
        return max(0, math.ceil(sent_at + RESEND_AFTER - time.time()))

    def _too_soon(self) -> str:
        """Why no code is sent now, empty when one may be."""
        left = self._seconds_left()
        return f"No code was sent: you can ask for another one in {left} seconds." if left else ""

    def _resend_form_valid(self, form: Form) -> HttpResponse:
        why_not = self._too_soon()
        if why_not:
            messages.error(self.request, why_not)
            return HttpResponseRedirect(self.passthrough_next_url(self.request.path))
        # Kept with the code, when the process writes down that it was sent.
        self._process.state[_SENT_AT] = time.time()
        # allauth writes no second time where there is no code to send: to an address that is known
        # when signing up, or unknown when signing in. How long the page takes would tell which.
        send = self._process.send
        self._process.send = lambda **_: send()
        answer: HttpResponse = super()._resend_form_valid(form)  # type: ignore[misc]  # untyped
        return answer

    def _change_form_valid(self, form: Form) -> HttpResponse:
        self._process.state[_SENT_AT] = time.time()
        answer: HttpResponse = super()._change_form_valid(form)  # type: ignore[misc]  # untyped
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how long to wait, in seconds."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # untyped
        return {**context, "seconds_left": self._seconds_left(), "resend_after": RESEND_AFTER}


class AddressCode(_SentAgain, views.ConfirmEmailVerificationCodeView):  # type: ignore[misc]  # untyped
    """The code that proves that an address belongs to somebody."""


class SignInCode(_SentAgain, views.ConfirmLoginCodeView):  # type: ignore[misc]  # untyped
    """The code to sign in with."""

    def _too_soon(self) -> str:
        """Counted with the codes that are asked for on the page before, by all browsers."""
        why_not = super()._too_soon()
        email = self._process.state["email"].lower()
        limit = {"app": "allauth.account", "action": "request_login_code"}
        if why_not or ratelimit.consume(self.request, **limit, key=email):
            return why_not
        limit_reached = reached_by(self.request, limit["action"], "codes to sign in", email)
        if limit_reached is None:
            return "No code was sent. Try again in a minute."
        return f"No code was sent. {limit_reached.words} Wait {limit_reached.wait}."


address_code = AddressCode.as_view()
sign_in_code = SignInCode.as_view()
