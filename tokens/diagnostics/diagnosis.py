"""Why a connection or service account does not work: evidence in, ranked causes out. Pure.

The seeds name two causes of `invalid_grant`: the clock, and the limit of refresh
tokens. Google documents more (contract §1.3), and says today with 403 what the
seeds explain for 401 (contract §10). Each cause is one function; what cannot be
the reason is ruled out aloud, because people come with exactly these suspicions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from tokens.connections.ages import ago
from tokens.connections.states import ConnectionStatus
from tokens.diagnostics.facts import (
    Cause,
    ConnectionFacts,
    Likelihood,
    ServiceAccountFacts,
    just_now,
)
from tokens.diagnostics.rules import account, account_keys, client, grant, use

_DEAD = (
    "Google answered invalid_grant. Nothing at Google was changed by the portal, and requests "
    "wait until the account is connected again."
)
_NOT_ASKED = "Nothing is known to be wrong. Google was not asked just now."
_KNOW = "But there is something to know about it."


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor says: a verdict, and the causes behind it, likeliest first."""

    tone: str
    verdict: str
    sentence: str
    causes: list[Cause]
    ruled_out: list[Cause]


def diagnose(facts: ConnectionFacts) -> Diagnosis:
    """Weigh the evidence of a connection."""
    causes, ruled_out = _ranked(finding(facts) for finding in RULES)
    return Diagnosis(*_verdict(facts, causes), causes, ruled_out)


def diagnose_account(facts: ServiceAccountFacts) -> Diagnosis:
    """Weigh the evidence of a service account."""
    causes, ruled_out = _ranked(finding(facts) for finding in ACCOUNT_RULES)
    return Diagnosis(*_account_verdict(facts, causes), causes, ruled_out)


def _ranked(found: Iterable[Cause | None]) -> tuple[list[Cause], list[Cause]]:
    """(what counts, what is ruled out), the likeliest first."""
    ranked = sorted((one for one in found if one), key=lambda cause: cause.likelihood)
    return [one for one in ranked if one.counts], [one for one in ranked if not one.counts]


def _verdict(facts: ConnectionFacts, causes: list[Cause]) -> tuple[str, str, str]:
    if facts.status == ConnectionStatus.DISCONNECTED:
        return "idle", "Disconnected by a person", "It works again once it is connected again."
    if facts.grant_is_dead:
        return (
            "bad",
            "Google refuses the permission",
            _DEAD,
        )
    if facts.well and (not causes or causes[0].likelihood >= Likelihood.LIKELY):
        words, told = _good("connection", facts.refreshed_at, facts.now)
        return "ok", words, f"{told} {_KNOW}" if causes else told
    if not causes:
        # Something is noted against it that nobody has written a finding for.
        return "warn", "Something is wrong", facts.error_message or facts.error_kind
    worst = causes[0]
    tone = "bad" if facts.status != ConnectionStatus.ACTIVE or facts.client_paused else "warn"
    return tone, worst.title, worst.explains


def _account_verdict(facts: ServiceAccountFacts, causes: list[Cause]) -> tuple[str, str, str]:
    if facts.works and (not causes or causes[0].likelihood >= Likelihood.POSSIBLE):
        words, told = _good("service account", facts.asked_at, facts.now)
        return "ok", words, f"{told} {_KNOW}" if causes else told
    tone = "warn" if facts.works or facts.error_kind in use.TRANSIENT else "bad"
    return tone, causes[0].title, causes[0].explains


def _good(what: str, at: datetime | None, now: datetime) -> tuple[str, str]:
    """(verdict, sentence) of what Google accepted when it was last asked: no more than that."""
    if just_now(at, now):
        return f"This {what} works", "Google issued it an access token just now."
    if at is None:
        return "Not checked yet", _NOT_ASKED
    return f"Last known good {ago(at, now)}", _NOT_ASKED


RULES: tuple[Callable[[ConnectionFacts], Cause | None], ...] = (
    grant.session_control,
    grant.account_gone,
    use.administrator,
    client.removed,
    client.refused,
    client.own_refused,
    use.set_aside,
    use.unreadable,
    use.missing_scope,
    use.api_disabled,
    grant.limited_time,
    grant.testing_mode,
    grant.token_limit,
    grant.six_months_idle,
    grant.revoked_by_person,
    use.unauthenticated,
    use.no_access,
    use.wrong_account,
    use.google_fails,
    use.other_refusal,
    use.clock,
    grant.password_change,
)

ACCOUNT_RULES: tuple[Callable[[ServiceAccountFacts], Cause | None], ...] = (
    account.sealed,
    account.unreadable,
    account.clock,
    account.signature,
    account.account_gone,
    account.account_disabled,
    account.administrator,
    account.permission_unknown,
    account.audience,
    account.google_fails,
    account.other_refusal,
    account.api_disabled,
    account.no_access,
    account_keys.policy,
    account_keys.key_limit,
    account_keys.may_not_manage,
    account_keys.iam_api_disabled,
    account_keys.rotation_failed,
    account_keys.old_key,
    account_keys.other_keys,
)
