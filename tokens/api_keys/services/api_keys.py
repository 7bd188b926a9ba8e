"""API keys: kept when Google accepts them, checked again on demand, removed."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit.recording import Actor, differing, record
from accounts.tenancy.models import Tenant
from tokens.api_keys.google import refusal
from tokens.api_keys.models import ApiKey
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import reveal, seal
from tokens.events import Event
from tokens.exchanges.recording import Subject


def add(tenant: Tenant, name: str, secret: str, actor: Actor, *, project: str = "") -> ApiKey:
    """Try an API key at Google, and keep it, sealed, when it works.

    Google tells nobody of which `project` a working key is, so a person says it.

    Raises:
        Refused: the name is taken, or Google does not accept the key.
        GoogleError: Google could not be asked.
    """
    if ApiKey.objects.filter(name=name).exists():
        raise Refused(f"There is a key named {name} already. Choose another name.")
    problem = refusal(secret, Subject(tenant.pk))
    if problem:
        raise Refused(problem)
    row = ApiKey(tenant=tenant, name=name, last_four=secret[-4:], project=project)
    row.added_by = actor.user
    row.checked_at = timezone.now()
    try:
        with transaction.atomic():
            seal(row, "secret", secret)
            row.save(force_insert=True)
            record(Event.API_KEY_ADDED, actor, target=row)
    except IntegrityError:
        raise Refused(f"Somebody else added a key named {name} meanwhile.") from None
    return row


def check(row: ApiKey, actor: Actor) -> str:
    """Ask Google whether the key still works; returns why not, empty when it does.

    Raises:
        GoogleError: Google could not be asked.
        SecretUnreadable: the sealed key does not open.
    """
    problem = ask_google(row)
    with transaction.atomic():
        ApiKey.objects.filter(pk=row.pk).update(checked_at=timezone.now(), problem=problem[:400])
        record(Event.API_KEY_CHECKED, actor, target=row, works=not problem)
    return problem


def ask_google(row: ApiKey) -> str:
    """Why Google refuses the key just now, empty when it does not. Notes nothing.

    Raises:
        GoogleError: Google could not be asked.
        SecretUnreadable: the sealed key does not open.
    """
    return refusal(reveal(row, "secret"), Subject(row.tenant_id))


@transaction.atomic
def name_project(row: ApiKey, project: str, actor: Actor) -> None:
    """Say of which Cloud project the key is, so that its calls carry it; empty: none do."""
    before = {"project": row.project}
    ApiKey.objects.filter(pk=row.pk).update(project=project, of_another_project=False)
    changes = differing(before, {"project": project})
    record(Event.API_KEY_PROJECT_NAMED, actor, target=row, **changes)


@transaction.atomic
def remove(row: ApiKey, actor: Actor) -> None:
    """Destroy the key here. At Google it lives on until somebody deletes it."""
    record(Event.API_KEY_REMOVED, actor, target=row)
    row.delete()
