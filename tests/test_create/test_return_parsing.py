"""The query of a return is read strictly."""

import pytest
from django.http import QueryDict

from provisioning.requests.tos import MalformedReturn, Outcome, parse_return

TICKET = "accountTicketId=emu-ticket-0123456789"


@pytest.mark.parametrize(
    ("query", "outcome", "account"),
    [
        (f"{TICKET}&accountId=100001", Outcome.ACCEPTED, "100001"),
        (TICKET, Outcome.ACCEPTED, ""),
        (f"{TICKET}&error=user_cancel", Outcome.USER_CANCEL, ""),
        (f"{TICKET}&error=max_accounts_reached", Outcome.MAX_ACCOUNTS_REACHED, ""),
        (f"{TICKET}&error=backend_error", Outcome.BACKEND_ERROR, ""),
        (f"{TICKET}&accountId=1&webPropertyId=UA-1-1&profileId=2&new=x", Outcome.ACCEPTED, "1"),
    ],
)
def test_what_google_sends_is_understood(query: str, outcome: Outcome, account: str) -> None:
    back = parse_return(QueryDict(query))
    assert (back.ticket_id, back.outcome, back.account_id) == (
        "emu-ticket-0123456789",
        outcome,
        account,
    )


def test_property_and_view_of_a_legacy_ticket_are_handed_on() -> None:
    back = parse_return(QueryDict(f"{TICKET}&accountId=7&webPropertyId=UA-7-1&profileId=12"))
    assert (back.account_id, back.property_id, back.view_id) == ("7", "UA-7-1", "12")
    error = parse_return(QueryDict(f"{TICKET}&error=backend_error"))
    assert (error.property_id, error.view_id) == ("", "")


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("accountId=1", "accountTicketId"),
        (f"{TICKET}&profileId=1&profileId=2", "profileId stands more than once"),
        (f"{TICKET}&error=user_cancel&accountId=1", "exclude each other"),
        (f"{TICKET}&error=unknown", "error is not one of Google's"),
        (f"{TICKET}&accountId=one", "accountId is not a number"),
        (f"{TICKET}&accountId=1&webPropertyId=1", "webPropertyId is not a web property's"),
        (f"{TICKET}&accountId=1&profileId=one", "profileId is not a number"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(query: str, what: str) -> None:
    with pytest.raises(MalformedReturn, match=what):
        parse_return(QueryDict(query))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "accountId=1",
        f"{TICKET}&{TICKET}",
        f"{TICKET}&accountId=1&accountId=2",
        f"{TICKET}&error=accepted",
        f"{TICKET}&error=unknown",
        *(
            f"{TICKET}&error={error}&{made}"
            for error in ("user_cancel", "max_accounts_reached", "backend_error")
            for made in ("accountId=1", "webPropertyId=UA-1-1", "profileId=2")
        ),
        f"{TICKET}&accountId=-1",
        f"{TICKET}&accountId=%D9%A1",
        f"{TICKET}&accountId=1%00",
        f"{TICKET}&accountId=accounts/1",
        "accountTicketId=short",
        "accountTicketId=" + "x" * 300,
        "accountTicketId=with%20space",
        f"{TICKET}%0A",
        f"{TICKET}&error=user_cancel&error=",
    ],
)
def test_what_google_does_not_send_is_refused(query: str) -> None:
    with pytest.raises(MalformedReturn):
        parse_return(QueryDict(query))
