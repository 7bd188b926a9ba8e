"""Members of staff, each in a group."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.users.models import User
from tests.cast import with_second_step

StaffIn = Callable[[str], Client]


@pytest.fixture
def staff_in(db: None) -> StaffIn:
    """The browser of somebody in a group of staff."""

    def make(group: str) -> Client:
        name = group.lower().replace(" ", "-")
        user = User.objects.create_user(f"{name}@portal.example", is_staff=True)
        user.groups.set(Group.objects.filter(name=group))
        return with_second_step(user)

    return make


@pytest.fixture
def staff(db: None) -> Client:
    """The browser of a superuser."""
    user = User.objects.create_user("staff@portal.example", is_staff=True, is_superuser=True)
    return with_second_step(user)
