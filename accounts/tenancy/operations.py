"""Row-level security, from migrations: `EnableRowLevelSecurity("modelname")` after `CreateModel`.

Does nothing on SQLite, which has none (docs/adr/0008).
"""

from typing import Any, Literal

from django.db.migrations.operations.base import Operation

# Sub-selects, because PostgreSQL asks them once a statement instead of once a row.
_TENANT = "(SELECT NULLIF(current_setting('app.tenant', true), '')::uuid)"
_ACROSS = "(SELECT current_setting('app.across', true))"
_POLICIES = {
    "tenant_rows": f"USING (tenant_id = {_TENANT}) WITH CHECK (tenant_id = {_TENANT})",
    "across_reads": f"FOR SELECT USING ({_ACROSS} = 'read')",
    "across_writes": f"USING ({_ACROSS} = 'write') WITH CHECK ({_ACROSS} = 'write')",
}
_WITHOUT_TENANT = {
    "add": "FOR INSERT WITH CHECK (tenant_id IS NULL)",
    "all": "USING (tenant_id IS NULL) WITH CHECK (tenant_id IS NULL)",
}


class EnableRowLevelSecurity(Operation):
    """Show and accept rows of the tenant in scope only, to the table's owner as well.

    `without_tenant` says what everybody may do with rows that belong to no tenant:
    nothing, `add` them, or `all`.
    """

    reduces_to_sql = True
    reversible = True
    elidable = False

    def __init__(self, model_name: str, *, without_tenant: Literal["", "add", "all"] = "") -> None:
        self.model_name = model_name.lower()
        self.without_tenant = without_tenant

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """How a squashed migration writes it down."""
        options = {"without_tenant": self.without_tenant} if self.without_tenant else {}
        return type(self).__name__, [self.model_name], options

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models stay as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Enable, force, and write the policies."""
        table = self._table(app_label, schema_editor, to_state)
        if not table:
            return
        for action in ("ENABLE", "FORCE"):
            schema_editor.execute(f"ALTER TABLE {table} {action} ROW LEVEL SECURITY")
        policies = dict(_POLICIES)
        if self.without_tenant:
            policies["without_tenant"] = _WITHOUT_TENANT[self.without_tenant]
        for name, rule in policies.items():
            schema_editor.execute(f"CREATE POLICY {name} ON {table} {rule}")

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        table = self._table(app_label, schema_editor, from_state)
        if not table:
            return
        for name in (*_POLICIES, "without_tenant"):
            schema_editor.execute(f"DROP POLICY IF EXISTS {name} ON {table}")
        for action in ("NO FORCE", "DISABLE"):
            schema_editor.execute(f"ALTER TABLE {table} {action} ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Enable row-level security of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        """A part of a migration's name."""
        return f"fence_{self.model_name}"

    def _table(self, app_label: str, schema_editor: Any, state: Any) -> str:
        if schema_editor.connection.vendor != "postgresql":
            return ""
        model = state.apps.get_model(app_label, self.model_name)
        return str(schema_editor.quote_name(model._meta.db_table))
