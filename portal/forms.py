"""How forms are drawn: every field of every form goes through one template."""

from typing import Any

from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.template import TemplateDoesNotExist


class FormRenderer(TemplatesSetting):
    """Takes form templates from the project, so that allauth's forms look like ours.

    What the project does not have, such as the templates of widgets, is Django's own.
    """

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"
    _django = DjangoTemplates()

    def get_template(self, template_name: str) -> Any:
        """The project's template of that name, else Django's."""
        try:
            return super().get_template(template_name)
        except TemplateDoesNotExist:
            return self._django.get_template(template_name)
