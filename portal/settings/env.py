"""The one reader of the environment.

`NAME_FILE` may point to a file that holds the value of `NAME`, which is how
container platforms hand over secrets. What is wrong is said with the name of a
variable, never with its value.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from portal.settings.env_file import read_env_file

BASE_DIR = Path(__file__).resolve().parent.parent.parent
_YES = frozenset({"true", "yes", "on", "1", "y", "ok", "t"})
_NO = frozenset({"false", "no", "off", "0", "n", "f", ""})


class Environment(environ.FileAwareEnv):  # type: ignore[misc]  # the package has no types
    """django-environ without references between values, and with errors that quote none."""

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = environ.Env.NOTSET,
        parse_default: bool = False,  # noqa: FBT001, FBT002  # the package's
    ) -> Any:
        """The value of `var`, as `cast` makes it; `default` where it is not set.

        Raises:
            ImproperlyConfigured: it is missing or malformed.
        """
        value = _text_of(var)
        if value is None or (cast in (int, float) and not value.strip()):
            if default is self.NOTSET:
                raise ImproperlyConfigured(f"Set the {var} environment variable.")
            if not parse_default or default is None:
                return default
            value = default
        with _unquoted(var):
            return _CASTS.get(cast, cast)(value)

    def db_url(self, var: str, **options: Any) -> Any:
        """The database in a URL."""
        with _unquoted(var):
            database = super().db_url(var, **options)
            # Of a kind that nobody knows, it is the kind alone.
            if "." not in database.get("ENGINE", ""):
                raise ValueError
            return database

    def cache_url(self, var: str, **options: Any) -> Any:
        """The cache in a URL."""
        with _unquoted(var):
            return super().cache_url(var, **options)

    def email_url(self, var: str, **options: Any) -> Any:
        """The mail server in a URL."""
        with _unquoted(var):
            return super().email_url(var, **options)


def _text_of(var: str) -> str | None:
    file = os.environ.get(f"{var}_FILE")
    if not file:
        return os.environ.get(var)
    try:
        return Path(file).read_text("utf-8-sig").rstrip("\r\n")
    except (OSError, ValueError):
        # The path is not shown: it may be the secret itself, in the wrong variable.
        raise ImproperlyConfigured(f"{var}_FILE names no file that can be read.") from None


@contextmanager
def _unquoted(var: str) -> Iterator[None]:
    try:
        yield
    except ImproperlyConfigured as error:
        if str(error).startswith(("Set the ", var)):
            raise
        raise ImproperlyConfigured(f"{var} is malformed. Its value is not shown.") from None
    except Exception:  # noqa: BLE001  # whatever a parser says may quote the value
        raise ImproperlyConfigured(f"{var} is malformed. Its value is not shown.") from None


def _bool(value: str) -> bool:
    word = value.strip().lower()
    if word not in _YES | _NO:
        raise ValueError
    return word in _YES


def _list(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


_CASTS: dict[Any, Callable[[str], Any]] = {
    None: str,
    str: str,
    bool: _bool,
    int: int,
    float: float,
    list: _list,
}

env = Environment()

_env_file = Path(os.environ.get("PORTAL_ENV_FILE", BASE_DIR / ".env"))
if _env_file.is_file():
    for _name, _value in read_env_file(_env_file).items():
        os.environ.setdefault(_name, _value)
