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
    assert (back.outcome, back.account_id) == (outcome, account)


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
