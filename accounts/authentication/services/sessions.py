"""In which browsers people are signed in, and signing out the others.

allauth keeps a row for each (`allauth.usersessions`). It reads three rows more for
each of them whenever somebody signs in; here it is the same few queries for all.
"""

from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.users.models import User

# How exactly it is kept when a browser was last used; more would write with every page.
SEEN_EVERY = timedelta(minutes=5)
_REMEMBERED = 10_000


def browser_signed_in(request: HttpRequest, user: User, **_: object) -> None:
    """Keep where `user` has just signed in, and forget browsers that are out.

    A receiver of allauth's `user_logged_in`, in the place of its own.
    """
    _closed().filter(user=user).delete()
    UserSession.objects.create_from_request(request)


def browsers_of(user: User) -> list[UserSession]:
    """The browsers in which `user` is signed in, latest used first. Two queries."""
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk"))
    keys = [row.session_key for row in rows]
    kept = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    opened = {row.session_key for row in kept if _opens(row.get_decoded(), user)}
    return [row for row in rows if row.session_key in opened]


def _opens(data: dict[str, Any], user: User) -> bool:
    """Whether a session with this content is one of `user`'s, with today's password."""
    held = str(data.get(HASH_SESSION_KEY, ""))
    good = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    is_theirs = data.get(SESSION_KEY) == str(user.pk) and BACKEND_SESSION_KEY in data
    return is_theirs and any(constant_time_compare(held, one) for one in good)


@transaction.atomic
def sign_out(browsers: list[UserSession], user: User, actor: Actor) -> None:
    """End these sessions of `user`."""
    if not browsers:
        return
    keys = [row.session_key for row in browsers]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=user, session_key__in=keys).delete()
    record(Event.USER_SIGNED_OUT, actor, target=user, browsers=len(keys))


def note_use(request: HttpRequest) -> None:
    """Keep that this browser is used now, and from where; every few minutes."""
    key, ip = request.session.session_key, request.META.get("REMOTE_ADDR")
    if key and ip:
        _note(key, ip, int(timezone.now().timestamp() // SEEN_EVERY.total_seconds()))


@lru_cache(maxsize=_REMEMBERED)
def _note(session_key: str, ip: str, _when: int) -> None:
    """Once for each process, address and period; another process may have been first."""
    now = timezone.now()
    stale = Q(last_seen_at__lt=now - SEEN_EVERY) | ~Q(ip=ip)
    rows = UserSession.objects.filter(stale, session_key=session_key)
    rows.update(last_seen_at=now, ip=ip)


def forget_expired() -> int:
    """Throw away sessions whose time is over, everybody's. Returns how many browsers those were."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return int(_closed().delete()[0])


def _closed() -> QuerySet[UserSession]:
    """Browsers whose session is over."""
    same = Session.objects.filter(session_key=OuterRef("session_key"))
    over = ~Exists(same.filter(expire_date__gt=timezone.now()))
    rows: QuerySet[UserSession] = UserSession.objects.filter(over)
    return rows
