"""How forms are drawn: every field of every form goes through one template."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Takes form templates from the project, so that allauth's forms look like ours.

    What the project does not have, such as the templates of widgets, is Django's own.
    """

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"
