"""What is sent in the place of a passkey is told as wrong, whatever it is; nothing breaks."""

import base64
import json

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.authentication.passkey_answers import AnswerField, AnswerForm
from tests.cast import Cast
from tests.test_pages.test_every_form import proven


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


GET = {
    "clientDataJSON": packed('{"type": "webauthn.get", "challenge": "AA", "origin": "x"}'),
    "authenticatorData": "A" * 50,
    "signature": "AA",
    "userHandle": "AAAA",
}
ANSWERS = {
    "nested without end": "[" * 100_000,
    "objects without end": '{"a":' * 50_000,
    "a number without end": '{"id":' + "9" * 5000 + "}",
    "no JSON": "x",
    "a number": "1",
    "a list": "[]",
    "no fields": "{}",
    "only an id": '{"id": 1}',
    "letters of no base64": '{"rawId": "é"}',
    "a list for an answer": '{"id": "AA", "rawId": "AA", "response": []}',
    "NUL": json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"a": "\0"}}),
    "half of a letter": json.dumps({"id": "\ud800", "rawId": "AA", "response": {}}),
    "NaN": '{"id": NaN}',
    "one of nobody": json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": GET}),
    "a name of no text": json.dumps(
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": {**GET, "userHandle": "_w"}}
    ),
    "far too long": json.dumps({"id": "A" * 100_000}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("door", ["mfa_login_webauthn", "mfa_add_webauthn"])
def test_an_answer_that_is_none_is_told(cast: Cast, door: str, answer: str) -> None:
    browser = Client() if door == "mfa_login_webauthn" else proven(cast.owner)
    browser.get(reverse(door), headers={"Accept": "application/json"})
    told = browser.post(reverse(door), {"credential": answer, "name": "Laptop"}, follow=True)
    assert told.status_code == 200
    assert not Authenticator.objects.exists()
    assert answer not in told.content.decode() or len(answer) < 20


def test_every_form_for_an_answer_reads_it_so() -> None:
    takes = {name for name in settings.MFA_FORMS if name.endswith("webauthn")} - {"edit_webauthn"}
    assert len(takes) == 5
    for name in takes:
        assert issubclass(import_string(settings.MFA_FORMS[name]), AnswerForm)


def test_a_field_for_answers_shows_none_again() -> None:
    assert AnswerField().bound_data("{}", None) == ""
