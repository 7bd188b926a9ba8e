"""Audit tags of this app: `app:subject:action`. A pure table."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to provisioning requests."""

    ACCOUNT_FOUND_BESIDES = "provisioning:account:found_besides"
    ACCOUNT_VERIFIED = "provisioning:account:verified"
    DEFAULTS_CHANGED = "provisioning:defaults:changed"
    DETAILS_CHANGED = "provisioning:details:changed"
    OPTION_LEFT_OUT = "provisioning:option:left_out"
    REQUEST_CREATED = "provisioning:request:created"
    REQUEST_MOVED = "provisioning:request:moved"
    SETUP_HASTENED = "provisioning:setup:hastened"
    REQUEST_MAILED = "provisioning:request:mailed"
    TERMS_MAILED = "provisioning:terms:mailed"
    REQUESTS_EXPORTED = "provisioning:requests:exported"
    TERMS_OPENED = "provisioning:terms:opened"
    TERMS_RETURN_IGNORED = "provisioning:terms:return_ignored"
    TERMS_RETURNED = "provisioning:terms:returned"


# What people read of each of them.
WORDS: dict[Event, str] = {
    Event.ACCOUNT_FOUND_BESIDES: "Analytics account found besides the request's own",
    Event.ACCOUNT_VERIFIED: "Analytics account verified at Google",
    Event.DEFAULTS_CHANGED: "Settings for new accounts changed",
    Event.DETAILS_CHANGED: "Details of a request changed",
    Event.OPTION_LEFT_OUT: "Option of the set-up left out",
    Event.REQUEST_CREATED: "Request made",
    Event.REQUEST_MOVED: "Request moved on",
    Event.REQUEST_MAILED: "Mail about a request sent",
    Event.SETUP_HASTENED: "Setting up set going again",
    Event.TERMS_MAILED: "Link to the terms mailed",
    Event.REQUESTS_EXPORTED: "Requests downloaded",
    Event.TERMS_OPENED: "Terms opened at Google",
    Event.TERMS_RETURN_IGNORED: "Return from the terms ignored",
    Event.TERMS_RETURNED: "Returned from the terms",
}
