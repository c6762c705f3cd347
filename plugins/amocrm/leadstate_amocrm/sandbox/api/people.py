"""The account itself, its users and its tags."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate_amocrm.sandbox.payloads import READ, items_of
from leadstate_amocrm.sandbox.problems import not_found, refused

from .bulk import Row, request_id
from .calls import Call, Reply
from .pages import listed
from .query import texts, under, wholes
from .shapes import link_to

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Tag
    from leadstate_amocrm.sandbox.crm.users import User
    from leadstate_amocrm.sandbox.site import Site

GROUPS = {0: "Sales department", 7450001: "Field sales", 7450002: "Quality control"}
TASK_TYPES = ((1, "Follow up", "FOLLOW_UP"), (2, "Meeting", "MEETING"))
_ID = "7f3b0e52-0000-4000-8000-"


def read_account(site: Site, call: Call) -> Reply:
    """Tell what the account is, and with it what is asked for."""
    wanted, config = call.with_(), site.config
    body: Row = {
        "id": config.account_id,
        "name": config.subdomain.capitalize(),
        "subdomain": config.subdomain,
        "created_at": site.account.opened_at,
        "created_by": 0,
        "updated_at": site.account.opened_at,
        "updated_by": 0,
        "current_user_id": call.caller.id,
        "country": "DE",
        "currency": "EUR",
        "currency_symbol": "€",
        "customers_mode": "disabled",
        "is_unsorted_on": True,
        "mobile_feature_version": 0,
        "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "contact_name_display_order": 1,
    }
    extras: Row = {
        "amojo_id": f"{_ID}{config.account_id:012d}",
        "uuid": f"{_ID}{config.account_id + 1:012d}",
        "version": 16,
        "drive_url": f"{call.base}/drive",
        "is_api_filter_enabled": site.policy.is_api_filter_enabled,
    }
    body |= {name: value for name, value in extras.items() if name in wanted}
    body["_links"] = link_to(call, "account")
    embedded = {k: v for k, v in _embedded(site).items() if k in wanted}
    return Reply(200, body | ({"_embedded": embedded} if embedded else {}))


def _embedded(site: Site) -> Row:
    at = datetime.fromtimestamp(site.account.now(), tz=UTC)
    local = at.astimezone(ZoneInfo(site.config.time_zone))
    offset = f"{local:%z}"
    return {
        "users_groups": [{"id": n, "name": x, "uuid": None} for n, x in GROUPS.items()],
        "task_types": [
            {"id": n, "name": name, "color": None, "icon_id": None, "code": code}
            for n, name, code in TASK_TYPES
        ],
        "datetime_settings": {
            "date_pattern": "d.m.Y H:i",
            "short_date_pattern": "d.m.Y",
            "short_time_pattern": "H:i",
            "date_formant": "d.m.Y",
            "time_format": "H:i:s",
            "timezone": site.config.time_zone,
            "timezone_offset": f"{offset[:3]}:{offset[3:]}",
        },
    }


def list_users(site: Site, call: Call) -> Reply:
    """Page through the users; for administrators."""
    _check_admin(call)
    rows = list(site.account.users.values())
    return listed(
        site, call, "users", rows, lambda user: _show_user(call, user), counted=True
    )


def read_user(site: Site, call: Call) -> Reply:
    """Show one user."""
    _check_admin(call)
    user = site.account.users.get(call.number() or 0)
    if user is None:
        message = "User not found"
        raise not_found(message)
    return Reply(200, _show_user(call, user))


def _check_admin(call: Call) -> None:
    if not call.caller.is_admin:
        raise refused(403, "only an administrator may see the users")


def _show_user(call: Call, user: User) -> Row:
    wanted = call.with_()
    shown: Row = {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "lang": user.lang,
        "rights": user.shown_rights(),
    }
    if "uuid" in wanted:
        shown["uuid"] = f"{_ID}{user.id:012d}"
    if "amojo_id" in wanted:
        shown["amojo_id"] = f"{_ID}{user.id + 1:012d}"
    shown["_links"] = link_to(call, f"users/{user.id}")
    embedded: Row = {}
    if "role" in wanted:
        embedded["roles"] = []
    if "group" in wanted:
        embedded["groups"] = [{"id": user.group_id, "name": GROUPS[user.group_id]}]
    return shown | ({"_embedded": embedded} if embedded else {})


def list_tags(site: Site, call: Call) -> Reply:
    """Page through the tags of a kind."""
    rows = list(site.account.tags[call.params["kind"]].values())
    given = call.tree().get("filter")
    ids, names = wholes(under(given, "id")), texts(under(given, "name"))
    rows = [tag for tag in rows if ids is None or tag.id in ids]
    rows = [tag for tag in rows if names is None or tag.name in names]
    if query := call.first("query"):
        rows = [tag for tag in rows if query.casefold() in tag.name.casefold()]
    return listed(site, call, "tags", rows, _show_tag)


def create_tags(site: Site, call: Call) -> Reply:
    """Create tags; a name that is there already is that tag."""
    rows = []
    for index, item in enumerate(items_of(call.raw)):
        name = READ.required_text(item, "name")[:255]
        tag = site.account.tag(call.params["kind"], name)
        if isinstance(item.get("color"), str):
            tag.color = str(item["color"])
        rows.append(_show_tag(tag) | {"request_id": request_id(item, index)})
    return Reply(200, {"_total_items": len(rows), "_embedded": {"tags": rows}})


def _show_tag(tag: Tag) -> Row:
    return {"id": tag.id, "name": tag.name, "color": tag.color}
