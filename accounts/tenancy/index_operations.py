"""Taking away the index of a foreign key, from migrations, without making the table anew.

Django's own `AlterField` copies the whole table on SQLite for that, and its triggers are lost.
"""

from typing import Any

from django.db.migrations.operations import AlterField


class UnindexForeignKey(AlterField):
    """An `AlterField` to `db_index=False`, and nothing else."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Drop whatever index stands on the foreign key alone."""
        model = to_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        with schema_editor.connection.cursor() as cursor:
            found = schema_editor.connection.introspection.get_constraints(
                cursor, model._meta.db_table
            )
        for name, one in found.items():
            if one["index"] and not one["unique"] and one["columns"] == [column]:
                statement = schema_editor._delete_index_sql(model, name)  # noqa: SLF001  # as Django's own operations do
                schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        statement = schema_editor._create_index_sql(model, fields=[field])  # noqa: SLF001  # likewise
        schema_editor.execute(statement)

    def describe(self) -> str:
        return f"Drop the index on {self.name} of {self.model_name}, which others make needless"
