"""A connection's table with the package's own encrypted columns: same columns, same indexes."""

from typing import Any, cast

from django.db import models
from encrypted_model_fields.fields import EncryptedTextField

from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.ciphertext import CiphertextField


def _likened(field: "models.Field[Any, Any]") -> "models.Field[Any, Any]":
    if isinstance(field, CiphertextField):
        return cast("models.Field[Any, Any]", EncryptedTextField(null=field.null))
    if isinstance(field, models.ForeignKey):
        return models.UUIDField(null=field.null, db_index=True)
    return field.clone()


def _model() -> type[models.Model]:
    class Meta:
        app_label = "bench"
        indexes = tuple(
            models.Index(fields=index.fields, condition=index.condition, name=f"like_{index.name}")
            for index in GoogleConnection._meta.indexes
        )
        constraints = (
            models.UniqueConstraint(fields=("tenant", "client", "sub"), name="like_once"),
        )

    columns = {field.name: _likened(field) for field in GoogleConnection._meta.concrete_fields}
    names = {"__module__": __name__, "Meta": Meta, "objects": models.Manager()}
    return type("Packaged", (models.Model,), columns | names)


Packaged: Any = _model()
