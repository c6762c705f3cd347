"""HubSpot's refusals as values: every shape an error answer can take.

An endpoint raises `ApiProblem`; the gate writes it.  Shapes follow "Error handling",
developers.hubspot.com (seen 2026-03-30); "all fields optional in any error parsing".
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.calls import CallRefused, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOT_FOUND_MESSAGE = "resource not found"
_SCOPES_PAGE = "https://developers.hubspot.com/scopes"
_identities = random.Random(0)  # noqa: S311 - correlation ids are no secret


def fresh_uuid() -> str:
    """Return a UUID in HubSpot's form; repeatable, because nothing here is secret."""
    return str(uuid.UUID(int=_identities.getrandbits(128), version=4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One entry of `errors`."""

    message: str
    code: str | None = None
    at: str | None = None
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """Return the entry as HubSpot writes it."""
        shown: dict[str, object] = {"message": self.message}
        if self.code is not None:
            shown["code"] = self.code
        if self.at is not None:
            shown["in"] = self.at
        if self.context:
            shown["context"] = {key: list(value) for key, value in self.context.items()}
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why HubSpot refuses a call, or one input of a batch."""

    status: int
    message: str
    category: str
    details: Sequence[Detail] = ()
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """Return the body of an answer that is this refusal."""
        shown: dict[str, object] = {
            "status": "error",
            "message": self.message,
            "correlationId": fresh_uuid(),
        }
        if self.details:
            shown["errors"] = [detail.body() for detail in self.details]
        if self.context:
            shown["context"] = {key: list(value) for key, value in self.context.items()}
        if self.category:
            shown["category"] = self.category
        return shown | dict(self.extra)

    def batch_entry(self, trace: str | None = None) -> dict[str, object]:
        """Return this refusal as one entry of a batch's `errors`."""
        context = {key: list(value) for key, value in self.context.items()}
        if trace is not None:
            context["objectWriteTraceId"] = [trace]
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": context,
            "links": {},
            "errors": [detail.body() for detail in self.details],
        }


class ApiProblem(CallRefused):
    """Raised by an endpoint to answer with a `Problem`."""

    def __init__(self, problem: Problem) -> None:
        """Carry the refusal to the gate."""
        super().__init__(problem.message)
        self.problem = problem

    def answer(self) -> Reply:
        """Return the refusal in HubSpot's shape."""
        return Reply(self.problem.status, self.problem.body(), self.problem.headers)


def invalid(message: str, *details: Detail, **context: Sequence[str]) -> ApiProblem:
    """Refuse input that cannot be right."""
    problem = Problem(
        status=400,
        message=message,
        category="VALIDATION_ERROR",
        details=details,
        context=context,
    )
    return ApiProblem(problem)


def not_found(message: str = NOT_FOUND_MESSAGE, **context: Sequence[str]) -> ApiProblem:
    """Refuse to show what is not there."""
    problem = Problem(
        status=404, message=message, category="OBJECT_NOT_FOUND", context=context
    )
    return ApiProblem(problem)


def conflict(message: str) -> ApiProblem:
    """Refuse a second record with the same unique value."""
    return ApiProblem(Problem(status=409, message=message, category="CONFLICT"))


def unauthenticated(message: str, category: str) -> ApiProblem:
    """Refuse a caller without a good token."""
    return ApiProblem(Problem(status=401, message=message, category=category))


def missing_scopes(scopes: Sequence[str]) -> ApiProblem:
    """Refuse a caller whose app lacks a scope: 403, not a dead token."""
    detail = Detail(
        message="One or more of the following scopes are required.",
        context={"requiredGranularScopes": scopes},
    )
    problem = Problem(
        status=403,
        message="This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {_SCOPES_PAGE}.",
        category="MISSING_SCOPES",
        details=(detail,),
        extra={"links": {"scopes": _SCOPES_PAGE}},
    )
    return ApiProblem(problem)


def refused(
    status: int, message: str, category: str = "", **headers: str
) -> ApiProblem:
    """Refuse with another status, such as 405, 413 or 414."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    problem = Problem(status=status, message=message, category=category, headers=named)
    return ApiProblem(problem)
