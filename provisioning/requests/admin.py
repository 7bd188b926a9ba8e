"""Staff's view of requests, along the flow: request, attempts, tickets, outcomes, result."""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet

from accounts.audit.recording import Actor
from accounts.staff.admin_base import (
    Link,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ValuesFilter,
    staff_action,
)
from accounts.staff.search import naming
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.account import ExtraAccount, ProvisionedAccount, SetupStep
from provisioning.requests.models.attempt import AccountTicket, ProvisioningAttempt, TosOutcome
from provisioning.requests.models.defaults import ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.services.bulk import retry
from provisioning.requests.services.expiry import end_ticket
from provisioning.requests.services.outages import open_outages
from provisioning.requests.services.requests import cancel, check_now, try_again
from provisioning.requests.services.transitions import TooLate, UnlawfulMove
from tokens.exchanges.models import Exchange

_SAID = "exchanges with Google"


@naming
def ticketed(words: str) -> Iterator[UUID | None]:
    """The request and the try of a ticket, by Google's id of it."""
    tickets = AccountTicket.objects.filter(ticket_id=words)
    for row in tickets.values_list("request", "attempt"):
        yield from row


class AttemptInline(ReadOnlyInline):
    """The tries of a request."""

    model = ProvisioningAttempt
    fields = ("number", "result", "error_kind", "error_message", "started_at", "retry_at")
    readonly_fields = fields


class StepInline(ReadOnlyInline):
    """What is set up for a request."""

    model = SetupStep
    fields = ("kind", "status", "google_name", "tries", "problem", "finished_at")
    readonly_fields = fields


class StatusChangeInline(ReadOnlyInline):
    """The history of a request."""

    model = StatusChange
    fields = ("created_at", "old", "new", "reason", "actor_kind", "actor")
    readonly_fields = fields


class OutcomeInline(ReadOnlyInline):
    """What came back for a ticket."""

    model = TosOutcome
    fields = (
        "received_at",
        "kind",
        "counted",
        "ignored_because",
        "reported_account_id",
        "reported_property_id",
        "user",
    )
    readonly_fields = fields


class TicketInline(ReadOnlyInline):
    """The tickets that were obtained for a request."""

    model = AccountTicket
    fields = (
        "ticket_id",
        "status",
        "opened_by",
        "opened_at",
        "expires_at",
        "made_account_id",
        "look_at",
    )
    readonly_fields = fields


class ExtraInline(ReadOnlyInline):
    """Accounts that Google made besides."""

    model = ExtraAccount
    fields = ("account_id", "account_name", "made_at", "certain", "found_at")
    readonly_fields = fields


class AccountInline(ReadOnlyInline):
    """What came of a request."""

    model = ProvisionedAccount
    fields = ("account_id", "property_id", "measurement_id", "verified_at")
    readonly_fields = fields


@admin.register(ProvisioningRequest)
class ProvisioningRequestAdmin(ReadOnlyAdmin):
    """Accounts that were wished for."""

    list_display = ("account_name", "tenant", "status", "connection", "due_at", "updated_at")
    list_filter = ("status", "failure", "backend")
    search_fields = (
        "id",
        "account_name",
        "website_url",
        "tenant__name",
        "tenant__slug",
        "connection__email",
        "tickets__ticket_id",
        "account__account_id",
        "account__measurement_id",
    )
    date_hierarchy = "created_at"
    list_select_related = ("tenant", "connection")
    inlines = (
        AttemptInline,
        TicketInline,
        AccountInline,
        ExtraInline,
        StepInline,
        StatusChangeInline,
    )

    def links_of(self, row: models.Model) -> list[Link]:
        """With what was said to Google for it."""
        return [Link(_SAID, Exchange, {"subject__exact": str(row.pk)}), *super().links_of(row)]

    actions = ("retry", "restart", "look", "expire", "cancel")

    @staff_action("Retry now: go on without waiting")
    def retry(self, rows: QuerySet[ProvisioningRequest], actor: Actor) -> str:
        return _each(rows, retry, actor, "set going again")

    @staff_action("Restart whatever the same outage has stopped, of every organisation")
    def restart(self, rows: QuerySet[ProvisioningRequest], actor: Actor) -> str:
        """Set going again all that failed together with these."""
        found = [one for one in open_outages() if any(one.holds(row.pk) for row in rows)]
        stopped = [failure.request for outage in found for failure in outage.failures]
        together = ProvisioningRequest.objects.filter(pk__in=stopped, tenant__deleted_at=None)
        return _each(together, try_again, actor, "restarted")

    @staff_action("Look at Google now whether the terms were accepted")
    def look(self, rows: QuerySet[ProvisioningRequest], actor: Actor) -> str:
        return _each(rows, check_now, actor, "will be checked")

    @staff_action("Expire the ticket: look once more, then ask for a new one")
    def expire(self, rows: QuerySet[ProvisioningRequest], actor: Actor) -> str:
        """End the tickets of these before their time."""
        return _each(rows, end_ticket, actor, "ended")

    @staff_action("Cancel")
    def cancel(self, rows: QuerySet[ProvisioningRequest], actor: Actor) -> str:
        return _each(rows, cancel, actor, "cancelled")


def _each(
    rows: QuerySet[ProvisioningRequest],
    act: Callable[[ProvisioningRequest, Actor], None],
    actor: Actor,
    done: str,
) -> str:
    """Do `act` to each, inside its tenant, and say to how many, and why not to the others."""
    count, refused = 0, []
    for row in rows.select_related("tenant", "account").prefetch_related("attempts"):
        try:
            with tenant_scope(row.tenant):
                act(row, actor)
        except (UnlawfulMove, TooLate) as error:
            refused.append(f"{row}: {error}")
        else:
            count += 1
    said = f"{count} {done}."
    return f"{said} {len(refused)} could not be: {'; '.join(refused[:5])}." if refused else said


@admin.register(ProvisioningAttempt)
class ProvisioningAttemptAdmin(ReadOnlyAdmin):
    """Tries."""

    list_display = ("request", "number", "result", "error_kind", "started_at", "tenant")
    list_filter = ("result", ("error_kind", ValuesFilter))
    search_fields = ("request__account_name", "tenant__slug")
    list_select_related = ("request", "tenant")
    inlines = (TicketInline,)

    def links_of(self, row: models.Model) -> list[Link]:
        """With what was said to Google during it."""
        links = super().links_of(row)
        if not isinstance(row, ProvisioningAttempt):
            return links
        during = {"subject__exact": str(row.request_id), "created_at__gte": str(row.started_at)}
        if row.finished_at:
            during["created_at__lte"] = str(row.finished_at)
        return [Link(_SAID, Exchange, during), *links]


@admin.register(AccountTicket)
class AccountTicketAdmin(ReadOnlyAdmin):
    """Tickets that Google issued."""

    list_display = ("ticket_id", "request", "status", "opened_by", "created_at", "expires_at")
    list_filter = ("status",)
    search_fields = ("ticket_id", "request__account_name", "tenant__slug")
    list_select_related = ("request", "opened_by")
    exclude = ("opened_session",)
    inlines = (OutcomeInline,)


@admin.register(TosOutcome)
class TosOutcomeAdmin(ReadOnlyAdmin):
    """Returns from the terms page."""

    list_display = ("received_at", "kind", "counted", "ignored_because", "ticket", "tenant")
    list_filter = ("kind", "counted")
    search_fields = ("ticket__ticket_id", "ticket__request__account_name", "tenant__slug")
    list_select_related = ("ticket", "tenant")


@admin.register(ProvisionedAccount)
class ProvisionedAccountAdmin(ReadOnlyAdmin):
    """Verified results."""

    list_display = ("account_name", "account_id", "property_id", "measurement_id", "tenant")
    search_fields = ("account_id", "property_id", "measurement_id", "account_name", "tenant__slug")
    date_hierarchy = "verified_at"
    list_select_related = ("tenant",)


@admin.register(ExtraAccount)
class ExtraAccountAdmin(ReadOnlyAdmin):
    """Accounts that Google made besides a request's own."""

    list_display = ("account_name", "account_id", "request", "certain", "found_at", "tenant")
    list_filter = ("certain",)
    search_fields = ("account_id", "account_name", "request__account_name", "tenant__slug")
    list_select_related = ("request", "tenant")


@admin.register(SetupStep)
class SetupStepAdmin(ReadOnlyAdmin):
    """Steps after the account exists."""

    list_display = ("request", "kind", "status", "tries", "problem", "tenant")
    list_filter = ("kind", "status")
    search_fields = ("request__account_name", "google_name", "tenant__slug")
    list_select_related = ("request", "tenant")


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnlyAdmin):
    """Changes of state."""

    list_display = ("created_at", "request", "old", "new", "reason", "actor_kind", "actor")
    list_filter = ("new", "actor_kind")
    search_fields = ("request__account_name", "reason", "tenant__slug")
    list_select_related = ("request", "actor")


@admin.register(ProvisioningDefaults)
class ProvisioningDefaultsAdmin(ReadOnlyAdmin):
    """What tenants want their requests to begin with."""

    list_display = ("tenant", "backend", "flow", "time_zone", "region_code", "updated_at")
    list_filter = ("backend", "flow")
    search_fields = ("tenant__name", "tenant__slug")
    list_select_related = ("tenant",)
