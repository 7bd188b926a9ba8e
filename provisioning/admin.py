"""Staff's view of requests, along the trip: request, attempts, tickets, outcomes, result."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin, ReadOnlyInline
from provisioning.models import (
    AccountTicket,
    Move,
    ProvisionedAccount,
    ProvisioningAttempt,
    ProvisioningRequest,
    SetupStep,
    TosOutcome,
)


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


class MoveInline(ReadOnlyInline):
    """The history of a request."""

    model = Move
    fields = ("created_at", "old", "new", "reason", "actor_kind", "actor")
    readonly_fields = fields


class OutcomeInline(ReadOnlyInline):
    """What came back for a ticket."""

    model = TosOutcome
    fields = ("received_at", "kind", "counted", "ignored_because", "claimed_account_id", "user")
    readonly_fields = fields


@admin.register(ProvisioningRequest)
class ProvisioningRequestAdmin(ReadOnlyAdmin):
    """Accounts that were wished for."""

    list_display = ("account_name", "tenant", "status", "connection", "due_at", "updated_at")
    list_filter = ("status", "failure", "dialect")
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
    inlines = (AttemptInline, StepInline, MoveInline)


@admin.register(ProvisioningAttempt)
class ProvisioningAttemptAdmin(ReadOnlyAdmin):
    """Tries."""

    list_display = ("request", "number", "result", "error_kind", "started_at", "tenant")
    list_filter = ("result", "error_kind")
    search_fields = ("request__account_name", "tenant__slug")
    list_select_related = ("request", "tenant")


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


@admin.register(SetupStep)
class SetupStepAdmin(ReadOnlyAdmin):
    """Steps after the account exists."""

    list_display = ("request", "kind", "status", "tries", "problem", "tenant")
    list_filter = ("kind", "status")
    search_fields = ("request__account_name", "google_name", "tenant__slug")
    list_select_related = ("request", "tenant")


@admin.register(Move)
class MoveAdmin(ReadOnlyAdmin):
    """Changes of state."""

    list_display = ("created_at", "request", "old", "new", "reason", "actor_kind", "actor")
    list_filter = ("new", "actor_kind")
    search_fields = ("request__account_name", "reason", "tenant__slug")
    list_select_related = ("request", "actor")
