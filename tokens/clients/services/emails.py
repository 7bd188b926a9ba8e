"""E-mails that Google refuses an OAuth client: to those who can mend it, once for each pause."""

from django.urls import reverse

from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, email_kind
from accounts.email.services.queue import queue
from accounts.email.types import Topic
from accounts.members.services.member_email import MemberEmail
from accounts.offboarding.services.emails import owners_of
from accounts.staff.services.emails import StaffEmail, tell_staff
from accounts.tenancy.models import Tenant
from tokens.clients.models.client import OAuthClient
from tokens.events import Event


@email_kind
class ClientRefused(StaffEmail):
    """Of the portal's own."""

    name, words = "client_refused", "Google refuses the OAuth client"


def tell_staff_of(client: OAuthClient, why: str, *, uploaded: bool) -> None:
    """Note, in the transaction that pauses `client`, the portal's, that staff are to be told."""
    page = "admin:portal-client" if uploaded else "admin:tokens_oauthclient_change"
    path = reverse(page, args=[] if uploaded else [client.pk])
    tell_staff(ClientRefused, {"client": str(client), "why": why}, path, target_id=str(client.pk))


@email_kind
class OwnClientRefused(MemberEmail[OAuthClient]):
    """Of an organisation's own: to its owners."""

    name, words, topic = "own_client_refused", "Google refuses a client of their own", Topic.KEYS
    model, event = OAuthClient, Event.CLIENT_MAILED

    def over(self, email: QueuedEmail, target: OAuthClient) -> str:
        if target.removed_at is not None:
            return "The client was removed."
        return "It works again." if target.paused_at is None else ""

    def content(self, email: QueuedEmail, targets: list[OAuthClient]) -> Content:
        (client,) = targets
        said = {
            "tenant": email.whose.name,
            "client": str(client),
            "client_id": client.client_id,
            "why": email.data["why"],
        }
        return Content(
            said, f"{reverse('credentials', args=[email.whose.slug])}#client-{client.pk}"
        )


def tell_owners(client: OAuthClient, tenant: Tenant, why: str) -> None:
    """Note, in the transaction that pauses `client`, that the owners of `tenant` are to be told."""
    queue(OwnClientRefused.about(client, owner.pk, why=why[:400]) for owner in owners_of(tenant))
