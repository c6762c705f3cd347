"""How a binding reads a stage out of a CRM's properties, and writes one into them."""

from __future__ import annotations

import pytest

from leadstate.domain.binding import Binding, FieldSource

BINDING = Binding(
    workflow="demo",
    adapter="hubspot",
    object="contacts",
    fields={
        "email": FieldSource(property="email"),
        "size": FieldSource(property="company.employees"),
        "status": FieldSource(property="hs_lead_status"),
    },
    events={"demo_requested": "demo_at"},
    stages={
        "nurture": {"lifecyclestage": ("lead",), "hs_lead_status": ("UNQUALIFIED",)},
        "lead": {"lifecyclestage": ("lead", "")},
        "mql": {"lifecyclestage": ("mql", "old_mql")},
    },
    reason="lead_reason",
)


@pytest.mark.parametrize(
    ("properties", "stage"),
    [
        ({"lifecyclestage": "lead", "hs_lead_status": "UNQUALIFIED"}, "nurture"),
        ({"lifecyclestage": "lead", "hs_lead_status": "OPEN"}, "lead"),
        ({"lifecyclestage": "lead"}, "lead"),
        ({"lifecyclestage": ""}, "lead"),
        ({"lifecyclestage": None}, "lead"),
        ({}, "lead"),
        ({"lifecyclestage": "old_mql"}, "mql"),
    ],
)
def test_the_first_stage_that_matches_whole_is_read(
    properties: dict[str, str | None], stage: str
) -> None:
    """Every property of a stage must match; empty, None and absent are one."""
    assert stage == BINDING.stage_of(properties)


@pytest.mark.parametrize("value", ["MQL", "galaxy", " mql", "0"])
def test_an_unknown_stage_is_never_invented(value: str) -> None:
    """A value that no stage lists is None, for a person to look at."""
    assert BINDING.stage_of({"lifecyclestage": value}) is None


@pytest.mark.parametrize("stage", list(BINDING.stages))
def test_a_written_stage_is_read_back_as_itself(stage: str) -> None:
    """What is written to put an object into a stage is recognised as that stage."""
    assert stage == BINDING.stage_of(BINDING.properties_of(stage))


def test_the_first_value_of_each_property_is_written() -> None:
    """Older values are recognised when reading and never written."""
    assert {"lifecyclestage": "mql"} == BINDING.properties_of("mql")


def test_every_property_is_read_once() -> None:
    """A property that is a field and part of a stage is asked for once."""
    assert ("lifecyclestage", "hs_lead_status") == BINDING.stage_properties
    assert (
        "email",
        "company.employees",
        "hs_lead_status",
        "demo_at",
        "lifecyclestage",
        "lead_reason",
    ) == BINDING.read_properties


def test_a_binding_without_a_reason_reads_none() -> None:
    """Nothing is asked of the CRM that the binding does not name."""
    bare = Binding(workflow="demo", adapter="hubspot", object="contacts")

    assert () == bare.read_properties
    assert bare.stage_of({"lifecyclestage": "lead"}) is None


def test_a_choice_goes_out_in_the_words_of_the_crm() -> None:
    """The first of the CRM's values that means it; what has no other name stays."""
    source = FieldSource(
        property="role", values={"BOSS": "owner", "CHIEF": "owner", "HEAD": "director"}
    )

    assert "BOSS" == source.crm_value("owner")
    assert "HEAD" == source.crm_value("director")
    assert "manager" == source.crm_value("manager")


def test_what_is_ignored_shows_all_of_one_description() -> None:
    """A part of it is not enough."""
    binding = Binding(
        workflow="demo",
        adapter="amocrm",
        object="leads",
        ignore=(
            {"pipeline": ("Support",)},
            {"pipeline": ("Sales",), "status": ("New",)},
        ),
    )

    assert binding.ignores({"pipeline": "Support", "status": "Won"})
    assert binding.ignores({"pipeline": "Sales", "status": "New"})
    assert not binding.ignores({"pipeline": "Sales", "status": "Won"})
    assert ("pipeline", "status") == binding.read_properties
