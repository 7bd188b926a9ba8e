"""Laws about single lines: who speaks to Google, changes a state, opens a secret."""

import ast
from pathlib import Path

import pytest

from tests.test_house.source import APPS, called_name, first_name, imported, python_files, tree

SPEAKS_HTTP = ("aiohttp", "googleapiclient", "httplib2", "google_auth_httplib2", "google.auth")
SPEAKS_HTTP_TOO = ("requests", "urllib3", "urllib.request", "http.client")
# The supervisor asks its own web server whether it is ready.
ASKS_ITSELF = {Path("portal/demo/readiness.py")}
TRANSITIONS = Path("provisioning/requests/services/transitions.py")
# Other rows of the app have a status too.
NOT_REQUESTS = ("ticket", "attempt", "step", "connection")
OPENS_SECRETS = {
    # Moves the refresh token into the row that Google is told from, sealed anew.
    Path("tokens/connections/services/disconnect.py"),
    # Shows Google the token that is to end.
    Path("tokens/connections/services/revocations.py"),
    Path("tokens/connections/services/access_token.py"),
    # Asks Google for new access tokens.
    Path("tokens/connections/services/refresh/worker.py"),
    Path("tokens/connections/services/oauth_flow.py"),
    # Signs assertions, and shows Google an API key to have it checked.
    Path("tokens/service_accounts/services/service_accounts.py"),
    Path("tokens/api_keys/services/api_keys.py"),
    # Sends an API key along with calls of its project.
    Path("tokens/api_keys/services/quota_keys.py"),
    # Prove an OAuth client to Google.
    Path("tokens/clients/services/clients.py"),
}


def test_only_the_google_folders_speak_to_google() -> None:
    strangers = [
        f"{path} imports {name}"
        for path in python_files(*APPS)
        if "google" not in (*path.parts, path.stem) and path not in ASKS_ITSELF
        for name in imported(path)
        if name.startswith((*SPEAKS_HTTP, *SPEAKS_HTTP_TOO))
    ]
    assert strangers == []


def test_secrets_are_opened_by_a_few_services_only() -> None:
    openers = {
        path
        for path in python_files(*APPS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and called_name(node) == "reveal"
    }
    assert openers <= OPENS_SECRETS


def test_a_requests_status_is_written_by_moves_only() -> None:
    writers = [
        f"{path}:{line}"
        for path in python_files("provisioning", "portal")
        if path != TRANSITIONS
        for line in status_writes(tree(path))
    ]
    assert writers == []


def status_writes(module: ast.Module) -> list[int]:
    """Lines that may write the status of a request."""
    return [
        node.lineno
        for node in ast.walk(module)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Call)
        and (_updates_status(node) if isinstance(node, ast.Call) else _assigns_status(node))
    ]


def _assigns_status(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(
        isinstance(target, ast.Attribute)
        and target.attr == "status"
        and not first_name(target).lower().endswith(NOT_REQUESTS)
        for whole in targets
        for target in (whole.elts if isinstance(whole, ast.Tuple) else [whole])
    )


def _updates_status(call: ast.Call) -> bool:
    writes = called_name(call) in {"update", "update_or_create", "bulk_update", "setattr"}
    named = any(keyword.arg == "status" for keyword in call.keywords)
    listed = any(ast.unparse(argument).count("'status'") for argument in call.args)
    return writes and (named or listed) and not first_name(call).lower().endswith(NOT_REQUESTS)


@pytest.mark.parametrize(
    "line",
    [
        "request.status = new",
        "row.status, row.due_at = new, now",
        "ProvisioningRequest.objects.filter(pk=pk).update(status=new)",
        "ProvisioningRequest.objects.bulk_update(rows, ['status'])",
        "setattr(request, 'status', new)",
    ],
)
def test_the_search_for_writers_finds(line: str) -> None:
    assert status_writes(ast.parse(line)) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "render(page, status=400)",
        "AccountTicket.objects.filter(status=old).update(status=new)",
        "ProvisioningRequest.objects.filter(status=old).update(due_at=now)",
        "step.status = done",
    ],
)
def test_the_search_for_writers_leaves_alone(line: str) -> None:
    assert status_writes(ast.parse(line)) == []
