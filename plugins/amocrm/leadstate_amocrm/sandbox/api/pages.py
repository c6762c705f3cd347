"""Lists: pages by number, their links, and 204 where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from leadstate.testing.sandbox.payloads import whole_number
from leadstate_amocrm.sandbox.config import OverLimit
from leadstate_amocrm.sandbox.problems import invalid, refused

from .calls import MOST, PAGE, Call, Reply
from .query import under

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadstate_amocrm.sandbox.site import Site

Row = TypeVar("Row")


def listed(  # noqa: PLR0913 - one of them is named
    site: Site,
    call: Call,
    key: str,
    rows: Sequence[Row],
    show: Callable[[Row], dict[str, object]],
    *,
    most: int = MOST,
    counted: bool = False,
) -> Reply:
    """Answer one page; `counted` lists also say how many there are in all."""
    number, limit = _page(call), _limit(site, call, most)
    start = (number - 1) * limit
    page = rows[start : start + limit]
    if not page:
        return Reply(204)
    pages = -(-len(rows) // limit)
    links = {"self": _link(call, number, limit)}
    if number < pages:
        links["next"] = _link(call, number + 1, limit)
    if number > 1:
        links["first"] = _link(call, 1, limit)
        links["prev"] = _link(call, number - 1, limit)
    body: dict[str, object] = {"_page": number, "_links": links}
    if counted:
        links["last"] = _link(call, pages, limit)
        body = {"_total_items": len(rows), "_page": number, "_page_count": pages}
        body["_links"] = links
    body["_embedded"] = {key: [show(row) for row in page]}
    return Reply(200, body)


def whole(call: Call, key: str, rows: Sequence[dict[str, object]]) -> Reply:
    """Answer a list that amoCRM gives in one piece, with a total."""
    body: dict[str, object] = {"_total_items": len(rows)}
    body["_links"] = {"self": {"href": f"{call.base}{call.path}"}}
    body["_embedded"] = {key: list(rows)}
    return Reply(200, body)


def written(call: Call, key: str, rows: Sequence[dict[str, object]]) -> Reply:
    """Answer a bulk write."""
    links = {"self": {"href": f"{call.base}{call.path}"}}
    return Reply(200, {"_links": links, "_embedded": {key: list(rows)}})


def order_of(call: Call, known: Sequence[str], usual: str) -> tuple[str, bool]:
    """Return what to sort by and whether downward, or refuse."""
    order = call.tree().get("order")
    if order is None:
        return usual, False
    if isinstance(order, dict):
        for name in known:
            direction = under(order, name)
            if direction is not None:
                return name, _is_down(direction)
    message = f"order knows {', '.join(known)}, each asc or desc"
    raise invalid(message)


def _is_down(direction: object) -> bool:
    wanted = str(direction).lower()
    if wanted not in ("asc", "desc"):
        message = "order is asc or desc"
        raise invalid(message)
    return wanted == "desc"


def _page(call: Call) -> int:
    number = whole_number(call.first("page", "1"))
    if number is None or number < 1:
        message = "page must be a whole number from 1"
        raise invalid(message)
    return number


def _limit(site: Site, call: Call, most: int) -> int:
    given = call.first("limit")
    if not given:
        return min(PAGE, most)
    limit = whole_number(given)
    if limit is None or limit < 1:
        message = "limit must be a whole number from 1"
        raise invalid(message)
    if limit > most and site.policy.over_limit is OverLimit.REFUSE:
        raise refused(422, f"Limit {most} per page")
    return min(limit, most)


def _link(call: Call, page: int, limit: int) -> dict[str, str]:
    kept = [(k, v) for k, v in call.query if k not in ("page", "limit")]
    query = urlencode([*kept, ("page", str(page)), ("limit", str(limit))])
    return {"href": f"{call.base}{call.path}?{query}"}
