"""What amoCRM answers, as far as the adapter reads it.

Own models, lenient about what they do not know: fields are added without notice, empty
lists come as null, and PHP writes an empty object as ``[]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leadstate.errors import RetryLater

if TYPE_CHECKING:
    from leadstate.adapters.http import ApiResponse

__all__ = [
    "Event",
    "FieldValues",
    "ListOf",
    "Listed",
    "MadeRow",
    "MaybeText",
    "Model",
    "Note",
    "ObjectOf",
    "Problem",
    "Row",
    "Task",
    "Text",
    "TokenGrant",
    "UnsortedRow",
    "complex_rows",
    "listed",
    "read",
]


def _as_text(value: Any) -> Any:
    """Ids come as numbers, in webhooks and by accident as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _as_list(value: Any) -> Any:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _as_mapping(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _as_number(value: Any) -> Any:
    return value if isinstance(value, int | float) else None


T = TypeVar("T")
Text = Annotated[str, BeforeValidator(_as_text)]
MaybeText = Annotated[str | None, BeforeValidator(_as_text)]
ListOf = Annotated[list[T], BeforeValidator(_as_list)]
ObjectOf = Annotated[T, BeforeValidator(_as_mapping)]
Objects = ListOf[dict[str, Any]]


class Model(BaseModel):
    """What amoCRM sent; never changed, and never shown in an error."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


# -- entities --------------------------------------------------------------------------


class FieldValues(Model):
    """The values of one custom field of one entity."""

    id: Text = Field(alias="field_id")
    code: str | None = Field(default=None, alias="field_code")
    type: str = Field(default="text", alias="field_type")
    values: Objects = Field(default_factory=list)


class Linked(Model):
    """An entity that another one names."""

    id: Text
    is_main: bool = False


class Named(Model):
    """A tag or a loss reason."""

    id: MaybeText = None
    name: str = ""


class Embedded(Model):
    """What comes with an entity."""

    tags: ListOf[Named] = Field(default_factory=list)
    contacts: ListOf[Linked] = Field(default_factory=list)
    companies: ListOf[Linked] = Field(default_factory=list)
    leads: ListOf[Linked] = Field(default_factory=list)
    # Documented as an object, shown and sent as a list of one (facts of 2026-11-22).
    loss_reason: Any = None


class Row(Model):
    """A lead, a contact or a company; what a kind does not have is None."""

    id: Text
    name: MaybeText = None
    first_name: MaybeText = None
    last_name: MaybeText = None
    price: MaybeText = None
    minor_price: MaybeText = Field(default=None, alias="price_with_minor_units")
    responsible_user_id: MaybeText = None
    status_id: MaybeText = None
    pipeline_id: MaybeText = None
    loss_reason_id: MaybeText = None
    source_id: MaybeText = None
    created_by: MaybeText = None
    updated_by: MaybeText = None
    created_at: int | None = None
    updated_at: int | None = None
    closed_at: int | None = None
    score: MaybeText = None
    is_deleted: bool = False
    fields: ListOf[FieldValues] = Field(
        default_factory=list, alias="custom_fields_values"
    )
    embedded: ObjectOf[Embedded] = Field(default_factory=Embedded, alias="_embedded")

    @property
    def loss_reason(self) -> str | None:
        """The loss reason's name, where it was asked for."""
        found = self.embedded.loss_reason
        first = found[0] if isinstance(found, list) and found else found
        return first.get("name") if isinstance(first, dict) else None

    @property
    def contact_id(self) -> str | None:
        """The main contact's id, else the first one's."""
        contacts = self.embedded.contacts
        main = [one for one in contacts if one.is_main] or contacts
        return main[0].id if main else None

    @property
    def company_id(self) -> str | None:
        """The company's id."""
        return self.embedded.companies[0].id if self.embedded.companies else None


class MadeRow(Model):
    """One row of `POST /leads/complex`."""

    id: Text
    contact_id: MaybeText = None
    company_id: MaybeText = None
    request_id: Any = None


# -- the rest --------------------------------------------------------------------------


class Event(Model):
    """One line of the account's log."""

    id: Text
    type: str = ""
    entity_id: Text = ""
    created_by: MaybeText = None
    created_at: int = 0
    before: Objects = Field(default_factory=list, alias="value_before")
    after: Objects = Field(default_factory=list, alias="value_after")


class _NoteParams(Model):
    text: MaybeText = None


class Note(Model):
    """A note on an entity."""

    id: Text
    params: ObjectOf[_NoteParams] = Field(default_factory=_NoteParams)


class Task(Model):
    """A task."""

    id: Text
    text: MaybeText = None


class UnsortedRow(Model):
    """An incoming lead that nobody has accepted yet."""

    uid: str
    embedded: ObjectOf[Embedded] = Field(default_factory=Embedded, alias="_embedded")


class TokenGrant(Model):
    """A fresh pair of tokens; the refresh token replaces the one that was used."""

    access_token: str = Field(min_length=1, repr=False)
    refresh_token: str = Field(min_length=1, repr=False)
    expires_in: int = 86_400


class _Mistake(Model):
    code: MaybeText = None
    path: MaybeText = None
    detail: MaybeText = None

    def words(self) -> str:
        """Say what is wrong with which field."""
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.detail or self.code or 'refused'}"


class _Mistakes(Model):
    request_id: MaybeText = None
    errors: ListOf[_Mistake] = Field(default_factory=list)

    def words(self) -> str:
        """Say everything that is wrong with one row."""
        return "; ".join(dict.fromkeys(one.words() for one in self.errors[:5]))


class Problem(Model):
    """An error answer; any field may be missing."""

    title: MaybeText = None
    detail: MaybeText = None
    hint: MaybeText = None
    retry_after: Annotated[float | None, BeforeValidator(_as_number)] = None
    mistakes: ListOf[_Mistakes] = Field(default_factory=list, alias="validation-errors")

    def words(self) -> str:
        """Return the message with what the rows add to it."""
        said = [self.hint, self.detail or self.title]
        said += [one.words() for one in self.mistakes[:5]]
        return "; ".join(dict.fromkeys(text for text in said if text))


# -- reading answers -------------------------------------------------------------------

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Listed(Generic[ModelT]):
    """One page of a list; ``more`` when another one follows."""

    rows: list[ModelT]
    more: bool = False


class _Links(Model):
    next: Any = None


class _Hal(Model):
    links: ObjectOf[_Links] = Field(default_factory=_Links, alias="_links")
    embedded: ObjectOf[dict[str, Any]] = Field(default_factory=dict, alias="_embedded")


def read(model: type[ModelT], answer: ApiResponse, *, sent: bool = False) -> ModelT:
    """Return a good answer as ``model``; ``sent`` when it answers a write.

    Raises `RetryLater` when it is not one: a proxy's page, or half an answer.
    """
    return _validated(model, answer.body, sent=sent)


def listed(
    model: type[ModelT], answer: ApiResponse, key: str, *, sent: bool = False
) -> Listed[ModelT]:
    """Return the page under ``_embedded.key``; 204 without a body is an empty one."""
    if answer.body is None:
        return Listed([])
    hal = _validated(_Hal, answer.body, sent=sent)
    rows = _as_list(hal.embedded.get(key))
    found = [_validated(model, row, sent=sent) for row in rows]
    return Listed(found, more=bool(hal.links.next))


def complex_rows(answer: ApiResponse) -> list[MadeRow]:
    """Return the bare list that `POST /leads/complex` answers with."""
    return [_validated(MadeRow, row, sent=True) for row in _as_list(answer.body)]


def _validated(model: type[ModelT], body: object, *, sent: bool) -> ModelT:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
    message = f"amoCRM's answer cannot be read: {where or 'body'}: {first['msg']}"
    raise RetryLater(message, sent=sent)
