"""Inviting people, and accepting an invitation."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.audit.recording import by_person
from accounts.email.link_tokens import MadeLink, digest
from accounts.email.services.limits import TooManyEmails
from accounts.members.forms import InvitationForm
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.policies import NotAllowed
from accounts.members.roles import DESCRIPTIONS, Power, Role, may_give
from accounts.members.services import invitations as services
from accounts.members.services.emails import resend_invitation, send_invitation
from accounts.members.services.invitations import NotUsable, SomebodyElse
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.members.views.members import members_page
from accounts.members.views.reauthentication import prove_freshly
from accounts.members.views.sign_up import remember_invited
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from accounts.values.email_address import shown
from accounts.web.redirects import SeeOther

_BY_HAND = "You can make a link and pass it on yourself."
_USED = "Nothing was done: this invitation was accepted or taken back in the meantime."


@require_POST
@member_view(Power.MEMBER_INVITE)
def members_invite(request: TenantRequest) -> HttpResponse:
    """Invite everybody whose address was typed."""
    form = InvitationForm(request.POST, giver=Role(request.membership.role))
    if not form.is_valid():
        return members_page(request, form, status=422)
    emails, role = form.cleaned_data["emails"], Role(form.cleaned_data["role"])
    if role == Role.OWNER:
        prove_freshly(request)
    made = services.invite(request.tenant, emails, role, by_person(request))
    _say(request, _send_all(request, made), len(set(emails)) - len(made))
    return _back(request)


def _send_all(request: TenantRequest, made: list[MadeLink[Invitation]]) -> int:
    """Have each mailed; returns how many. Why others are not, the page says."""
    limited: dict[str, list[str]] = {}
    for one in made:
        try:
            send_invitation(one.row, by_person(request))
        except TooManyEmails as error:
            limited.setdefault(str(error), []).append(shown(one.row.email))
    for why, emails in limited.items():
        messages.error(request, f"Not mailed to {', '.join(emails)}. {why} {_BY_HAND}")
    return len(made) - sum(map(len, limited.values()))


def _say(request: TenantRequest, many: int, left: int) -> None:
    if many:
        messages.success(request, f"{many} invitation{'s are' if many > 1 else ' is'} on the way.")
    if left:
        words = "addresses were" if left > 1 else "address was"
        messages.info(request, f"{left} {words} left out: members or invited already.")


@require_POST
@member_view(Power.MEMBER_INVITE)
def invitation_resend(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Mail a new link, good for another 72 hours."""
    row = _invitation(request, pk)
    try:
        resend_invitation(row, by_person(request))
    except NotUsable:
        messages.info(request, _USED)
        return _back(request)
    except TooManyEmails as error:
        messages.error(request, f"Nothing was sent to {row}. {error} {_BY_HAND}")
        return _back(request)
    messages.success(request, f"A new invitation is on the way to {shown(row.email)}.")
    return _back(request)


@require_POST
@member_view(Power.MEMBER_INVITE)
def invitation_link(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Show a new link, once, to be passed on by hand."""
    try:
        made = services.renew(_invitation(request, pk), by_person(request))
    except NotUsable:
        messages.info(request, _USED)
        return _back(request)
    return render(request, "accounts/invitation_link.html", {"made": made})


@require_POST
@member_view(Power.MEMBER_INVITE, while_leaving=True)
def invitation_revoke(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take an invitation back."""
    row = _invitation(request, pk)
    if services.revoke(row, by_person(request)):
        messages.success(request, f"The invitation of {shown(row.email)} does not work any more.")
    else:
        messages.info(request, _USED)
    return _back(request)


def _invitation(request: TenantRequest, pk: UUID) -> Invitation:
    """The invitation, if its role is not above that of who acts on it."""
    row = get_object_or_404(Invitation.objects.select_related("tenant", "invited_by"), pk=pk)
    if Role(row.role) not in may_give(Role(request.membership.role)):
        raise NotAllowed(Power.TENANT_MANAGE, request.membership)
    return row


def _back(request: TenantRequest) -> HttpResponse:
    return SeeOther(reverse("members", args=[request.tenant.slug]))


@require_safe
def invitation(request: HttpRequest, tenant_id: UUID, token: str) -> HttpResponse:
    """What the invitation is, and the one thing that whoever came may do next."""
    tenant = _tenant(tenant_id)
    with tenant_scope(tenant):
        row = _by_token(token)
        if not services.is_usable(row):
            return render(request, "accounts/invitation_over.html", {"row": row}, status=410)
        person = request.user if isinstance(request.user, User) else None
        if person is None:
            remember_invited(request, row.email)
        context = {
            "row": row,
            "role": row.get_role_display().lower(),
            "may": DESCRIPTIONS[Role(row.role)],
            "next": request.path,
            "fits": person is not None and services.is_for(row, person),
            "known": person is not None and _is_member(tenant, person),
        }
        return render(request, "accounts/invitation.html", context)


@require_POST
@login_required
def invitation_accept(request: HttpRequest, tenant_id: UUID, token: str) -> HttpResponse:
    """Become a member."""
    tenant = _tenant(tenant_id)
    with tenant_scope(tenant):
        row = _by_token(token)
        try:
            services.accept(row, cast("User", request.user), by_person(request))
        except (NotUsable, SomebodyElse):
            # The page says which of them it is, and what to do.
            return SeeOther(reverse("invitation", args=[tenant_id, token]))
    messages.success(request, f"Welcome to {tenant.name}.")
    return SeeOther(tenant.get_absolute_url())


def _tenant(tenant_id: UUID) -> Tenant:
    return get_object_or_404(Tenant, pk=tenant_id)


def _by_token(token: str) -> Invitation:
    rows = Invitation.objects.select_related("tenant", "invited_by")
    row = rows.filter(token_hash=digest(token)).first()
    if row is None:
        raise Http404
    return row


def _is_member(tenant: Tenant, person: User) -> bool:
    return Membership.objects.filter(tenant=tenant, user=person).exists()
