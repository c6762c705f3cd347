"""amoCRM's refusals as values: every shape an error answer can take.

An endpoint raises `ApiProblem`; the gate writes it.  Most are problem+json; what its
front end refuses is an nginx page; token requests have a type of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.calls import CallRefused, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OAUTH_TYPE = "https://developers.amocrm.ru/v3/errors/OAuthProblemJson"
PROBLEM = "application/problem+json"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with one item of a write."""

    code: str
    path: str
    detail: str

    def under(self, prefix: str) -> Issue:
        """Return the issue seen from the item around it."""
        return Issue(self.code, f"{prefix}.{self.path}", self.detail)


def no_choice(path: str) -> Issue:
    """Say that a value is none of those allowed."""
    return Issue("NotSupportedChoice", path, "This is not one of the choices.")


def wrong_type(path: str, wanted: str) -> Issue:
    """Say that a value is of another type."""
    return Issue("InvalidType", path, f"This must be of type {wanted}.")


def unexpected(path: str) -> Issue:
    """Say that a member has no place here."""
    return Issue("FieldNotExpected", path, "This member has no place here.")


def missing(path: str) -> Issue:
    """Say that a member must be there."""
    return Issue("FieldMissing", path, "This member is missing.")


def not_null(path: str) -> Issue:
    """Say that a member may not be null."""
    return Issue("NotNullable", path, "This must not be null.")


def not_filled(path: str) -> Issue:
    """Say that a stage requires a field."""
    return Issue("RequiredFilled", path, "The stage requires this field.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why amoCRM refuses a call."""

    status: int
    detail: str
    title: str = ""
    type: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    is_page: bool = False

    @property
    def content_type(self) -> str:
        """What the body is."""
        return HTML if self.is_page else PROBLEM

    def body(self) -> object:
        """Return the body of an answer that is this refusal."""
        if self.is_page:
            return page(self.status)
        return dict(self.extra) | {
            "title": self.title or phrase(self.status),
            "type": self.type or f"https://httpstatus.es/{self.status}",
            "status": self.status,
            "detail": self.detail,
        }


class ApiProblem(CallRefused):
    """Raised by an endpoint to answer with a `Problem`."""

    def __init__(self, problem: Problem) -> None:
        """Carry the refusal to the gate."""
        super().__init__(problem.detail)
        self.problem = problem

    def answer(self) -> Reply:
        """Return the refusal in amoCRM's shape."""
        problem = self.problem
        headers = {"Content-Type": problem.content_type, **problem.headers}
        return Reply(problem.status, problem.body(), headers)


def phrase(status: int) -> str:
    """Return what HTTP calls a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def page(status: int) -> bytes:
    """Return the page of the web server in front of amoCRM."""
    said = f"{status} {phrase(status)}"
    return (
        f"<html>\r\n<head><title>{said}</title></head>\r\n<body>\r\n"
        f"<center><h1>{said}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    ).encode()


def refused(status: int, detail: str, **extra: object) -> ApiProblem:
    """Refuse with a problem+json."""
    return ApiProblem(Problem(status=status, detail=detail, extra=extra))


def refused_by_page(status: int) -> ApiProblem:
    """Refuse with a page instead of JSON."""
    return ApiProblem(Problem(status=status, detail=phrase(status), is_page=True))


def invalid(detail: str) -> ApiProblem:
    """Refuse input that cannot be read."""
    return refused(400, detail)


def not_found(detail: str) -> ApiProblem:
    """Refuse to show what is not there."""
    return refused(404, detail)


def rejected(errors: Mapping[str, Sequence[Issue]]) -> ApiProblem:
    """Refuse a write with what is wrong with each of its items."""
    listed = [
        {
            "request_id": request_id,
            "errors": [
                {"code": one.code, "path": one.path, "detail": one.detail}
                for one in issues
            ],
        }
        for request_id, issues in errors.items()
    ]
    extra = {"validation-errors": listed}
    detail = "Request validation failed"
    return ApiProblem(Problem(status=400, detail=detail, extra=extra))


def bad_grant(hint: str) -> ApiProblem:
    """Refuse a token request; clients read the hint."""
    return ApiProblem(
        Problem(
            status=400,
            detail="The token request lacks a parameter, or one of them is not valid",
            type=OAUTH_TYPE,
            extra={"hint": hint},
        )
    )
