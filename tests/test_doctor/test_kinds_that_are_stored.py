"""What is stored of errors and reasons are members of enums, and keep their words.

The values stand here as rows of years ago hold them: whoever renames one carries the rows over.
"""

import ast

import pytest

from tests.test_house.source import python_files, tree
from tokens.connections.states import ConnectionStatus, OwnErrorKind, ReconnectReason
from tokens.google.errors import ErrorKind
from tokens.service_accounts.states import RotationFailure

STORED = {
    ErrorKind: (
        "access_denied api_disabled api_gone client_refused conflict forbidden grant_dead invalid "
        "key_refused malformed_answer network not_found not_listed rate_limited scope_missing "
        "timeout token_unusable too_slow unauthenticated unavailable"
    ),
    OwnErrorKind: "set_aside noted",
    ConnectionStatus: "active needs_reconnect disconnected",
    ReconnectReason: "revoked refused missing_scope unreadable blocked asked client_removed",
    RotationFailure: (
        "limit policy forbidden api_off no_key_id old_refused new_refused unreadable trouble"
    ),
}
VALUES = {value for values in STORED.values() for value in values.split()}


@pytest.mark.parametrize("kinds", STORED, ids=lambda kinds: kinds.__name__)
def test_stored_values_keep_their_words(kinds: type[ErrorKind]) -> None:
    assert {str(kind.value) for kind in kinds} == set(STORED[kinds].split())


def test_the_doctor_compares_with_members_and_not_with_words() -> None:
    """A member that is renamed is renamed everywhere; a word is forgotten somewhere."""
    found = [
        f"{path}:{node.lineno}: {word.value}"
        for path in python_files("tokens/diagnostics")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Compare)
        for word in ast.walk(node)
        if isinstance(word, ast.Constant) and word.value in VALUES
    ]
    assert found == []
