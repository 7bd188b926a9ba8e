"""One rule each for words, addresses, domains and time zones: nowhere else is there another."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from allauth.account import forms as account_forms
from allauth.socialaccount import forms as social_forms
from django import forms
from django.conf import settings
from django.utils.module_loading import import_string

from tests.test_house.source import APPS, python_files, tree

# What a second rule would need, and where the one rule stands.
RULES: dict[str, tuple[str, set[str]]] = {
    "which characters are seen": (r"\bunicodedata\b", {"accounts/values/text.py"}),
    "what a domain is": (r"import idna\b|['\"]idna['\"]|punycode", {"accounts/values/domains.py"}),
    "what an address is": (
        r"validate_email|EmailValidator|(?<!isinstance\(field, )(forms|models)\.EmailField\b",
        # What Google says of its own accounts is a fact.
        {
            "tokens/connections/models/connection.py",
            "tokens/service_accounts/models/service_account.py",
            "provisioning/requests/models/request.py",
        },
    ),
    "which time zones there are": (
        r"available_timezones|zone_territories|zone_aliases|zone\.tab",
        {"accounts/values/locales.py"},
    ),
    "what a website is": (r"public website", {"accounts/values/website_url.py"}),
    "how a mail leaves": (r"\.send\(\)|send_messages\(", {"accounts/email/services/delivery.py"}),
    "what a spreadsheet runs": (
        r"csv\.writer",
        {"accounts/values/spreadsheet.py", "portal/offboarding/organisation_export.py"},
    ),
}
# They are made of Django's fields, and are what everybody else takes.
FIELDS = {"accounts/values/model_fields.py", "accounts/values/form_fields.py"}
# Names that are put into words of Google's own shape: ids, keys, projects.
GOOGLES = {Path("tokens/credentials/forms.py")}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_stands_in_one_place(rule: str) -> None:
    sign, where = RULES[rule]
    found = {str(path) for path in python_files(*APPS) if re.search(sign, code_of(path))}
    assert found - FIELDS == where


@cache
def code_of(path: Path) -> str:
    """A file as it is run: without comments, and without docstrings."""
    module = ast.parse(ast.unparse(tree(path)))
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            docstring = ast.get_docstring(node, clean=False)
            if docstring is not None:
                node.body[0] = ast.Pass()
    return ast.unparse(module)


def test_fields_for_words_are_not_djangos_own() -> None:
    """Each would let a name in that looks like another's."""
    plain = [
        f"{path}:{node.lineno}"
        for path in python_files(*APPS)
        if path not in GOOGLES and str(path) not in FIELDS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "forms.CharField"
        and "Textarea" not in ast.unparse(node)
    ]
    assert plain == []


THEIRS = [
    form
    for module in (account_forms, social_forms)
    for form in vars(module).values()
    if isinstance(form, type)
    and issubclass(form, forms.Form)
    and form.__module__ == module.__name__
    and not form.__name__.startswith("Base")
    and (
        form.__name__ == "LoginForm"
        or any(isinstance(one, forms.EmailField) for one in form.base_fields.values())
    )
]


@pytest.mark.parametrize("form", THEIRS, ids=lambda one: one.__name__)
def test_a_form_of_the_library_for_an_address_is_replaced(form: type[forms.Form]) -> None:
    assert len(THEIRS) >= 7
    used = [*settings.ACCOUNT_FORMS.values(), *settings.SOCIALACCOUNT_FORMS.values()]
    ours = [one for one in map(import_string, used) if issubclass(one, form)]
    assert [base.__name__ for one in ours for base in one.__mro__].count("_TypedAddresses") == 1
