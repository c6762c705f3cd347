"""Read what only leads have: price, stage, and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.problems import no_choice, wrong_type

from .values import is_price, moment

if TYPE_CHECKING:
    from .account import Account
    from .draft import DraftReader


def read_price(reading: DraftReader) -> None:
    """Read the price: whole, or with cents where the account has them."""
    if "price" not in reading.item:
        return
    value = reading.item["price"]
    if value is None:
        reading.draft.native["price"] = 0
    elif (
        not is_price(value)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and not reading.account.policy.minor_units)
    ):
        reading.wrong(wrong_type("price", "int"))
    else:
        reading.draft.native["price"] = value


def read_stage(reading: DraftReader) -> None:
    """Find where the lead goes; 142 and 143 need their pipeline to mean anything."""
    account, record = reading.account, reading.record
    status_id, pipeline_id = reading.whole("status_id"), reading.whole("pipeline_id")
    if pipeline_id is not None and pipeline_id not in account.pipelines:
        reading.wrong(no_choice("pipeline_id"))
        return
    if status_id is None:
        _stage_by_pipeline(reading, pipeline_id)
        return
    where = pipeline_id
    if where is None:
        where = record.pipeline_id if record else _home(account, status_id)
    status = account.status(where, status_id)
    unsorted = account.pipelines[where].unsorted()
    if status is None or (unsorted is not None and status.id == unsorted.id):
        # No API may move a lead into unsorted (an issue of the vendor's client).
        reading.wrong(no_choice("status_id"))
        return
    reading.draft.native |= {"pipeline_id": where, "status_id": status_id}


def _stage_by_pipeline(reading: DraftReader, pipeline_id: int | None) -> None:
    account, record = reading.account, reading.record
    if record is None:
        pipeline = account.pipelines.get(pipeline_id or 0, account.main_pipeline())
    elif pipeline_id is not None and pipeline_id != record.pipeline_id:
        pipeline = account.pipelines[pipeline_id]
    else:
        return
    first = pipeline.first().id
    reading.draft.native |= {"pipeline_id": pipeline.id, "status_id": first}


def _home(account: Account, status_id: int) -> int:
    """Return the pipeline of an ordinary stage, whose id is the account's only one."""
    main = account.main_pipeline()
    homes = (p.id for p in account.pipelines.values() if status_id in p.statuses)
    return main.id if status_id in main.statuses else next(homes, main.id)


def read_loss_reason(reading: DraftReader) -> None:
    """Read when and why a lead was closed."""
    draft = reading.draft
    if "closed_at" in reading.item and reading.item["closed_at"] is not None:
        closed = moment(reading.item["closed_at"])
        if closed is None or closed < 0:
            reading.wrong(wrong_type("closed_at", "timestamp"))
        else:
            draft.native["closed_at"] = closed
    if "loss_reason_id" not in reading.item:
        return
    reason = reading.whole("loss_reason_id")
    if reason is not None and (
        reason not in reading.account.loss_reasons or reading.record is None
    ):
        # A lead cannot begin its life lost for a reason (an issue of n8n's node).
        reading.wrong(no_choice("loss_reason_id"))
        return
    draft.native["loss_reason_id"] = reason
