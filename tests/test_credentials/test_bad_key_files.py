"""Files that are no good: each is named for what it is, nothing is stored, nothing echoed."""

import json
from typing import Any

import pytest
from django.utils.html import escape

from accounts.tenancy.scope import across_tenants
from tests.test_credentials.conftest import ROBOT, Desk
from tokens.service_accounts.key_files import LARGEST, BadKeyFile, read_key_file
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey

CANARY = "canary-in-the-file"


def changed(file: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps({**file, "note": CANARY, **fields}).encode()


def bad_files(desk: Desk) -> dict[str, bytes]:
    """What each refusal says, and the file that gets it."""
    file, p12 = desk.key_files()
    weak, _ = desk.key_files(bits=1024)
    _, locked = desk.key_files(passphrase="something-else")
    whole = changed(file)
    return {
        "neither a JSON nor a P12": b"\x89PNG " + CANARY.encode(),
        "cut off or damaged": whole[: len(whole) // 2],
        "OAuth client": json.dumps({"web": {"client_secret": CANARY}}).encode(),
        "not the key of a service account": changed(file, type="authorized_user"),
        "lacks private_key_id": changed(file, private_key_id=None),
        "no service account of Google": changed(file, client_email=f"{CANARY}@evil.example"),
        "private key in the file is damaged": changed(file, private_key=CANARY),
        "The key is weak": changed(weak),
        "does not open": locked,
        "cut off or damaged. ": b"{" + CANARY.encode(),
        "too large": whole.ljust(LARGEST + 1),
        "damaged, or its passphrase": p12[:-100],
    }


def test_every_bad_file_is_named_and_nothing_is_kept_or_echoed(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for words, raw in bad_files(desk).items():
        page = desk.upload(raw, email=ROBOT)
        assert escape(words) in page, words
        assert "Nothing was kept." in page
        assert CANARY not in page
    assert CANARY not in caplog.text
    with across_tenants():
        assert not ServiceAccount.objects.exists()
        assert not ServiceAccountKey.objects.exists()


def test_an_empty_file_and_none_at_all_are_refused(desk: Desk) -> None:
    assert "empty" in desk.upload(b"")
    assert "Fill this in." in desk.post("credential-account-new", email="").content.decode()


def test_a_refusal_carries_no_cause_that_a_report_could_print() -> None:
    with pytest.raises(BadKeyFile) as caught:
        read_key_file(b'{"private_key": "' + CANARY.encode())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
