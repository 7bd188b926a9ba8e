"""Dangerous acts ask the person to prove once more that it is them."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.http import HttpResponse

from accounts.members.views.decorators import TenantRequest

P = ParamSpec("P")
View = Callable[Concatenate[TenantRequest, P], HttpResponse]


def prove_freshly(request: TenantRequest) -> None:
    """The same, for a form that is dangerous only with what was chosen in it.

    Raises:
        ReauthenticationRequired: leads there, and carries the form out afterwards.
    """
    raise_if_reauthentication_required(request, app="allauth.account")


def freshly_proven(view: View[P]) -> View[P]:
    """Let in who proved a few minutes ago that it is them; lead others there and back.

    Stands below `member_view`, so that outsiders get their 404 first.
    """
    guarded: Any = reauthentication_required(view)
    return guarded  # type: ignore[no-any-return]  # allauth is untyped
