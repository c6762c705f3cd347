"""Owners and the account: who works in the portal, and where it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadstate.testing.sandbox.clock import iso
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.crm.owners import OWNERS, Owner
from leadstate_hubspot.sandbox.problems import invalid, not_found

from .calls import Call, Reply
from .shapes import page_body

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.site import Site

_SINCE = 1_600_000_000_000
PAGE, MOST = 100, 500


def list_owners(site: Site, call: Call) -> Reply:
    """Page through the owners; the archived ones only when asked for."""
    del site
    archived, email = call.flag("archived"), call.first("email").lower()
    last = whole_number(call.first("after", "0"))
    if last is None:
        message = "after is not a paging cursor"
        raise invalid(message)
    fitting = [
        owner
        for owner in OWNERS
        if owner.archived is archived and owner.id > last and email in ("", owner.email)
    ]
    page = fitting[: call.limit(PAGE, MOST)]
    more = str(page[-1].id) if len(fitting) > len(page) else None
    return Reply(200, page_body([_show(owner) for owner in page], more, call.path))


def read_owner(site: Site, call: Call) -> Reply:
    """Show an owner by id or, with idProperty=userId, by the user's id."""
    del site
    number = whole_number(call.params["id"])
    by_user = call.first("idProperty", "id") == "userId"
    archived = call.flag("archived")
    for owner in OWNERS:
        wanted = owner.user_id if by_user else owner.id
        if wanted == number and owner.archived is archived:
            return Reply(200, _show(owner))
    raise not_found()


def _show(owner: Owner) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": str(owner.id),
        "email": owner.email,
        "type": "PERSON",
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userIdIncludingInactive": owner.user_id,
        "createdAt": iso(_SINCE),
        "updatedAt": iso(_SINCE),
        "archived": owner.archived,
        "teams": [{"id": str(len(owner.team)), "name": owner.team, "primary": True}],
    }
    if not owner.archived:
        shown["userId"] = owner.user_id
    return shown


def account_details(site: Site, call: Call) -> Reply:
    """Tell the account's id, kind and time zone."""
    del call
    offset = _utc_offset(site)
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    details = {
        "portalId": site.config.portal_id,
        "accountType": "STANDARD",
        "timeZone": site.config.time_zone,
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
        "utcOffsetMilliseconds": minutes * 60_000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }
    return Reply(200, details)


def _utc_offset(site: Site) -> timedelta:
    now = datetime.fromtimestamp(site.clock.now() / 1000, tz=UTC)
    try:
        local = now.astimezone(ZoneInfo(site.config.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return timedelta()
    return local.utcoffset() or timedelta()


def daily_usage(site: Site, call: Call) -> Reply:
    """Tell how much of the day's calls is used."""
    del call
    return Reply(200, {"results": [site.limits.usage()]})
