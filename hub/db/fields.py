"""A column whose content nobody can read by accident.

Assign a plain value and it is sealed on save. Read the attribute and you get a ``Sealed`` handle that shows nothing;
``reveal()`` opens it for one use and tells the log redaction what must never appear in a log line.

::

    class Connection(models.Model):
        secrets = SealedJSONField(bound_by=("account_id", "addon"))

    connection.secrets = {"api_key": "k-123"}
    connection.save()
    connection.secrets            # <Sealed>
    connection.secrets.reveal()   # {"api_key": "k-123"}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from hub.core import nested, redact
from hub.db import sealing


class Sealed:
    """A value that is not shown. Comparing, printing and serialising it give nothing away."""

    __slots__ = ("_bound_to", "_plain", "blob")

    def __init__(self, blob: str | None, bound_to: tuple[Any, ...], plain: Any = None) -> None:
        self.blob = blob
        self._bound_to = bound_to
        self._plain = plain

    def reveal(self) -> Any:
        """The plain value, for one use; its texts are redacted from logs from now on."""
        value = self.read()
        for secret in nested.texts(value):
            redact.register(secret)
        return value

    def read(self) -> Any:
        """The plain value of what is private but no secret (a stored request): nothing of it is redacted elsewhere."""
        return self._plain if self.blob is None else sealing.open(self.blob, self._bound_to)

    def __repr__(self) -> str:
        return "<Sealed>"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("A sealed value stays in the process that opened it.")


class SealedAttribute:
    """The attribute on a model: takes plain values, hands out ``Sealed``."""

    def __init__(self, field: SealedJSONField) -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type | None = None) -> Any:
        if row is None:
            return self
        if self.field.attname not in row.__dict__:
            row.refresh_from_db(fields=[self.field.attname])
        stored = row.__dict__[self.field.attname]
        if stored is None or isinstance(stored, Sealed):
            return stored
        return Sealed(stored.text, self.field.bound_to(row)) if isinstance(stored, Blob) else stored

    def __set__(self, row: models.Model, value: Any) -> None:
        if value is not None and not isinstance(value, Blob | Sealed):
            value = Sealed(None, (), value)
        row.__dict__[self.field.attname] = value


class Blob:
    """A sealed text as it lies in the database: never a plain value that happens to be text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "<sealed text>"


class SealedJSONField(models.Field):  # type: ignore[type-arg]  # its Python side is a handle, not a column value
    """Encrypted JSON. ``bound_by`` names the attributes that tie the value to its row; they must not change later.

    ``also_by`` names further ones that some rows have and others have not: what is empty ties nothing, so that such an attribute
    can be added to a table without breaking what is sealed in it.
    """

    description = "Encrypted JSON"

    def __init__(
        self, *args: Any, bound_by: tuple[str, ...] = ("pk",), also_by: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        self.bound_by, self.also_by = tuple(bound_by), tuple(also_by)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        also = {"also_by": self.also_by} if self.also_by else {}
        return name, path, args, {**kwargs, "bound_by": self.bound_by, **also}

    def get_internal_type(self) -> str:
        return "TextField"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, SealedAttribute(self))

    def bound_to(self, row: Any) -> tuple[Any, ...]:
        """What a value of this row is bound to: the table and column, and the row's own ``bound_by`` and ``also_by`` values.

        ``row`` is a model instance or a mapping with the ``bound_by`` names, for raw SQL.
        """
        read = row.__getitem__ if isinstance(row, Mapping) else lambda name: getattr(row, name)
        parts = tuple(read(name) for name in self.bound_by)
        if any(part is None for part in parts):
            raise ValueError(f"{self.model.__name__}.{self.name} is bound by {self.bound_by}; set them first.")
        also = ((name, read(name)) for name in self.also_by)
        further = (f"{name}={value}" for name, value in also if value is not None)
        return (self.model._meta.db_table, self.column, *parts, *further)

    def from_db_value(self, value: str | None, *_: Any) -> Blob | None:
        return None if value is None else Blob(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        held = getattr(model_instance, self.attname)
        if isinstance(held, Sealed) and held.blob is None:
            bound_to = self.bound_to(model_instance)
            held = Sealed(sealing.seal(held._plain, bound_to), bound_to)
            model_instance.__dict__[self.attname] = held
        return held

    def get_prep_value(self, value: Any) -> Any:
        if value is None or (isinstance(value, Sealed) and value.blob is not None):
            return value if value is None else value.blob
        if isinstance(value, Blob):
            return value.text
        raise TypeError(f"{self.name} is sealed: save the row, or seal the value first. It cannot be searched.")

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is sealed and is not exported.")
