"""Tasks: list, read, create, change, complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm.happenings import Change, Happening, What
from leadstate_amocrm.sandbox.crm.records import KINDS
from leadstate_amocrm.sandbox.crm.tasks import Task
from leadstate_amocrm.sandbox.crm.values import moment
from leadstate_amocrm.sandbox.payloads import items_of
from leadstate_amocrm.sandbox.problems import (
    Issue,
    missing,
    no_choice,
    not_found,
    rejected,
    wrong_type,
)

from .bulk import Item, Row, apply_all, request_id
from .calls import Call, Reply
from .pages import listed, order_of, written
from .query import span, texts, under, wholes, within
from .shapes import link_to

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.site import Site

ORDERS = ("created_at", "complete_till", "id")
ENTITIES = (*KINDS, "customers")


def list_tasks(site: Site, call: Call) -> Reply:
    """Page through the tasks; their filters need no extra."""
    given = call.tree().get("filter")
    rows = list(site.account.tasks.values())
    for name, attribute in _NUMBERS.items():
        wanted = wholes(under(given, name))
        if wanted is not None:
            rows = [t for t in rows if getattr(t, attribute) in wanted]
    kinds, done = (
        texts(under(given, "entity_type")),
        texts(under(given, "is_completed")),
    )
    bounds = span(under(given, "updated_at"))
    rows = [t for t in rows if kinds is None or t.entity_type in kinds]
    rows = [t for t in rows if done is None or str(int(t.is_completed)) in done]
    rows = [t for t in rows if within(t.updated_at, bounds)]
    key, down = order_of(call, ORDERS, "id")
    rows.sort(key=lambda t: (getattr(t, key), t.id), reverse=down)
    return listed(site, call, "tasks", rows, lambda t: _show(site, call, t))


def read_task(site: Site, call: Call) -> Reply:
    """Show one task."""
    return Reply(200, _show(site, call, _task(site, call)))


def create_tasks(site: Site, call: Call) -> Reply:
    """Create tasks; text and when they are due are needed."""
    account, items = site.account, []
    for index, item in enumerate(items_of(call.raw)):
        issues = _issues_of(account, item, creating=True)
        items.append(Item(request_id(item, index), item, issues))

    def apply(item: Item[Row]) -> Row:
        task = _new(account, call.caller.id, item.draft)
        account.tasks[task.id] = task
        _tell(account, call.caller.id, task, {}, added=True)
        links = link_to(call, f"tasks/{task.id}")
        return {"id": task.id, "request_id": item.request_id, "_links": links}

    return written(call, "tasks", apply_all(site, call, items, apply))


def update_tasks(site: Site, call: Call) -> Reply:
    """Change tasks."""
    account = site.account
    items: list[Item[tuple[Task | None, Row]]] = []
    for index, item in enumerate(items_of(call.raw)):
        number = item.get("id")
        task = account.tasks.get(number) if isinstance(number, int) else None
        unknown = [] if task else [no_choice("id")]
        issues = unknown + _issues_of(account, item, creating=False)
        items.append(Item(request_id(item, index), (task, item), issues))

    def apply(item: Item[tuple[Task | None, Row]]) -> Row:
        task, body = item.draft
        if task is None:
            return {}
        return _change(account, call, task, body) | {"request_id": item.request_id}

    return written(call, "tasks", apply_all(site, call, items, apply))


def update_task(site: Site, call: Call) -> Reply:
    """Change or complete one task."""
    task, body = _task(site, call), call.body()
    issues = _issues_of(site.account, body, creating=False)
    if issues:
        raise rejected({"0": issues})
    return Reply(200, _change(site.account, call, task, body) | {"request_id": "0"})


_NUMBERS = {
    "id": "id",
    "responsible_user_id": "responsible",
    "entity_id": "entity_id",
    "task_type": "task_type_id",
    "task_type_id": "task_type_id",
}
_WHOLES = ("responsible_user_id", "entity_id", "task_type_id", "duration")


def _task(site: Site, call: Call) -> Task:
    found = site.account.tasks.get(call.number() or 0)
    if found is None:
        message = "Task not found"
        raise not_found(message)
    return found


def _issues_of(account: Account, item: Row, *, creating: bool) -> list[Issue]:
    needed = ("text", "complete_till") if creating else ()
    issues = [missing(name) for name in needed if item.get(name) is None]
    if item.get("text") is not None and not isinstance(item["text"], str):
        issues.append(wrong_type("text", "string"))
    if item.get("complete_till") is not None and moment(item["complete_till"]) is None:
        issues.append(wrong_type("complete_till", "timestamp"))
    for name in _WHOLES:
        value = item.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int)
        ):
            issues.append(wrong_type(name, "int"))
    user = item.get("responsible_user_id")
    if isinstance(user, int) and user not in account.users:
        issues.append(no_choice("responsible_user_id"))
    if item.get("entity_type") not in (None, *ENTITIES):
        issues.append(no_choice("entity_type"))
    elif creating and item.get("entity_type") in KINDS:
        number = item.get("entity_id")
        known = isinstance(number, int) and account.get(
            str(item["entity_type"]), number
        )
        issues += [] if known else [no_choice("entity_id")]
    result = item.get("result")
    if result not in (None, []) and not isinstance(result, dict):
        issues.append(wrong_type("result", "object"))
    return issues


def _whole(item: Row, name: str, usual: int) -> int:
    value = item.get(name)
    return value if isinstance(value, int) else usual


def _result(item: Row) -> str | None:
    result = item.get("result")
    text = result.get("text") if isinstance(result, dict) else None
    return None if text is None else str(text)


def _new(account: Account, author: int, item: Row) -> Task:
    now, kind, entity = account.now(), item.get("entity_type"), item.get("entity_id")
    return Task(
        id=account.next_id("tasks"),
        text=str(item["text"]),
        complete_till=moment(item["complete_till"]) or 0,
        responsible=_whole(item, "responsible_user_id", author),
        created_by=author,
        updated_by=author,
        created_at=now,
        updated_at=now,
        entity_type=None if kind is None else str(kind),
        entity_id=entity if isinstance(entity, int) else None,
        task_type_id=_whole(item, "task_type_id", 1),
        duration=_whole(item, "duration", 0),
        is_completed=bool(item.get("is_completed")),
        result=_result(item),
    )


def _change(account: Account, call: Call, task: Task, item: Row) -> Row:
    before = {name: getattr(task, name) for name in _TOLD}
    if item.get("text") is not None:
        task.text = str(item["text"])
    if item.get("complete_till") is not None:
        task.complete_till = moment(item["complete_till"]) or 0
    task.task_type_id = _whole(item, "task_type_id", task.task_type_id)
    task.responsible = _whole(item, "responsible_user_id", task.responsible)
    task.duration = _whole(item, "duration", task.duration)
    if "is_completed" in item:
        task.is_completed = bool(item["is_completed"])
    task.result = _result(item) or task.result
    task.updated_at, task.updated_by = account.now(), call.caller.id
    changes = {
        name: Change(before[name], getattr(task, name))
        for name in _TOLD
        if before[name] != getattr(task, name)
    }
    _tell(account, call.caller.id, task, changes, added=False)
    links = link_to(call, f"tasks/{task.id}")
    return {"id": task.id, "updated_at": task.updated_at, "_links": links}


_TOLD = (
    "text",
    "complete_till",
    "task_type_id",
    "responsible",
    "is_completed",
    "result",
)


def _tell(
    account: Account,
    author: int,
    task: Task,
    changes: dict[str, Change],
    *,
    added: bool,
) -> None:
    extra = {"task": task, "task_id": task.id, "added": added}
    at = account.now()
    account.tell(
        Happening(what=What.TASK, at=at, author=author, changes=changes, extra=extra)
    )


def _show(site: Site, call: Call, task: Task) -> Row:
    return {
        "id": task.id,
        "created_by": task.created_by,
        "updated_by": task.updated_by,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "responsible_user_id": task.responsible,
        "group_id": site.account.group_of(task.responsible),
        "entity_id": task.entity_id,
        "entity_type": task.entity_type,
        "duration": task.duration,
        "is_completed": task.is_completed,
        "task_type_id": task.task_type_id,
        "text": task.text,
        # PHP writes an empty object as an empty list.
        "result": [] if task.result is None else {"text": task.result},
        "complete_till": task.complete_till,
        "account_id": site.config.account_id,
        "_links": link_to(call, f"tasks/{task.id}"),
    }
