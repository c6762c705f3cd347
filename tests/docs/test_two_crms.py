"""What the pages say about two CRMs: bindings that agree, rules that hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadstate.definition.binding import check_binding_text
from leadstate.definition.workflow import load_workflow
from leadstate.domain.binding import Sync
from leadstate.domain.history import HistoryKind
from leadstate.domain.values import FieldType, coerce
from leadstate.errors import ConfigurationError
from leadstate.service.setup.together import check_together
from scripts.generated_pages import ROOT

if TYPE_CHECKING:
    from leadstate.domain.binding import Binding

HOW_TO = (ROOT / "docs" / "how-to" / "run-two-crms.md").read_text(encoding="utf-8")
LIFECYCLE = load_workflow(ROOT / "workflows" / "b2b_lifecycle.yaml")


def shown_bindings() -> dict[str, str]:
    """Return the bindings on the page, by adapter."""
    blocks = re.findall(r"```yaml\n(binding: .*?)```", HOW_TO, re.DOTALL)
    return {re.findall(r"adapter: (\w+)", one)[0]: one for one in blocks}


def loaded(texts: dict[str, str]) -> dict[str, Binding]:
    """Return the bindings; each of them is without a mistake."""
    found = {name: check_binding_text(one, LIFECYCLE)[0] for name, one in texts.items()}
    assert None not in found.values()
    return {name: one for name, one in found.items() if one is not None}


def test_the_bindings_on_the_page_fit_together() -> None:
    """Whoever copies both has an installation that starts."""
    bindings = loaded(shown_bindings())

    assert {"hubspot", "amocrm"} == set(bindings)
    check_together(bindings)


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("phone, sync: copy", "phone, sync: owner", "'phone' has 2 owners"),
        ("property: need, sync: newest", "property: need", "'need' is `newest` in"),
        ("email, sync: owner", "email", "'email' is a copy in amocrm and has no owner"),
    ],
    ids=["two owners", "newest alone", "copy of nothing"],
)
def test_what_the_page_forbids_is_told_at_the_start(
    written: str, instead: str, told: str
) -> None:
    """A field has one owner at most, a copy needs one, `newest` stands in two."""
    texts = {n: one.replace(written, instead) for n, one in shown_bindings().items()}

    with pytest.raises(ConfigurationError, match=told):
        check_together(loaded(texts))


def test_every_way_of_sharing_has_its_row() -> None:
    """The table of the page is the code's list."""
    rows = set(re.findall(r"^\| `(\w+)` \|", HOW_TO, re.MULTILINE))

    assert set(Sync) <= rows


def test_the_numbers_on_the_page_are_the_same_number() -> None:
    """With the region that stands there."""
    shown = re.findall(r"`([+0][\d ]{6,})`", HOW_TO)

    assert 3 == len(shown)
    assert {"+49309018200"} == {coerce(one, FieldType.PHONE, ("DE",)) for one in shown}


def test_every_kind_of_history_is_explained_to_sales() -> None:
    """A word that `record history` prints stands in the table that explains them."""
    page = (ROOT / "docs" / "how-to" / "see-why.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)

    assert set(HistoryKind) == set(re.findall(r"`(\w+)`", " ".join(words)))
