"""one flow to Google's consent page."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.scope import TenantManager, TenantModel
from tokens.connections.ages import ago
from tokens.connections.states import FLOW_PAGES, FlowOutcome, FlowPage
from tokens.encryption.fields import SealedTextField

# Longer than the exchange and the look at Google's keys may take together.
_CHECKED_WITHIN = timedelta(minutes=2)


# Nobody is through Google's pages sooner; and what is older nobody wonders about any more.
_GONE_FOR = timedelta(seconds=30)
_REMEMBERED = timedelta(hours=2)


class OAuthFlow(TenantModel):
    """One flow: started by a person in a browser session, used at most once.

    Of `state` and of the session key only hashes are kept; the PKCE verifier is
    sealed. `consumed_at` is set before the code is exchanged (RFC 9700 §2.1.1,
    §4.7), so that whatever comes back twice is refused the second time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Empty when it was started by a reconnect link, or in a terminal.",
    )
    link = models.ForeignKey(
        "tokens.ReconnectLink", null=True, on_delete=models.CASCADE, related_name="trips"
    )
    client = models.ForeignKey("tokens.OAuthClient", on_delete=models.PROTECT, related_name="+")
    reconnects = models.ForeignKey(
        "tokens.GoogleConnection",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The connection to be repaired, when this trip repairs one.",
    )
    connection = models.ForeignKey(
        "tokens.GoogleConnection",
        null=True,
        on_delete=models.SET_NULL,
        related_name="trips",
        help_text="The connection that came of it.",
    )
    first_try = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="retries",
        help_text="The trip that this one tries again; whoever waited for that one waits for this.",
    )
    state_hash = models.CharField(max_length=64, unique=True)
    session_hash = models.CharField(max_length=64)
    nonce_hash = models.CharField(max_length=64)
    code_verifier = SealedTextField(context="oauth_flow.code_verifier", null=True)
    scopes = models.TextField(help_text="Asked-for scopes, separated by spaces.")
    redirect_uri = models.CharField(
        max_length=100,
        blank=True,
        help_text="Where a terminal listens for Google's answer; empty for a browser's trip.",
    )
    return_to = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=20, choices=FlowOutcome, default=FlowOutcome.PENDING)
    detail = models.CharField(max_length=300, blank=True)
    reference = models.CharField("reference id", max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager["OAuthFlow"]] = TenantManager()

    class Meta:
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False)
                | models.Q(link__isnull=False)
                | ~models.Q(redirect_uri=""),
                name="trip_has_a_traveller",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=FlowOutcome.values), name="known_flow_outcome"
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="connected") | models.Q(consumed_at__isnull=False),
                name="connected_flow_was_consumed",
            ),
        ]

    def __str__(self) -> str:
        return f"trip {str(self.pk)[:8]} ({self.get_outcome_display()})"

    def get_absolute_url(self) -> str:
        """The page that says how the flow ended."""
        return reverse("flow", args=[self.tenant.slug, self.pk])

    @property
    def has_expired(self) -> bool:
        """Whether the browser may no longer come back with this flow."""
        return self.expires_at <= timezone.now()

    @property
    def did_not_come_back(self) -> bool:
        """Whether its person has been at Google for longer than it takes, and lately."""
        gone = timezone.now() - self.created_at
        return self.outcome == FlowOutcome.PENDING and _GONE_FOR <= gone <= _REMEMBERED

    @property
    def left_ago(self) -> str:
        """When its person left for Google: `3 minutes ago`."""
        return ago(self.created_at, timezone.now())

    @property
    def returns_to(self) -> str:
        """The address that Google returns to; it has to be registered exactly so."""
        return self.redirect_uri or f"{settings.BASE_URL}{reverse('google-callback')}"

    @property
    def whose_client(self) -> str:
        """Who can change the OAuth client that the flow goes through, to begin a sentence."""
        return (
            "Whoever manages your OAuth client" if self.client.is_own else "Whoever runs the portal"
        )

    @property
    def is_being_checked(self) -> bool:
        """Whether another delivery of its answer is asking Google right now."""
        if self.outcome != FlowOutcome.EXCHANGING or self.consumed_at is None:
            return False
        return self.consumed_at > timezone.now() - _CHECKED_WITHIN

    @property
    def shown_outcome(self) -> FlowOutcome:
        """The outcome to show: an unanswered flow past its time has expired."""
        if self.outcome == FlowOutcome.PENDING and self.has_expired:
            return FlowOutcome.EXPIRED
        return FlowOutcome(self.outcome)

    @property
    def asked_in_vain(self) -> bool:
        """Whether the very same permission was left out before, in a flow that this one retries."""
        if self.outcome != FlowOutcome.PARTIAL or self.first_try_id is None:
            return False
        chain = models.Q(pk=self.first_try_id) | models.Q(first_try=self.first_try_id)
        earlier = OAuthFlow.objects.filter(chain, created_at__lt=self.created_at)
        return earlier.filter(outcome=FlowOutcome.PARTIAL, detail=self.detail).exists()

    @property
    def page(self) -> FlowPage:
        """What the page of this flow says."""
        page = FLOW_PAGES[self.shown_outcome]
        unreachable = self.shown_outcome is FlowOutcome.UNREACHABLE and self.detail
        return replace(page, happened=self.detail) if unreachable else page

    @property
    def title(self) -> str:
        """How the flow ended, in a few words; not whose fault that is while it may be anybody's."""
        failed = self.shown_outcome is FlowOutcome.UNREACHABLE
        if failed:
            return "The exchange with Google failed"
        page = FLOW_PAGES.get(self.shown_outcome)
        return (page.title if page else "") or str(self.shown_outcome.label)
