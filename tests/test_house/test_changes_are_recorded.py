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
BY_MODULE = {
    "accounts.audit.services.chain": {
        "link_new": "the chain over the record itself",
    },
    "accounts.authentication.services.sessions": {
        "browser_signed_in": "the sign-in itself is recorded",
        "forget_expired": "sessions end by themselves, as settings say",
        "note_use": "when a browser was last used",
    },
    "accounts.email.services.queue": {
        "queue": PART,
        "is_over": PART,
        "run": "what became of an e-mail; its kind records that it went out",
        "send": LEASES,
    },
    "accounts.email.services.retention": {
        "prune_emails": FORGOTTEN,
    },
    "accounts.members.services.emails": {
        "sent": "that an invitation went out; sending it is recorded before",
    },
    "accounts.members.services.tenants": {
        "work_alone": "what a member sees on their own home, and nobody else",
    },
    "accounts.offboarding.services.erasure": {
        "begin": "follows a deletion that is recorded; its end is too",
        "remove_some": "a part of an erasure, whose end is recorded",
    },
    "accounts.staff.services.error_groups": {
        "note_told": PART,
    },
    "accounts.staff.services.error_reports": {
        "report_error": "an error of the portal itself, and its mail",
        "forget_errors": FORGOTTEN,
    },
    "provisioning.requests.services.attempts": {
        "begin_attempt": PART,
        "end_attempt": PART,
        "set_tickets_aside": PART,
    },
    "provisioning.requests.services.leases": {
        "lease": LEASES,
        "lease_again": LEASES,
        "extend": LEASES,
        "hold": LEASES,
        "postpone": LEASES,
    },
    "provisioning.requests.services.looks": {
        "expect": "when to look at Google; what is found is recorded",
        "look_soon": "when to look at Google; what is found is recorded",
    },
    "provisioning.requests.services.matching": {
        "note_made": PART,
    },
    "provisioning.requests.services.requests": {
        "wait_for": "names the trip, whose start is recorded",
    },
    "provisioning.requests.services.setup": {
        "plan": PART,
    },
    "tokens.clients.services.clients": {
        "note_secrets": "when a secret was last accepted and refused",
        "known_portal_client": "mirrors what the environment names",
        "terminal_client": "mirrors what the environment names",
    },
    "tokens.clients.services.portal_secrets": {
        "rewrap": "a part of a rotation, whose beginning and end are",
    },
    "tokens.connections.services.keep_fresh": {
        "keep_fresh": "when a token is to be fresh",
    },
    "tokens.connections.services.ledger": {
        "let_go": PART,
        "refused": PART,
        "replaced_by": PART,
        "revoked": PART,
    },
    "tokens.connections.services.refresh.lease": {
        "lease_due": LEASES,
    },
    "tokens.encryption.services.data_keys": {
        "emptied": CACHE,
        "write_counts": COUNTERS,
    },
    "tokens.encryption.services.master_keys": {
        "register": "mirrors which keys the environment names",
    },
    "tokens.encryption.services.rewrap": {
        "rewrap_tenant": "a part of a rotation, whose beginning and end are",
    },
    "tokens.encryption.services.rotation": {
        "lease": LEASES,
        "let_go": LEASES,
        "work_for_a_while": "how far a rotation is; its beginning and end are",
    },
    "tokens.exchanges.services": {
        "prune_exchanges": FORGOTTEN,
    },
    "tokens.rate_limits.services": {
        "drain": COUNTERS,
        "empty": COUNTERS,
        "give_back": COUNTERS,
        "take": COUNTERS,
        "charge": COUNTERS,
        "take_all": COUNTERS,
    },
    "tokens.service_accounts.services.service_accounts": {
        "token_by": "when a key was last used",
    },
}
NOT_RECORDED = {
    f"{module}:{function}"
    for module, silent_functions in BY_MODULE.items()
    for function in silent_functions
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
        if "services" in (*path.parts, path.stem) or path == Path("tokens/encryption/sealing.py")
    ]
    found: dict[tuple[str, str], Act] = {}
    for path in files:
        found |= acts_of(".".join(path.with_suffix("").parts), tree(path))
    return found


def test_every_service_that_writes_records_it_or_says_why_not() -> None:
    found = silent(all_acts())
    assert found - NOT_RECORDED == set()


def test_the_list_of_what_is_not_recorded_is_no_longer_than_it_must_be() -> None:
    assert NOT_RECORDED - silent(all_acts()) == set()


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
