"""E-mails about the end of an organisation: written with what they tell of."""

from django.apps import apps
from django.urls import reverse

from accounts.audit.events import Event
from accounts.audit.recording import Actor
from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, EmailKind, email_kind
from accounts.email.services.queue import queue
from accounts.email.types import Topic
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.offboarding.models import Erasure
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User

# What Google was told, by the state of a revocation.
_TOLD = {
    "confirmed": "{} ended, confirmed by Google",
    "kept": "{} kept, because others live on the same Google account",
}
_UNTOLD = "{} that Google never confirmed: end what is left at myaccount.google.com/permissions"


def owners_of(tenant: Tenant) -> list[User]:
    """Who is told what becomes of `tenant`."""
    owners = User.objects.filter(memberships__tenant=tenant, memberships__role=Role.OWNER)
    return list(owners.filter(is_active=True).order_by("email"))


class _DeletionEmail(EmailKind[Tenant]):
    """What became of the wish to delete an organisation."""

    topic, model, event = Topic.LEAVING, Tenant, Event.OWNER_TOLD
    while_leaving = True
    # Who did it stands in the record, which forgets people who close their account.
    private = frozenset({"by"})

    def needless(self, email: QueuedEmail, target: Tenant) -> str:
        owners = Membership.objects.filter(tenant=target, role=Role.OWNER)
        if not owners.filter(user=email.recipient_id, user__is_active=True).exists():
            return "The person is no owner any more."
        return "" if email.occasion == _asked(target) else "It was changed again meanwhile."

    def addresses(self, email: QueuedEmail, target: Tenant) -> list[str]:
        return [email.person.email]

    def content(self, email: QueuedEmail, targets: list[Tenant]) -> Content:
        (tenant,) = targets
        said = {
            "tenant": tenant.name,
            "who": email.data.get("by") or "The portal's staff",
            "leaves_at": tenant.leaves_at,
        }
        return Content(said, reverse("tenant-data", args=[tenant.slug]))


@email_kind
class DeletionRequested(_DeletionEmail):
    """To every owner, when it is asked for. Its `occasion` is the moment of that."""

    name, words = "deletion_requested", "An organisation will be deleted"


@email_kind
class DeletionCancelled(_DeletionEmail):
    """To every owner, when the wish was taken back."""

    name, words = "deletion_cancelled", "An organisation is kept after all"


def _asked(tenant: Tenant) -> str:
    """What tells one wish to delete it from the next; empty when there is none."""
    return tenant.deleted_at.isoformat() if tenant.deleted_at else ""


def tell_of_deletion(tenant: Tenant, actor: Actor) -> None:
    """Note, in the transaction that asks for it or takes it back, that all owners are to be told.

    Whoever did it too: somebody else may have used their browser.
    """
    kind = DeletionRequested if tenant.deleted_at else DeletionCancelled
    by = actor.user.display_name[:254] if actor.user else ""
    emails = [
        kind.about(tenant, owner.pk, occasion=_asked(tenant), by=by) for owner in owners_of(tenant)
    ]
    for email in emails:
        email.tenant = tenant
    with tenant_scope(tenant):
        queue(emails)


def not_reached(tenant: Tenant) -> list[str]:
    """Addresses whose mail about the deletion as it stands no mail server has taken so far."""
    if tenant.deleted_at is None:
        return []
    about = QueuedEmail.objects.filter(target_id=str(tenant.pk), kind=DeletionRequested.name)
    refused = about.filter(occasion=_asked(tenant), sent_at=None, tries__gt=0)
    addresses = refused.order_by("recipient__email").values_list("recipient__email", flat=True)
    return list(addresses.distinct())


@email_kind
class OrganisationDeleted(EmailKind[Erasure]):
    """The proof of a deletion, to whoever was an owner. Afterwards nobody is named any more."""

    name, words = "organisation_deleted", "An organisation is deleted, with the proof"
    topic, model = Topic.LEAVING, Erasure
    private = frozenset({"name", "to_address"})
    keeps_unsent = False

    def needless(self, email: QueuedEmail, target: Erasure) -> str:
        return "" if "to_address" in email.data else "Nobody knows any more who was an owner."

    def addresses(self, email: QueuedEmail, target: Erasure) -> list[str]:
        return [email.data["to_address"]]

    def content(self, email: QueuedEmail, targets: list[Erasure]) -> Content:
        (erasure,) = targets
        said = {
            "name": email.data["name"],
            "asked_at": erasure.asked_at,
            "shredded_at": erasure.shredded_at,
            "finished_at": erasure.finished_at,
            "told": [
                _TOLD.get(state, _UNTOLD).format(many)
                for state, many in erasure.revocations.items()
            ],
            "keys": [key["id"] for key in erasure.keys],
            "total": erasure.total,
            "tables": [f"{_plural(table)}: {n}" for table, n in sorted(erasure.rows.items())],
            "digest": erasure.digest,
        }
        return Content(said, attached=("proof.json", erasure.proof, "application/json"))


def _plural(table: str) -> str:
    """What a person calls the rows of a table; its own name where it is none any more."""
    try:
        return str(apps.get_model(table)._meta.verbose_name_plural)
    except LookupError:
        return table


def tell_of_erasure(erasure: Erasure) -> None:
    """Note, in the transaction that ends `erasure`, that those who were owners get the proof."""
    who = erasure.owners
    queue(
        OrganisationDeleted.about(erasure, occasion=f"owner {n}", name=who["name"], to_address=to)
        for n, to in enumerate(who["to"], 1)
    )
