"""Details that nobody means well with: refused by name, field by field, before Google sees them."""

import html
import unicodedata

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.tenancy.scope import tenant_scope
from accounts.values.text import BadText, cleaned
from accounts.values.website_url import BadWebsite, normalised
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.journeys import submit_details


@pytest.mark.parametrize(
    "typed",
    [
        "example",
        "localhost",
        "shop.local",
        "127.0.0.1",
        "http://10.0.0.1",
        "http://[::1]/",
        "2130706433.1",
        "127.1",
        "127.0.0.0x1",
        "0x7f.0.0.1",
        "0177.0.0.01",
        "2130706433",
        "http://2130706433/",
        "http://0x7f000001/",
        "１２７.０.０.１",  # noqa: RUF001  # full-width digits are digits to a browser
        "http://①②⑦.①/",
        "127。0。0。1",  # so is this full stop a full stop
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "http://[fe80::1%25eth0]/",
        "[fd00::1]:8080",
        "localhost.",
        "LOCALHOST",
        "db.internal",
        "shop.corp.internal.",
        "printer.localdomain",
        "wiki.intranet",
        "hidden.onion",
        "a.invalid",
    ],
)
def test_a_private_host_is_refused_however_it_is_written(typed: str) -> None:
    with pytest.raises(BadWebsite):
        normalised(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "exa mple.com",
        "user:pw@example.com",
        "https://user@example.com",
        "a..b.com",
        "-a.com",
        "x" * 300 + ".com",
        "http://example.com:99999",
        "example.com\x00",
        "http://ex\u2028ample.com",
        "javascript://example.com/%0aalert(1)",
        "file:///etc/passwd",
        "gopher://example.com",
        "mailto:olive@example.com",
        "ws://example.com",
        "view-source:https://example.com",
        "https:///example.com",
        "//example.com",
        "https:\\\\example.com",
        "http://example.com\\@evil.example",
        "http://good.example@evil.example/",
        "exam\u200bple.com",
        "example.com/\u202egnp.exe",
        "example.com/\u00a0x",
        "example.com\r\nX: y",
    ],
)
def test_what_is_no_plain_web_address_is_refused(typed: str) -> None:
    with pytest.raises(BadWebsite):
        normalised(typed)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}", "http://{}/"]))
def test_no_number_in_any_writing_is_a_website(number: int, writing: str) -> None:
    with pytest.raises(BadWebsite):
        normalised(writing.format(number))


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_address_or_a_sentence(typed: str) -> None:
    meant, wrong = verdict(typed)
    if wrong:
        assert wrong.endswith(".")
    else:
        assert meant.startswith(("https://", "http://"))
        assert normalised(meant) == meant


def verdict(typed: str) -> tuple[str, str]:
    """The address meant, or what is wrong with it."""
    try:
        return normalised(typed), ""
    except BadWebsite as error:
        return "", str(error)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("account_name", "", "Fill this in."),
        ("account_name", "x" * 101, "at most 100"),
        ("account_name", "😀" * 51, "Google takes at most 100 characters here."),
        ("account_name", "a\x07b", "control character after “a”"),
        ("website_url", "", "Fill this in."),
        ("website_url", "localhost", "is not a public website"),
        ("time_zone", "Mars/Olympus", "Select a valid choice"),
        ("region_code", "XX", "Select a valid choice"),
        ("connection", "1f0c0e6e-0000-4000-8000-000000000000", "Select a valid choice"),
        ("submission", "nonsense", "UUID"),
        ("property_name", "😀" * 51, "Google takes at most 100 characters here."),
        ("stream_name", "😀" * 128, "Google takes at most 255 characters here."),
        ("property_name", "a\nb", "a line break or control character after “a”"),
        ("stream_name", "a\x1bb", "control character after “a”"),
        ("account_name", "a\x00b", "control character after “a”"),
        ("account_name", "Acme\u2028Ltd", "a line break or control character after “Acme”"),
        ("account_name", "Acme \u202edtL", "after “Acme” that changes the direction"),
        ("property_name", "Acme \u2066Ltd\u2069", "changes the direction"),
        ("stream_name", "Ac\u200fme", "after “Ac” that changes the direction"),
        ("account_name", "Ac\u200bme", "the invisible character between “Ac” and “me”"),
        ("account_name", "Ac\u00adme", "the invisible character between “Ac” and “me”"),
        ("account_name", "\u3164", "Fill this in."),
        ("account_name", "\u2800", "Fill this in."),
        ("account_name", "\u200d", "Fill this in."),
        ("website_url", "exam\u200bple.com", "no spaces or invisible characters"),
        ("website_url", "ftp://example.com", "begins with https:// or http://"),
        ("website_url", "intranet", "is not a public website"),
        ("region_code", "", "Fill this in."),
        ("event_retention", "TEN_YEARS", "Select a valid choice"),
        ("access_email", "nobody", "An e-mail address looks like"),
        ("access_role", "owner", "Select a valid choice"),
        ("website_url", "http://169.254.169.254/latest/meta-data", "not a number or an IP address"),
        ("website_url", "javascript:alert(1)", "begins with https:// or http://"),
        ("website_url", "https://user:pw@example.com", "Leave user name and password out"),
        ("website_url", "x" * 501, "at most 500"),
        ("time_zone", "", "Fill this in."),
        ("time_zone", "America/Los_Angeles ' OR 1=1", "Select a valid choice"),
        ("region_code", "us", "Select a valid choice"),
    ],
)
def test_each_field_has_its_own_message_and_nothing_is_saved(
    owner_browser: Client, cast: Cast, through: str, field: str, value: str, says: str
) -> None:
    answer = submit_details(owner_browser, cast.tenant, **{"connection": through, field: value})
    assert answer.status_code == 422
    assert says in html.unescape(answer.content.decode())
    assert [says in words for words in answer.context["form"].errors[field]] == [True]
    with tenant_scope(cast.tenant):
        assert not ProvisioningRequest.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 Family Shop",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u05d7\u05e0\u05d5\u05ea Ltd",
        "\u0928\u092e\u0938\u094d\u200d\u0924\u0947",
        "Cafe\u0301 \u00a0 \u5317\u4eac",
        "x" * 98 + "\U0001f600",
    ],
    ids=["emoji", "persian", "hebrew", "hindi", "accents", "100 units"],
)
def test_a_name_of_any_script_is_taken(
    owner_browser: Client, cast: Cast, through: str, name: str
) -> None:
    answer = submit_details(owner_browser, cast.tenant, connection=through, account_name=name)
    assert answer.status_code == 303
    with tenant_scope(cast.tenant):
        made = ProvisioningRequest.objects.get()
    assert made.account_name == unicodedata.normalize("NFC", name)


@given(st.text(max_size=120))
def test_whatever_is_typed_is_a_name_or_a_sentence(typed: str) -> None:
    name, wrong = name_verdict(typed)
    if wrong:
        assert wrong.endswith(".")
    else:
        assert cleaned(name) == name
        assert not any(unicodedata.bidirectional(char) in TURNING for char in name)


def name_verdict(typed: str) -> tuple[str, str]:
    """The name as it is kept, or what is wrong with it."""
    try:
        return cleaned(typed), ""
    except BadText as error:
        return "", str(error)


# The classes of Unicode's characters that turn the direction of the text.
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
