"""All organisations of a person, found by name: what the switcher shows, as a page."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.users.models import User
from portal.pages.organisation_switcher import places, same_page

_LIMIT = 100
# In the menu, where the rest is found by typing on.
_PART_LIMIT = 10


@require_safe
@login_required
def organisations(request: HttpRequest) -> HttpResponse:
    """Those whose names hold the words of `q`; each leads to its own page `at`.

    Words that name exactly one lead there at once. `part` asks for the list alone.
    """
    if not isinstance(request.user, User):
        raise Http404
    words, page = request.GET.get("q", "")[:100], same_page(request.GET.get("at", ""))
    is_part = "part" in request.GET
    found = places(request.user, page, limit=_PART_LIMIT if is_part else _LIMIT, words=words)
    if words.strip() and len(found.shown) == 1 and not is_part:
        return redirect(found.shown[0].url)
    template = "parts/places.html" if is_part else "portal/organisations.html"
    return render(request, template, {"places": found, "words": words, "at": page})
