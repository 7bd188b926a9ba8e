"""What staff find rows by: an organisation, an id, an address, a ticket, a reference.

Whatever stands in the row itself, or in rows that it leads to. Names are looked up
first and rows are then found by ids, so a large table is read with its indexes.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from uuid import UUID

from django.db import models
from django.db.models import Q

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.values.email_address import in_addresses
from accounts.values.ids import as_id
from accounts.values.model_fields import SearchTextField
from accounts.values.text import search_key

Model = type[models.Model]
_ROOMS = frozenset({"accounts", "tokens", "provisioning"})
_HOPS = 2
_MOST = 200
# Columns that hold what people have in hand, besides addresses.
_IN_HAND = frozenset({"ticket_id", "reference"})
# A page speaks of these whatever it does: what it did is none of them.
_EVERYWHERE = frozenset({"accounts.tenant", "accounts.user"})

Wanted = Callable[[str], str]
Naming = Callable[[str], Iterable[UUID | None]]
_NAMINGS: list[Naming] = []


def naming(found: Naming) -> Naming:
    """Make a function that says which rows a ticket or a reference names part of every search."""
    _NAMINGS.append(found)
    return found


@naming
def touched_on_page(words: str) -> Iterator[UUID | None]:
    """What was changed by the page or the task of a reference id."""
    events = AuditEvent.objects.filter(reference=words).exclude(target_type__in=_EVERYWHERE)
    for target in events.values_list("target_id", flat=True)[:_MOST]:
        yield as_id(target)


def rows_named(model: Model, words: str) -> Q:
    """Which rows of `model` are meant by `words`."""
    ids = {as_id(words), *(pk for name in _NAMINGS for pk in name(words))} - {None}
    found = _own(model, words, ids)
    for path, target in _leads_to(model):
        if ids and isinstance(target._meta.pk, models.UUIDField):
            found |= Q(**{f"{path}__in": ids})
        named = _named(target, words)
        if named:
            found |= Q(**{f"{path}__in": target._base_manager.filter(named).values("pk")})
    return found


def _own(model: Model, words: str, ids: set[UUID | None]) -> Q:
    found = _named(model, words)
    if not ids:
        return found
    for field in model._meta.concrete_fields:
        if isinstance(field, models.UUIDField):
            found |= Q(**{f"{field.name}__in": ids})
        elif field.name == "target_id":
            found |= Q(target_id__in=[str(pk) for pk in ids])
    return found


def _named(model: Model, words: str) -> Q:
    """Rows in which `words` stand themselves."""
    found = Q()
    for column, wanted in _columns(model):
        found |= Q(**{f"{column}__icontains": wanted(words)})
    return found


@cache
def _columns(model: Model) -> tuple[tuple[str, Wanted], ...]:
    """Each column that is looked through, and what makes the words such as stand there."""
    columns: list[tuple[str, Wanted]] = [("slug", str)] if model is Tenant else []
    for field in model._meta.concrete_fields:
        if isinstance(field, SearchTextField):
            columns.append((field.name, search_key))
        elif isinstance(field, models.EmailField):
            columns.append((field.name, in_addresses))
        elif field.name in _IN_HAND:
            columns.append((field.name, str))
    return tuple(columns)


@cache
def _leads_to(model: Model, hops: int = _HOPS) -> tuple[tuple[str, Model], ...]:
    """The rows that a row leads to, each by its path: never more than one by each."""
    found: list[tuple[str, Model]] = []
    for field in model._meta.concrete_fields:
        target = field.related_model
        if not isinstance(target, type) or target._meta.app_label not in _ROOMS:
            continue
        found.append((field.name, target))
        if hops > 1 and target not in (Tenant, User):
            # Every row of an organisation's names it itself.
            further = [one for one in _leads_to(target, hops - 1) if one[1] is not Tenant]
            found += [(f"{field.name}__{path}", one) for path, one in further]
    return tuple(found)
