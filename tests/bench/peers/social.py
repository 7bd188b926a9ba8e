"""Refreshing with social-auth-app-django: a request and a save for each row, as it documents.

It seals nothing, records nothing and claims nothing.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

from django.db import connections
from social_core.backends.google import GoogleOAuth2
from social_django.models import UserSocialAuth
from social_django.utils import load_strategy

from accounts.users.models import User


def rows(tokens: list[str]) -> list[int]:
    """A row for each refresh token, and their ids."""
    UserSocialAuth.objects.all().delete()
    user = User.objects.get()
    made = UserSocialAuth.objects.bulk_create(
        UserSocialAuth(
            user=user,
            provider="google-oauth2",
            uid=str(number),
            extra_data={"refresh_token": token, "access_token": "old", "expires": 0},
        )
        for number, token in enumerate(tokens)
    )
    return [row.pk for row in made]


@contextmanager
def asking(base: str) -> Iterator[None]:
    """Send its requests to the local Google."""
    with patch.object(GoogleOAuth2, "ACCESS_TOKEN_URL", f"{base}/token"):
        yield


def refresh(pk: int) -> None:
    """Load a row, ask Google, save the row."""
    UserSocialAuth.objects.get(pk=pk).refresh_token(load_strategy())  # type: ignore[no-untyped-call]  # it has no types


def refresh_all(pks: list[int], threads: int) -> None:
    """All of them, by so many threads."""
    if threads == 1:
        for pk in pks:
            refresh(pk)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(refresh, pks))
        # Each thread had a database connection of its own.
        list(pool.map(lambda _: connections.close_all(), range(threads * 4)))


def left() -> int:
    """How many rows were not refreshed."""
    return UserSocialAuth.objects.filter(extra_data__access_token="old").count()
