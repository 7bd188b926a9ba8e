"""The person who signs in, known by e-mail address."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from accounts.values.email_address import cleaned, compared, shown
from accounts.values.model_fields import AddressField, SearchableModel, SearchTextField


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address, kept as `accounts.values.email_address` says."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Create a person. Without a password they can only sign in another way.

        Raises:
            BadAddress: no mail could be sent to the address.
        """
        user = self.model(email=cleaned(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Create a staff member with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by address whatever its case."""
        return self.get(email=compared(username or ""))


class User(SearchableModel, AbstractBaseUser, PermissionsMixin):
    """A person. What they may do comes from their memberships, or from `is_staff`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = AddressField("e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    search_text = SearchTextField(sources=("email", "name"))
    is_active = models.BooleanField("active", default=True)
    is_staff = models.BooleanField("staff", default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    unwanted_mails = models.JSONField(
        default=list,
        blank=True,
        help_text="Topics that they want no mails about, from whatever organisation.",
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("email",)

    def __str__(self) -> str:
        return shown(self.email)

    def clean(self) -> None:
        """Keep one way to write an address, so that one person cannot exist twice."""
        super().clean()
        self.email = compared(self.email)

    @property
    def display_name(self) -> str:
        """The name the person gave, else the address."""
        return self.name or shown(self.email)

    @property
    def initials(self) -> str:
        """Two letters for the person's badge."""
        words = self.name.split() or [self.email]
        return (words[0][:1] + words[1][:1] if len(words) > 1 else words[0][:2]).upper()
