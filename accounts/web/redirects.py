"""Redirects: where to, and never anywhere else."""

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: the answer to a form, and to an address that must not stay in the history."""

    status_code = 303
