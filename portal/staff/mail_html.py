"""The HTML of a mail as a page of its own: with its own styles, and nothing else that could act."""

from collections.abc import Callable

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

View = Callable[[HttpRequest], HttpResponseBase]

# Mails carry their styles inside, as mail programs want it; all else stays forbidden.
_POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "img-src": [NONE],
    "form-action": [NONE],
    "style-src": [UNSAFE_INLINE],
    "frame-ancestors": [SELF],
}


def mail_page(view: View) -> View:
    """Let `view` answer with the HTML of a mail, which pages of the portal may frame."""
    framed: View = csp_replace(_POLICY)(xframe_options_sameorigin(view))
    return framed
