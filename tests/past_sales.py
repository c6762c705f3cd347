"""A past that reports count: a workflow, and stays put straight into the store."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leadstate.definition.workflow import load_workflow_text
from leadstate.store.columns import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.store import Store, Work

WORKFLOW = """
workflow: past
title: What was
timezone: Europe/Berlin
teams:
  marketing:
  sales: {calendar: office}
fields:
  email:    {type: email, identity: true}
  source:   {type: text}
  campaign: {type: choice, options: [spring, autumn]}
  budget:   {type: money}
  owner:    {type: owner}
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: [09:00-12:30, 13:30-18:00]}}
stages:
  lead:    {owner: marketing, initial: true}
  mql:     {owner: marketing, label: MQL}
  sal:     {owner: sales}
  sql:     {owner: sales}
  nurture: {owner: marketing, kind: parked}
  won:     {kind: won}
  lost:    {kind: lost}
transitions:
  qualify: {from: lead, to: mql}
  accept:  {from: mql, to: sal}
  confirm: {from: sal, to: sql}
  win:     {from: sql, to: won}
  recycle: {from: [mql, sal, sql], to: nurture}
  return:  {from: nurture, to: lead}
  lose:    {from: any open, to: lost}
"""
LIFECYCLE = load_workflow_text(WORKFLOW)
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One stay in one stage; moments None are unknown, ``open`` is the last one."""

    stage: str
    entered: datetime | None = None
    left: datetime | None = None
    number: int = 1
    owner: str | None = None
    version: str = "aa11"
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class Told:
    """A record with its stays in the order of its story."""

    id: str
    stays: tuple[Stay, ...]
    values: dict[str, object] = field(default_factory=dict)
    status: str = "active"
    merged: bool = False


def day(number: float) -> datetime:
    """Return a moment so many days after the first of January 2026 (UTC)."""
    return START + timedelta(days=number)


def story(id_: str, *stays: tuple[str, float], **given: object) -> Told:
    """Return a record that was in these stages from these days on, the last one open.

    Coming back from a parked or closed stage begins the next pass.
    """
    told: list[Stay] = []
    number = 1
    for place, (stage, at) in enumerate(stays):
        last = place + 1 == len(stays)
        resting = told and told[-1].stage in ("nurture", "won", "lost")
        number += bool(resting and stage not in ("nurture", "won", "lost"))
        left = None if last else day(stays[place + 1][1])
        told.append(
            Stay(stage=stage, entered=day(at), left=left, number=number, open=last)
        )
    return Told(id=id_, stays=tuple(told), **given)  # type: ignore[arg-type]


def tell(
    store: Store, records: Iterable[Told], *, workflow: str = LIFECYCLE.name
) -> None:
    """Put a workflow's records and their stays into a store that has none of either."""
    with store.begin() as work:
        for table in ("visit", "link", "record"):
            work.connection.exec_driver_sql(f"DELETE FROM {table}")
        for told in records:
            _put_record(work, told, workflow)
            for stay in told.stays:
                _put_stay(work, told.id, stay)
        work.commit()


def _put_record(work: Work, told: Told, workflow: str) -> None:
    texts = {"source": told.values["source"]} if told.values.get("source") else {}
    work.connection.exec_driver_sql(
        "INSERT INTO record (id, workflow, stage, version, pass_number, stage_version,"
        " workflow_version, data, folded, created_at, status, breach_moves)"
        " VALUES (?, ?, ?, 0, ?, 0, 'aa11', ?, ?, 0, ?, 0)",
        (
            told.id,
            workflow,
            told.stays[-1].stage if told.stays else "lead",
            told.stays[-1].number if told.stays else 1,
            json.dumps(told.values),
            json.dumps({name: str(one).casefold() for name, one in texts.items()}),
            told.status,
        ),
    )
    if told.merged:
        work.connection.exec_driver_sql(
            "INSERT INTO link (workflow, connection, object, external_id, record_id,"
            " remote_properties, seen_at, status, reason, reverts)"
            " VALUES (?, 'hub', 'contacts', ?, ?, '{}', 0, 'merged', '', 0)",
            (workflow, told.id, told.id),
        )


def _put_stay(work: Work, record_id: str, stay: Stay) -> None:
    work.connection.exec_driver_sql(
        "INSERT INTO visit (record_id, stage, pass_number, entered_at, left_at,"
        " entered_by, left_by, owner, workflow_version, reported)"
        " VALUES (?, ?, ?, ?, ?, 'h', ?, ?, ?, 0)",
        (
            record_id,
            stay.stage,
            stay.number,
            to_micros(stay.entered) if stay.entered else None,
            to_micros(stay.left) if stay.left else None,
            None if stay.open else "h",
            stay.owner,
            stay.version,
        ),
    )
