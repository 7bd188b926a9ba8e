"""Filters of lists that every app uses."""

import django_filters

from accounts.values.form_fields import SeenTextField


class WordsFilter(django_filters.CharFilter):  # type: ignore[misc]  # untyped library
    """Words to look for, whatever is in them."""

    field_class = SeenTextField
