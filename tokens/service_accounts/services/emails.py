"""E-mails that a service account's key is refused, or that its rotation stopped: once for each.

Written with what they tell of, to those who may manage credentials.
"""

from uuid import UUID

from accounts.audit.events import ActorKind
from accounts.audit.recording import Actor
from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, email_kind
from accounts.email.services.queue import queue
from accounts.email.types import Topic
from accounts.members.roles import Power
from accounts.members.services.member_email import MemberEmail, those_who_may
from tokens.events import Event
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.states import AccountRotationState, RotationFailure


class _ServiceAccountEmail(MemberEmail[ServiceAccount]):
    topic, model, event = Topic.KEYS, ServiceAccount, Event.SERVICE_ACCOUNT_MAILED

    def content(self, email: QueuedEmail, targets: list[ServiceAccount]) -> Content:
        (account,) = targets
        said = {"tenant": email.whose.name, "account": account.email, "why": email.data["why"]}
        return Content(said, account.get_absolute_url())


@email_kind
class ServiceAccountRefused(_ServiceAccountEmail):
    """That nothing works through the key any more."""

    name, words = "service_account_refused", "Google refuses a service account's key"

    def over(self, email: QueuedEmail, target: ServiceAccount) -> str:
        return "" if target.problem else "It works again."


@email_kind
class RotationStopped(_ServiceAccountEmail):
    """Its `occasion` is the rotation."""

    name, words = "rotation_stopped", "A service account's key could not be rotated"

    def over(self, email: QueuedEmail, target: ServiceAccount) -> str:
        rows = ServiceAccountRotation.objects.filter(account=target)
        stopped = rows.filter(pk=email.occasion).values("started_at")
        later = rows.filter(started_at__gt=stopped)
        return "Its key was rotated again since." if later.exists() else ""


def tell_of_refusal(account: ServiceAccount, why: str, actor: Actor) -> None:
    """Note, in the transaction that notes a new trouble, who is to be told of it.

    Not the person who asked Google just now: their page has said so.
    """
    besides = actor.user.pk if actor.kind == ActorKind.PERSON and actor.user else None
    _tell(ServiceAccountRefused, account, why, besides=besides)


def tell_of_rotation(rotation: ServiceAccountRotation, reason: RotationFailure) -> None:
    """Note, in the transaction that ends a rotation, who is to be told that it failed.

    Unless the one before failed for the same reason: a rotation that begins by
    itself every day fails every day until somebody has done what they were told.
    """
    earlier = ServiceAccountRotation.objects.filter(account=rotation.account_id)
    ended = earlier.exclude(pk=rotation.pk).filter(finished_at__isnull=False)
    last = ended.order_by("-finished_at").values_list("state", "reason").first()
    if last != (AccountRotationState.FAILED, reason):
        _tell(RotationStopped, rotation.account, reason.label, occasion=str(rotation.pk))


def _tell(
    kind: type[_ServiceAccountEmail],
    account: ServiceAccount,
    why: str,
    *,
    besides: UUID | None = None,
    occasion: str = "",
) -> None:
    queue(
        kind.about(account, person, occasion=occasion, why=why[:400])
        for person in those_who_may(Power.CREDENTIAL_MANAGE, account.tenant_id)
        if person != besides
    )
