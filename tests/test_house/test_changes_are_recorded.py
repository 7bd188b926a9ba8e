"""No state changes without its record: a service that writes rows writes the audit record."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_house.source import called_name, python_files, tree

WRITES = frozenset(
    {
        "bulk_create",
        "bulk_update",
        "create",
        "delete",
        "get_or_create",
        "save",
        "update",
        "update_or_create",
    }
)
RECORDS = ("accounts.audit.recording", "record")

# What writes and records nothing, and why nobody will ever ask who did it.
LEASES = "who works on it just now, and until when; the outcome is recorded"
FORGOTTEN = "what settings say to forget, on the day they say"
COUNTERS = "a counter"
CACHE = "what the portal works out for itself, and would again"
PART = "a part of its caller's change, in the same transaction, which is recorded there"
NOT_RECORDED = {
    "accounts.audit.services.chain:link_new": "the chain over the record itself",
    "accounts.authentication.services.sessions:browser_signed_in": "the sign-in itself is recorded",
    "accounts.authentication.services.sessions:forget_expired": "sessions end by themselves, as settings say",
    "accounts.authentication.services.sessions:note_use": "when a browser was last used",
    "accounts.offboarding.services.erasure:begin": "follows a deletion that is recorded; its end is too",
    "accounts.offboarding.services.erasure:remove_some": "a part of an erasure, whose end is recorded",
    "accounts.offboarding.services.erasure:tell": "that a mail went out, in the proof itself",
    "accounts.staff.services.error_groups:note_told": PART,
    "accounts.staff.services.error_reports:report_error": "an error of the portal itself, and its mail",
    "accounts.staff.services.error_reports:forget_errors": FORGOTTEN,
    "accounts.members.services.invitations:mail": "that a mail went out; sending is recorded before it",
    "accounts.offboarding.services.emails:tell_of_deletion": PART,
    "accounts.email.services.retention:prune_mails": FORGOTTEN,
    "accounts.members.services.emails:tell_member": PART,
    "accounts.email.services.queue:claimed": LEASES,
    "accounts.email.services.queue:drop": "that a mail was not needed, in the outbox itself",
    "accounts.email.services.queue:send": "what became of a mail; whose it is records that it went out",
    "accounts.staff.services.emails:is_over": PART,
    "accounts.staff.services.emails:send_staff_mail": "what a mail says; that it went out is",
    "accounts.staff.services.emails:tell_staff": PART,
    "accounts.members.services.tenants:work_alone": "what a member sees on their own home, and nobody else",
    "provisioning.requests.services.attempts:begin_attempt": PART,
    "provisioning.requests.services.attempts:end_attempt": PART,
    "provisioning.requests.services.attempts:set_tickets_aside": PART,
    "provisioning.requests.services.leases:claim": LEASES,
    "provisioning.requests.services.leases:claim_again": LEASES,
    "provisioning.requests.services.leases:extend": LEASES,
    "provisioning.requests.services.leases:hold": LEASES,
    "provisioning.requests.services.leases:postpone": LEASES,
    "provisioning.requests.services.looks:expect": "when to look at Google; what is found is recorded",
    "provisioning.requests.services.looks:look_soon": "when to look at Google; what is found is recorded",
    "provisioning.requests.services.ticket_emails:call_for_acceptance": PART,
    "provisioning.requests.services.ticket_emails:remind_of_terms": PART,
    "provisioning.requests.services.matching:note_made": PART,
    "provisioning.requests.services.emails:send_request_mails": LEASES,
    "provisioning.requests.services.emails:tell_of_failure": PART,
    "provisioning.requests.services.emails:warn_of_ending": "a mail, whose sending is recorded",
    "provisioning.requests.services.requests:wait_for": "names the trip, whose start is recorded",
    "provisioning.requests.services.setup:plan": PART,
    "tokens.rate_limits.services:drain": COUNTERS,
    "tokens.rate_limits.services:empty": COUNTERS,
    "tokens.rate_limits.services:give_back": COUNTERS,
    "tokens.rate_limits.services:take": COUNTERS,
    "tokens.rate_limits.services:owe": COUNTERS,
    "tokens.rate_limits.services:take_all": COUNTERS,
    "tokens.clients.services.emails:tell_owners": PART,
    "tokens.clients.services.clients:note_secrets": "when a secret was last accepted and refused",
    "tokens.clients.services.clients:known_portal_client": "mirrors what the environment names",
    "tokens.clients.services.clients:terminal_client": "mirrors what the environment names",
    "tokens.encryption.services.data_keys:emptied": CACHE,
    "tokens.encryption.services.data_keys:write_counts": COUNTERS,
    "tokens.connections.services.refresh.lease:claim_due": LEASES,
    "tokens.connections.services.ledger:let_go": PART,
    "tokens.connections.services.ledger:refused": PART,
    "tokens.connections.services.ledger:replaced_by": PART,
    "tokens.connections.services.ledger:revoked": PART,
    "tokens.encryption.services.master_keys:register": "mirrors which keys the environment names",
    "tokens.clients.services.portal_secrets:rewrap": "a part of a rotation, whose beginning and end are",
    "tokens.connections.services.emails:tell_of_breaks": PART,
    "tokens.exchanges.services:prune_exchanges": FORGOTTEN,
    "tokens.encryption.services.rewrap:rewrap_tenant": "a part of a rotation, whose beginning and end are",
    "tokens.encryption.services.rotation:claim": LEASES,
    "tokens.encryption.services.rotation:let_go": LEASES,
    "tokens.encryption.services.rotation:work_for_a_while": "how far a rotation is; its beginning and end are",
    "tokens.service_accounts.services.emails:tell_of_refusal": PART,
    "tokens.service_accounts.services.emails:tell_of_rotation": PART,
    "tokens.service_accounts.services.service_accounts:token_by": "when a key was last used",
    "tokens.connections.services.keep_fresh:keep_warm": "when a token is to be fresh",
}


@dataclass(frozen=True, slots=True)
class Act:
    """A function of a service: whether it writes, and what it calls."""

    public: bool
    writes: bool
    calls: frozenset[tuple[str, str]]


def acts_of(module: str, syntax: ast.Module) -> dict[tuple[str, str], Act]:
    """Every function of a module, by module and name."""
    known = names(module, syntax)
    return {
        (module, node.name): Act(
            public=not node.name.startswith("_"),
            writes=any(called_name(call) in WRITES and is_attribute(call) for call in calls(node)),
            calls=frozenset(one for call in calls(node) if (one := target(call, module, known))),
        )
        for node in ast.walk(syntax)
        if isinstance(node, ast.FunctionDef)
    }


def calls(node: ast.AST) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def is_attribute(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute)


def names(module: str, syntax: ast.Module) -> dict[str, tuple[str, str]]:
    """What the names of a module stand for: its own functions, and what it imports."""
    known = {
        node.name: (module, node.name)
        for node in ast.walk(syntax)
        if isinstance(node, ast.FunctionDef)
    }
    for node in syntax.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = (node.module, alias.name)
    return known


def target(
    call: ast.Call, module: str, known: dict[str, tuple[str, str]]
) -> tuple[str, str] | None:
    """The function that is called, if it is one of ours."""
    match call.func:
        case ast.Name(id=name):
            return known.get(name)
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return (module, name)
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in known:
            return (".".join(known[owner]), name)
    return None


def silent(acts: dict[tuple[str, str], Act]) -> set[str]:
    """Public functions that write, by themselves or their own helpers, and record nothing."""
    return {
        ":".join(name)
        for name, act in acts.items()
        if act.public and writes(name, acts, set()) and not records(name, acts, set())
    }


def writes(
    name: tuple[str, str], acts: dict[tuple[str, str], Act], seen: set[tuple[str, str]]
) -> bool:
    """Whether a function writes; what other services write is theirs to record."""
    seen.add(name)
    helpers = (one for one in acts[name].calls if one in acts and not acts[one].public)
    return acts[name].writes or any(writes(one, acts, seen) for one in helpers if one not in seen)


def records(
    name: tuple[str, str], acts: dict[tuple[str, str], Act], seen: set[tuple[str, str]]
) -> bool:
    """Whether a function writes the record, or calls something that does."""
    seen.add(name)
    if name not in acts:
        return name == RECORDS
    return any(records(one, acts, seen) for one in acts[name].calls if one not in seen)


def all_acts() -> dict[tuple[str, str], Act]:
    """Every function of every service, and of what services seal with."""
    files = [
        path
        for path in python_files("accounts", "tokens", "provisioning")
        if "services" in path.parts or path == Path("tokens/encryption/sealing.py")
    ]
    found: dict[tuple[str, str], Act] = {}
    for path in files:
        found |= acts_of(".".join(path.with_suffix("").parts), tree(path))
    return found


def test_every_service_that_writes_records_it_or_says_why_not() -> None:
    found = silent(all_acts())
    assert found - set(NOT_RECORDED) == set()


def test_the_list_of_what_is_not_recorded_is_no_longer_than_it_must_be() -> None:
    assert set(NOT_RECORDED) - silent(all_acts()) == set()


SILENT = """
from accounts.audit.recording import record
def change(row):
    _write(row)
def _write(row):
    row.save()
"""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (SILENT, {"room.services.one:change"}),
        (SILENT.replace("row.save()", "row.save(); record('tag', row)"), set()),
        (
            SILENT.replace("accounts.audit.recording", "elsewhere") + "    record('tag', row)",
            {"room.services.one:change"},
        ),
        (
            SILENT.replace("row.save()", "Row.objects.filter(pk=1).update(a=1)"),
            {"room.services.one:change"},
        ),
        (SILENT.replace("row.save()", "return row.name"), set()),
    ],
)
def test_the_search_finds_what_is_silent(source: str, found: set[str]) -> None:
    assert silent(acts_of("room.services.one", ast.parse(source))) == found
