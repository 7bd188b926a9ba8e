"""Service accounts: added, given a new key, checked, removed; and access tokens for them.

They read and manage keys, and nothing else: Google lets no service account
accept its terms, so none is ever offered where accounts are created.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, record
from accounts.tenancy.models import Tenant
from accounts.values.expiring_cache import ExpiringCache
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import SecretUnreadable, reveal, seal
from tokens.events import Event
from tokens.exchanges.recording import Subject
from tokens.google.assertion import Signer, grant
from tokens.google.clock import measure_skew
from tokens.google.errors import GoogleError
from tokens.google.scopes import ANALYTICS_READONLY
from tokens.service_accounts.key_files import KeyFile
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import (
    ServiceAccount,
    ServiceAccountKey,
    ServiceAccountKeyState,
)
from tokens.service_accounts.refusals import is_about_clock, why_refused
from tokens.service_accounts.services.emails import tell_of_refusal
from tokens.service_accounts.states import RotationFailure

READ = frozenset({ANALYTICS_READONLY})
_EARLY = 60.0
_CACHE_SIZE = 500


# Access tokens of this process by key and scopes. They are never written anywhere.
_tokens: ExpiringCache[tuple[UUID, frozenset[str]], str] = ExpiringCache(_CACHE_SIZE)


def _forget_tokens(key: ServiceAccountKey) -> None:
    _tokens.forget(lambda known: known[0] == key.pk)


def add(tenant: Tenant, file: KeyFile, actor: Actor) -> ServiceAccount:
    """Try a key at Google, and keep it, sealed, when it works.

    Raises:
        Refused: the account is there already, or Google does not accept the key.
        GoogleError: Google could not be asked.
    """
    if ServiceAccount.objects.filter(email=file.email).exists():
        raise Refused(f"{file.email} is here already. To change its key, use its card.")
    _try_at_google(tenant.pk, file)
    try:
        return _keep_account(tenant, file, actor)
    except IntegrityError:
        raise Refused(f"{file.email} was added by somebody else meanwhile.") from None


@transaction.atomic
def _keep_account(tenant: Tenant, file: KeyFile, actor: Actor) -> ServiceAccount:
    account = ServiceAccount.objects.create(
        tenant=tenant,
        email=file.email,
        project=file.project,
        added_by=actor.user,
        checked_at=timezone.now(),
    )
    _keep_key(account, file)
    record(Event.SERVICE_ACCOUNT_ADDED, actor, target=account, kid=file.kid)
    return account


def _keep_key(account: ServiceAccount, file: KeyFile) -> ServiceAccountKey:
    key = ServiceAccountKey(tenant_id=account.tenant_id, account=account, kid=file.kid)
    seal(key, "private_key", file.private_key)
    key.save(force_insert=True)
    return key


def replace_key(account: ServiceAccount, file: KeyFile, actor: Actor) -> None:
    """Use the key of `file` from now on, and destroy the one that was in use.

    Raises:
        Refused: it is another account's, or Google does not accept it; the old one stays.
        GoogleError: Google could not be asked; the old one stays.
    """
    if file.email != account.email:
        raise Refused(f"This file is another account's: {file.email}. Nothing was changed.")
    if account.project and file.project and file.project != account.project:
        raise Refused(f"This file is of another project: {file.project}. Nothing was changed.")
    _refuse_while_rotating(account)
    _try_at_google(account.tenant_id, file)
    with transaction.atomic():
        ServiceAccount.objects.select_for_update().get(pk=account.pk)
        _refuse_while_rotating(account)
        old = ServiceAccountKey.objects.filter(account=account, state=ServiceAccountKeyState.ACTIVE)
        for key in old:
            _forget_tokens(key)
        old.update(state=ServiceAccountKeyState.GONE, private_key=None)
        _keep_key(account, file)
        _note(account, "")
        record(Event.SERVICE_ACCOUNT_KEY_REPLACED, actor, target=account, kid=file.kid)


def _refuse_while_rotating(account: ServiceAccount) -> None:
    if ServiceAccountRotation.objects.filter(account=account, finished_at=None).exists():
        raise Refused("Its key is being rotated right now. Upload another when that has ended.")


def check(account: ServiceAccount, actor: Actor) -> str:
    """Ask Google for a new access token; returns why it refuses, empty when it does not.

    Raises:
        GoogleError: Google could not be asked.
        SecretUnreadable: the sealed key does not open.
    """
    key = active_key(account)
    _forget_tokens(key)
    try:
        token_by(account, key, READ)
    except Refused as refused:
        problem = str(refused)
    else:
        problem = ""
    with transaction.atomic():
        _note_checked(account, problem, actor)
        record(Event.SERVICE_ACCOUNT_CHECKED, actor, target=account, works=not problem)
    return problem


def check_by_itself(pk: UUID) -> None:
    """The same by a worker, who records it only when the account works no longer, or again.

    Raises:
        GoogleError: Google could not be asked; it is tried again.
    """
    account = ServiceAccount.objects.filter(pk=pk).first()
    if account is None:
        return
    try:
        problem = ask_google(account)
    except SecretUnreadable:
        problem = RotationFailure.UNREADABLE.label
    with transaction.atomic():
        if _note_checked(account, problem, by_worker()):
            worker, works = by_worker(), not problem
            record(Event.SERVICE_ACCOUNT_CHECKED, worker, target=account, works=works)


def _note_checked(account: ServiceAccount, problem: str, actor: Actor) -> bool:
    """Note the outcome, and who is to be told of a new trouble. Returns whether it is another."""
    row = ServiceAccount.objects.select_for_update().filter(pk=account.pk).first()
    if row is None:
        return False
    _note(row, problem)
    if problem and not row.problem:
        tell_of_refusal(row, problem, actor)
    return bool(problem) != bool(row.problem)


def ask_google(account: ServiceAccount) -> str:
    """Why Google refuses the account just now, empty when it does not. Notes nothing.

    Raises:
        GoogleError: Google could not be asked.
        SecretUnreadable: the sealed key does not open.
    """
    try:
        _grant(_signer(account, active_key(account)), READ, _subject(account))
    except Refused as refused:
        return str(refused)
    return ""


def assert_opens(key: ServiceAccountKey) -> None:
    """Make sure that the sealed key can be used.

    Raises:
        SecretUnreadable: it does not open.
        PortalSealed: no secret can be opened just now.
    """
    reveal(key, "private_key")


def _signer(account: ServiceAccount, key: ServiceAccountKey) -> Signer:
    return Signer(account.email, key.kid, reveal(key, "private_key"))


def _subject(account: ServiceAccount) -> Subject:
    return Subject(account.tenant_id, subject_id=account.pk)


def active_key(account: ServiceAccount) -> ServiceAccountKey:
    """The key that an account signs with."""
    return ServiceAccountKey.objects.get(account=account, state=ServiceAccountKeyState.ACTIVE)


def access_token(account: ServiceAccount, scopes: frozenset[str]) -> str:
    """An access token with exactly `scopes`, from this process's memory or from Google.

    Raises:
        Refused: Google does not accept the account or its key.
        GoogleError: Google could not be asked.
        SecretUnreadable: the sealed key does not open.
    """
    return token_by(account, active_key(account), scopes)


def token_by(
    account: ServiceAccount, key: ServiceAccountKey, scopes: frozenset[str], *, fresh: bool = False
) -> str:
    """Likewise by a certain key of the account; `fresh` asks Google in any case.

    Raises:
        Refused, GoogleError, SecretUnreadable: as `access_token`.
    """
    if fresh:
        _forget_tokens(key)
    cached = _tokens.get((key.pk, scopes))
    if cached is None:
        answer = _grant(_signer(account, key), scopes, _subject(account))
        _tokens.put((key.pk, scopes), answer[0], seconds=answer[1] - _EARLY)
        cached = answer[0]
    ServiceAccountKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return cached


@transaction.atomic
def remove(account: ServiceAccount, actor: Actor) -> None:
    """Destroy an account's keys here. At Google they live on until somebody deletes them."""
    for key in account.keys.all():
        _forget_tokens(key)
    record(Event.SERVICE_ACCOUNT_REMOVED, actor, target=account)
    account.delete()


def _try_at_google(tenant_id: UUID, file: KeyFile) -> None:
    _grant(Signer(file.email, file.kid, file.private_key), READ, Subject(tenant_id))


def _grant(signer: Signer, scopes: frozenset[str], subject: Subject) -> tuple[str, int]:
    try:
        answer = grant(signer, scopes, subject)
    except GoogleError as error:
        skew = _skew() if is_about_clock(error.trouble.message) else None
        sentence = why_refused(error.trouble.code, error.trouble.message, skew)
        if sentence:
            raise Refused(sentence) from error
        raise
    return answer.access_token, answer.expires_in


def _skew() -> float | None:
    try:
        return measure_skew()
    except GoogleError:
        # The refusal itself is what people are told; the figure only makes it plainer.
        return None


def _note(account: ServiceAccount, problem: str) -> None:
    ServiceAccount.objects.filter(pk=account.pk).update(
        checked_at=timezone.now(), problem=problem[:400]
    )
