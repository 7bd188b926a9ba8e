"""What both kinds of encrypted columns have in common: they carry ciphertext only.

The fields of django-encrypted-model-fields decrypt in `to_python` and
`from_db_value`, which makes every form a decryption oracle, hands out the
ciphertext itself when a key is wrong, and encrypts the SQL expression instead of
the value in `bulk_update()` and `update(F())`. A `CiphertextField` does none of
this: it reads and writes one kind of ciphertext object, and refuses all else.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Case, Expression, Value
from django.db.models.functions import Cast


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """A secret as stored. Neither `str()` nor `repr()` shows it."""

    token: str

    shape: ClassVar[re.Pattern[str]]

    @classmethod
    def parse(cls, token: str) -> Self:
        """Accept what is shaped like this kind of ciphertext.

        Raises:
            ValueError: for anything else, plaintext above all.
        """
        if not cls.shape.fullmatch(token):
            raise ValueError(f"not a {cls.__name__}")
        return cls(token)

    def __str__(self) -> str:
        return "encrypted"

    def __repr__(self) -> str:
        return f"<{self}>"


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    # Django's own class takes no type arguments at run time.
    TextField = models.TextField


class CiphertextField(TextField):
    """A text column of ciphertext objects of the type `kind`.

    `context` is bound into every ciphertext of the column. It is frozen: models, fields and
    files may be renamed, and what is stored must still open.

    Plaintext, SQL expressions over anything but ciphertext, and every lookup but `isnull`
    raise FieldError. Forms leave the field out.
    """

    kind: ClassVar[type[Ciphertext]]

    if TYPE_CHECKING:
        # Names by which django-stubs asks what a field takes and gives.
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def __init__(self, *args: Any, context: str = "", **kwargs: Any) -> None:
        kwargs["editable"] = False
        self.context = context
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Refuse a column without a context: nothing could be bound to it."""
        found = super().check(**kwargs)
        if not self.context:
            found.append(
                Error("A column of ciphertexts needs a context.", obj=self, id="tokens.E001")
            )
        return found

    def deconstruct(self) -> Any:
        """Leave out of migrations what is always the same, and the context: they seal nothing."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, *_: Any) -> Ciphertext | None:
        """Hand out the ciphertext, unopened and unchecked.

        One that was damaged is refused when it is opened: it must not keep the other rows
        of a batch from being loaded.
        """
        return None if value is None else self.kind(value)

    def to_python(self, value: Any) -> Ciphertext | None:
        """Accept ciphertext, also in the text form that fixtures carry. Opens nothing."""
        if value is None or isinstance(value, self.kind):
            return value
        try:
            return self.kind.parse(str(value))
        except ValueError as error:
            raise ValidationError(f"{self.name} takes ciphertext only.") from error

    def get_prep_value(self, value: Any) -> Any:
        """The token of a ciphertext object; nothing else reaches the database.

        Raises:
            FieldError: for plaintext.
        """
        if value is None:
            return None
        if isinstance(value, self.kind):
            return value.token
        raise FieldError(f"{self.name} takes ciphertext only: seal the secret first.")

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Let pass the expressions that `bulk_update()` builds, and no others.

        Raises:
            FieldError: for an expression that could yield anything but ciphertext.
        """
        if hasattr(value, "resolve_expression"):
            if not self._yields_ciphertext(value):
                raise FieldError(f"{self.name} cannot be set from an expression.")
            return value
        return super().get_db_prep_save(value, connection)

    def _yields_ciphertext(self, expression: Expression | models.F) -> bool:
        match expression:
            case Value(value=value):
                return value is None or isinstance(value, self.kind)
            case Cast():
                return all(map(self._yields_ciphertext, expression.get_source_expressions()))
            case Case(cases=cases, default=default):
                results = [*(case.result for case in cases), default]
                return all(map(self._yields_ciphertext, results))
            case _:
                return False

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull`: equal secrets have different ciphertexts, so nothing else can work.

        Raises:
            FieldError: for every other lookup.
        """
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it can only be asked whether it is null.")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else value.token

    def formfield(self, **_: Any) -> None:
        """No form shows or takes a secret."""
        return
