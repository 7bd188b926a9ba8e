"""Links that e-mails carry: their tokens are made whenever they are needed, and stored nowhere.

A row keeps the fingerprint by which its link is known. An e-mail that has to be sent once more
carries the same link again, without a secret waiting in the queue.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.crypto import salted_hmac

RowT = TypeVar("RowT", bound=models.Model)


@dataclass(frozen=True, slots=True)
class MadeLink(Generic[RowT]):
    """A row with its link, which is known only where it was just made."""

    row: RowT
    token: str
    path: str

    @property
    def address(self) -> str:
        return f"{settings.BASE_URL}{self.path}"

    @property
    def token_hash(self) -> str:
        """The fingerprint that the row keeps. Another one there belongs to another link."""
        return digest(self.token)


def link_of(row: RowT, page: str, made_of: tuple[object, ...], *args: object) -> MadeLink[RowT]:
    """The link of `row` to `page`, whose last argument is the token and the others are `args`.

    The token, 43 characters, is what the portal's `SECRET_KEY` gives for the parts that it is
    `made_of`: who has them but not the key cannot make it, and other parts make another.
    """
    words = "\n".join(str(part) for part in made_of)
    made = salted_hmac(f"link to {page}", words, algorithm="sha256").digest()
    token = urlsafe_b64encode(made).rstrip(b"=").decode()
    return MadeLink(row, token, reverse(page, args=[*args, token]))


def digest(token: str) -> str:
    """The fingerprint by which a token is known."""
    return hashlib.sha256(token.encode()).hexdigest()
