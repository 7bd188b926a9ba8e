"""Columns with the rules of this house: addresses, and what rows are searched by."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from accounts.values import email_address, form_fields
from accounts.values.text import search_key


class AddressField(models.EmailField):  # type: ignore[type-arg]  # generic only in the stubs
    """A column for an e-mail address; every form of it and `full_clean()` keep to the one rule.

    The column itself is Django's, so migrations know nothing of this class.
    """

    # Django's own rule is another one.
    default_validators: list[Any] = []  # noqa: RUF012  # Django's attribute

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """The address in lower case, with its domain as A-labels."""
        try:
            value = email_address.cleaned(value) if value else value
        except email_address.BadAddress as error:
            raise ValidationError(str(error)) from error
        return super().clean(value, model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        """A field of a form with the same rule."""
        return super().formfield(**{"form_class": form_fields.AddressField, **kwargs})


class SearchTextField(models.TextField):  # type: ignore[type-arg]  # generic only in the stubs
    """What a row is found by: some of its other columns, without case and accents.

    Written with every save of the row, from the columns named in `sources`. Whoever writes
    those with `update()` writes what `of()` makes of them too.
    """

    def __init__(self, *args: Any, sources: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.sources = sources
        # Without a default SQLite adds the column as it is, and keeps the triggers of its table.
        kwargs.update(editable=False, null=True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """As a plain `TextField`: which columns it is made of is no matter of the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001  # Django's
        """The text of the row as it is about to be saved."""
        text = self.of({name: getattr(model_instance, name) for name in self.sources})
        setattr(model_instance, self.attname, text)
        return text

    def of(self, values: Mapping[str, Any]) -> str:
        """The text for these values of the columns that it is made of."""
        return "\n".join(search_key(str(values[name])) for name in self.sources)


class SearchableModel(models.Model):
    """Base of rows that are found by a `SearchTextField`, which is saved with its sources."""

    search_text: Any

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """As Django's; where only some columns are saved, with what is made of them."""
        wanted = options.get("update_fields")
        field = self._meta.get_field("search_text")
        if wanted is not None and isinstance(field, SearchTextField):
            made = {"search_text"} if set(field.sources) & set(wanted) else set()
            options["update_fields"] = [*{*wanted, *made}]
        super().save(*args, **options)
