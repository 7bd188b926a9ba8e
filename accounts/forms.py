"""Forms about tenants."""

from django import forms


class TenantForm(forms.Form):
    """The one thing that an organisation needs to begin."""

    name = forms.CharField(
        label="Name of your organisation",
        max_length=100,
        help_text="Your colleagues see it. It also becomes part of the address of every page.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
