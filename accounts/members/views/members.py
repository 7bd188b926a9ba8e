"""Who belongs to an organisation, as what, and who is invited."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit.recording import by_person
from accounts.email.models import QueuedEmail
from accounts.email.services.limits import Caused, TooManyEmails, count_email
from accounts.email.services.queue import latest
from accounts.members.forms import InvitationForm, RoleForm
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import DESCRIPTIONS, Power, Role
from accounts.members.services.emails import InvitationEmail
from accounts.members.services.members import (
    LastOwner,
    NotAMember,
    change_role,
    is_last_owner,
    remove_member,
    transfer,
)
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.members.views.reauthentication import freshly_proven, prove_freshly
from accounts.web.redirects import SeeOther

_STAYS = "Nothing was changed: an organisation needs an owner. Make somebody else one first."
_GONE = "Nothing was changed: this person is no member any more."


@require_safe
@member_view(Power.TENANT_READ)
def members(request: TenantRequest) -> HttpResponse:
    """Everybody who is in, and everybody who is asked in."""
    return members_page(request)


def members_page(
    request: TenantRequest, form: InvitationForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of members, with the form as it was sent if something was wrong with it."""
    own = request.membership
    context = {
        "members": Membership.objects.filter(tenant=request.tenant).for_members_page(),
        "invitations": _invitations(),
        "form": form or InvitationForm(giver=Role(own.role)),
        "may_invite": own.may(Power.MEMBER_INVITE),
        "may_manage": own.may(Power.TENANT_MANAGE),
        "roles": [(role, role.label, DESCRIPTIONS[role]) for role in Role],
    }
    return render(request, "accounts/members.html", context, status=status)


def _invitations() -> list[tuple[Invitation, QueuedEmail | None]]:
    """Those that nobody has answered, each with the last e-mail that carries it."""
    rows = list(Invitation.objects.pending().select_related("invited_by", "tenant"))
    emails = latest(InvitationEmail, [row.pk for row in rows])
    return [(row, emails.get(str(row.pk))) for row in rows]


@require_POST
@member_view(Power.TENANT_MANAGE)
def member_role(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Give a member another role."""
    row = _member(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: there is no such role.")
        return _back(request)
    role = Role(form.cleaned_data["role"])
    if role == Role.OWNER:
        prove_freshly(request)
    try:
        count_email(Caused.CHANGES, by_person(request), row.tenant_id, row.user.email)
        changed = change_role(row, role, by_person(request))
    except TooManyEmails as error:
        messages.error(request, f"Nothing was changed. {error}")
    except LastOwner:
        messages.error(request, _STAYS)
    except NotAMember:
        messages.error(request, _GONE)
    else:
        messages.success(request, f"{row.user} is {changed.get_role_display().lower()} now.")
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.TENANT_MANAGE, while_leaving=True)
@freshly_proven
def member_remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Say what removing does; do it when the form is sent."""
    row = _member(request, pk)
    if request.method != "POST":
        return render(request, "accounts/member_remove.html", {"member": row})
    try:
        remove_member(row, by_person(request))
    except LastOwner:
        messages.error(request, _STAYS)
    except NotAMember:
        messages.info(request, _GONE)
    else:
        messages.success(request, f"{row.user} cannot open {request.tenant.name} any more.")
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.TENANT_READ, while_leaving=True)
def member_leave(request: TenantRequest) -> HttpResponse:
    """Leave the organisation oneself."""
    row = request.membership
    if row._state.adding:
        raise Http404
    if request.method != "POST":
        context = {"is_last_owner": is_last_owner(row)}
        return render(request, "accounts/member_leave.html", context)
    try:
        remove_member(row, by_person(request))
    except LastOwner:
        messages.error(request, _STAYS)
        return _back(request)
    except NotAMember:
        pass
    messages.success(request, f"You have left {request.tenant.name}.")
    return SeeOther("/")


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.TENANT_MANAGE)
@freshly_proven
def member_transfer(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Hand the organisation over to another member."""
    row = _member(request, pk)
    if row.pk == request.membership.pk:
        return _back(request)
    if request.method != "POST":
        return render(request, "accounts/member_transfer.html", {"member": row})
    try:
        transfer(request.membership, row, by_person(request))
    except NotAMember:
        messages.error(request, _GONE)
    else:
        messages.success(request, f"{row.user} is owner now, and you are admin.")
    return _back(request)


def _member(request: TenantRequest, pk: UUID) -> Membership:
    rows = Membership.objects.select_related("user", "tenant").filter(tenant=request.tenant)
    return get_object_or_404(rows, pk=pk)


def _back(request: TenantRequest) -> HttpResponse:
    return SeeOther(reverse("members", args=[request.tenant.slug]))
