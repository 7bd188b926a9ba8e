"""What every list and page of staff is made of: rows to look at, and acts that say why."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import Actor, by_staff
from accounts.email.models import QueuedEmail
from accounts.members.policies import staff_may
from accounts.members.roles import StaffPower
from accounts.staff.search import rows_named
from accounts.values.form_fields import PlainTextField
from accounts.values.text import seen

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    # Django's own classes take no type arguments at run time.
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ReasonForm(ActionForm):
    """The action and, beside it, why: a staff action without a reason is not taken."""

    reason = PlainTextField(label="because", required=False, max_length=200)


_LEAVING = (
    "Nothing was done to {}: {} is about to be deleted. Until then only an owner may decide, "
    "and can keep it."
)
StaffAct = Callable[[Any, QuerySet[Any], Actor], str]


def staff_action(description: str, power: str = "act") -> Callable[[StaffAct], Any]:
    """Make an admin action of a function that returns a sentence on what it did.

    It is offered to those who hold `power` ("act" or "rotate"), and taken only
    with a reason, which ends in the audit record. What belongs to an organisation
    whose deletion is asked for is left as it is.
    """

    def decorate(act: StaffAct) -> Any:
        @admin.action(description=description, permissions=[power])
        @wraps(act)
        def asked(self: "ReadOnlyAdmin", request: HttpRequest, rows: QuerySet[Any]) -> None:
            reason = seen(request.POST.get("reason", ""))
            if not reason:
                sentence = "Nothing was done. Say why in the field beside the action."
                self.message_user(request, sentence, messages.ERROR)
                return
            going, leaving = _apart(rows)
            for row in leaving:
                sentence = _LEAVING.format(row, getattr(row, "tenant", ""))
                self.message_user(request, sentence, messages.ERROR)
            if going.exists():
                self.message_user(request, act(self, going, by_staff(request, reason[:200])))

        return asked

    return decorate


def _apart(rows: QuerySet[Any]) -> tuple[QuerySet[Any], list[Any]]:
    """`rows` without those of organisations that are about to be deleted, and these."""
    if not any(field.name == "tenant" for field in rows.model._meta.fields):
        return rows, []
    leaving = list(rows.filter(tenant__deleted_at__isnull=False).select_related("tenant"))
    return rows.exclude(pk__in=[row.pk for row in leaving]), leaving


@dataclass(frozen=True, slots=True)
class Link:
    """A list of other rows: how it is called, of which table, and what it is filtered by."""

    words: str
    model: type[models.Model]
    by: dict[str, str]


class StaffAdmin(ModelAdmin):
    """A list that is searched by what people have in hand, of rows that lead on to others."""

    search_help_text = "Organisation, e-mail address, id, ticket or reference id, and names."

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """As Django's; an empty name of a field is none."""
        return super().get_object(request, object_id, from_field or None)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """As Django's, which takes any number for a day, a month or a year.

        Raises:
            IncorrectLookupParameters: there is no such day; the list begins anew.
        """
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Rows of either; Django's own search takes words one by one, ours as they are."""
        found, doubled = super().get_search_results(request, queryset, search_term)
        words = search_term.strip()
        if not words:
            return found, doubled
        either = Q(pk__in=found.order_by().values("pk")) | rows_named(self.model, words)
        return queryset.filter(either), False

    def get_inlines(self, request: HttpRequest, obj: models.Model | None) -> Any:
        """Those that have anything to show."""
        return [one for one in self.inlines if obj is not None and _belong(one.model, obj)]

    @admin.display(description="elsewhere")
    def elsewhere(self, row: models.Model) -> str:
        """Lists of what belongs to the row, of what was done to it, and of who was told."""
        about = {"target_id__exact": str(row.pk)}
        written = Link("e-mails about it", QueuedEmail, about)
        recorded = Link("audit record of it", AuditEvent, about)
        links = [
            (link.words, self._list(link)) for link in (*self.links_of(row), written, recorded)
        ]
        return format_html_join(" · ", '<a href="{1}">{0}</a>', links)

    def links_of(self, row: models.Model) -> list[Link]:
        """Each table with rows that point at this one."""
        rels = self.opts.get_fields(include_hidden=True)
        pointing = [one.field for one in rels if isinstance(one, models.ManyToOneRel)]
        shown = [field for field in pointing if self.admin_site.is_registered(field.model)]
        often = Counter(field.model for field in shown)
        return [
            Link(
                f"{field.model._meta.verbose_name_plural}"
                + (f" ({field.verbose_name})" if often[field.model] > 1 else ""),
                field.model,
                {f"{field.name}__id__exact": str(row.pk)},
            )
            for field in shown
        ]

    def _list(self, link: Link) -> str:
        meta = link.model._meta
        page = f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_changelist"
        return f"{reverse(page)}?{urlencode(link.by)}"


def _belong(model: type[models.Model], row: models.Model) -> bool:
    """Whether any rows of `model` point at `row`."""
    fields = (one for one in model._meta.concrete_fields if one.related_model is type(row))
    return any(model._default_manager.filter(**{one.name: row}).exists() for one in fields)


class ReadOnlyAdmin(StaffAdmin):
    """For rows that only services write: everything can be seen, nothing edited."""

    action_form = ReasonForm
    list_per_page = 50
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Every group of staff reads everything; secrets are shown to none."""
        return staff_may(request.user, StaffPower.READ)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return staff_may(request.user, StaffPower.ACT)

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        return staff_may(request.user, StaffPower.ROTATE)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Every column, also those that no form would show; secrets show as `sealed (key …)`."""
        hidden = set(self.exclude or ())
        hidden |= {"search_text"}  # Made of the others.
        columns = [field.name for field in self.opts.fields if field.name not in hidden]
        return [*columns, "elsewhere"]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is deleted by hand."""
        return False


class ReadOnlyInline(TabularInline):
    """The same for rows shown below another."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """As the row that this one stands below."""
        return staff_may(request.user, StaffPower.READ)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False


class ValuesFilter(admin.AllValuesFieldListFilter):
    """Filters by each value that there is; the empty one has a name too."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Django's, where a link without words would stand for an empty value."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or "None"}
