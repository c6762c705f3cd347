"""Spend files: what is read, and every mistake with its row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import ConfigurationError
from leadstate.service.reports.spend import (
    LARGEST,
    MOST_MISTAKES,
    Spend,
    SpendForm,
    read_spend,
)

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "month,source,campaign,amount,currency\n"


def read(folder: Path, content: str | bytes, **form: object) -> tuple[Spend, ...]:
    """Return what a file of this content says."""
    path = folder / "spend.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_spend(path, SpendForm(**form))  # type: ignore[arg-type]


def told(folder: Path, content: str | bytes, **form: object) -> str:
    """Return why a file is refused."""
    with pytest.raises(ConfigurationError) as refused:
        read(folder, content, **form)
    return str(refused.value).replace(f"{folder / 'spend.csv'}: ", "")


def test_a_month_is_its_days_and_an_amount_is_exact(tmp_path: Path) -> None:
    """Leap years have a 29th of February; no float is in sight."""
    [row] = read(tmp_path, HEAD + "2028-02,ads,spring,1000.10,EUR\n")

    assert row == Spend(
        row=2,
        since=date(2028, 2, 1),
        until=date(2028, 2, 29),
        source="ads",
        campaign="spring",
        amount=Decimal("1000.10"),
        currency="EUR",
    )
    assert 29 == row.days


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("\ufeff" + HEAD + "2026-01,ads,,12.50,EUR\n", {}),
        (HEAD.replace(",", ";") + "2026-01;ads;;12,50;EUR\n", {"decimal_comma": True}),
        (HEAD + '2026-01,ads,,"12,50",EUR\n', {"decimal_comma": True}),
        (HEAD.replace(",", "\t") + "2026-01\tads\t\t12.50\tEUR\n", {}),
        ("AMOUNT, Source ,Month\r\n12.50,ads,2026-01\r\n\r\n", {"currency": "EUR"}),
        ((HEAD + "2026-01,ads,,12.50,EUR\n").encode("utf-16"), {"encoding": "utf-16"}),
    ],
    ids=["byte order mark", "semicolons", "quoted", "tabs", "capitals", "utf-16"],
)
def test_files_of_spreadsheets_are_read(
    tmp_path: Path, content: str | bytes, form: dict[str, object]
) -> None:
    """However a spreadsheet writes it, it is the same row."""
    [row] = read(tmp_path, content, **form)

    found = row.source, row.campaign, row.amount, row.currency, row.since
    assert ("ads", None, Decimal("12.5"), "EUR", date(2026, 1, 1)) == found


def test_days_may_be_given_instead_of_a_month(tmp_path: Path) -> None:
    """The last day is included."""
    [row] = read(
        tmp_path,
        "from,to,source,amount,currency\n2026-01-30,2026-02-02,ads,5,USD\n",
    )

    assert (date(2026, 1, 30), date(2026, 2, 2), 4) == (row.since, row.until, row.days)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2026-1,ads,,5,EUR", "row 2: '2026-1' is no month; write it like 2026-03"),
        ("2026-13,ads,,5,EUR", "row 2: '2026-13' is no month; write it like 2026-03"),
        ("0000-01,ads,,5,EUR", "row 2: '0000-01' is no month; write it like 2026-03"),
        ("2026-01,,,5,EUR", "row 2: the source is missing"),
        (
            "2026-01,ads,,-5,EUR",
            (
                "row 2: '-5' is no amount; it is negative: take a refund off the row "
                "that it belongs to"
            ),
        ),
        (
            '2026-01,ads,,"1,234",EUR',
            (
                "row 2: '1,234' is no amount; write it like 1234.50, without thousands "
                "separators; if its comma is a decimal comma, say so: --decimal-comma"
            ),
        ),
        (
            "2026-01,ads,,5 EUR,EUR",
            (
                "row 2: '5 EUR' is no amount; write it like 1234.50, without thousands "
                "separators and signs"
            ),
        ),
        ("2026-01,ads,,NaN,EUR", "row 2: 'NaN' is no amount"),
        ("2026-01,ads,,1e9,EUR", "row 2: '1e9' is no amount"),
        ("2026-01,ads,,\u0665,EUR", "row 2: '\u0665' is no amount"),
        ("2026-01,ads,,,EUR", "row 2: '' is no amount"),
        (
            "2026-01,ads,,5,euro",
            "row 2: 'euro' is no currency; write three letters, such as EUR",
        ),
        ("2026-01,ads,,5,", "row 2: '' is no currency"),
        (
            "2026-01,ads,12,5,50,EUR",
            "row 2: has 6 cells, and the head has 5; quote a cell that holds a comma",
        ),
        ("2026-01,ads", "row 2: has 2 cells, and the head has 5"),
        (
            "2026-01,ads,,5,EUR\n2026-01,Ads,,6,EUR",
            (
                "row 3: 'Ads'  was told for these days already in row 2; add them up, "
                "or split their days"
            ),
        ),
        (
            '2026-01,ads,,5,EUR\n2026-01,"ads,,6,EUR\n',
            "row 3: a quoted text is not closed",
        ),
        ("2026-01,a\x00ds,,5,EUR", "row 2: the control character U+0000 stands here"),
    ],
    ids=[
        "short month",
        "month 13",
        "year 0",
        "no source",
        "negative",
        "comma",
        "sign",
        "NaN",
        "exponent",
        "digits of another script",
        "no amount",
        "word as currency",
        "no currency",
        "too many cells",
        "too few cells",
        "twice",
        "half a file",
        "control character",
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_number(
    tmp_path: Path, row: str, why: str
) -> None:
    """The row as the spreadsheet counts it, and how to go on."""
    assert told(tmp_path, HEAD + row).startswith(why)


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("", "row 1: the file is empty"),
        (HEAD, "row 1: the file has a head and no row"),
        ("source,amount,currency\n", "row 1: either 'month' is needed, or 'from' and"),
        ("from,source,amount,currency\n", "row 1: either 'month' is needed, or 'from'"),
        ("month,from,to,source,amount,currency\n", "row 1: either 'month' is needed"),
        ("month,amount,currency\n", "row 1: the column 'source' is missing"),
        ("month,source,currency\n", "row 1: the column 'amount' is missing"),
        ("month,source,amount\n", "row 1: there is no column 'currency'; say it for"),
        (
            "month,source,amuont,amount,currency\n",
            (
                "row 1: there is no column 'amuont'; known: month, from, to, source, "
                "campaign, amount, currency. Did you mean 'amount'?"
            ),
        ),
        (
            "month,source,source,amount,currency\n",
            "row 1: the column 'source' stands twice",
        ),
    ],
    ids=[
        "empty",
        "head alone",
        "no time",
        "no end",
        "both times",
        "no source",
        "no amount",
        "no currency",
        "misspelt",
        "twice",
    ],
)
def test_what_is_wrong_with_the_head_is_said(
    tmp_path: Path, head: str, why: str
) -> None:
    """Nothing is guessed of columns."""
    assert told(tmp_path, head).startswith(why)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2026-02-30,2026-03-01", "row 2: 'from': '2026-02-30' is no day; write it"),
        ("2026-02-01,1.3.26", "row 2: 'to': '1.3.26' is no day; write it like"),
        ("2026-02-02,2026-02-01", "row 2: 'to' (2026-02-01) is before 'from'"),
    ],
    ids=["no such day", "another way to write", "turned round"],
)
def test_days_are_real_days_in_order(tmp_path: Path, row: str, why: str) -> None:
    """From and to are written like 2026-03-31."""
    content = f"from,to,source,amount,currency\n{row},ads,5,EUR\n"

    assert told(tmp_path, content).startswith(why)


def test_days_that_overlap_are_told_twice_whatever_their_order(tmp_path: Path) -> None:
    """A long row over two short ones, and one at the very end of another."""
    content = (
        "from,to,source,amount,currency\n"
        "2026-01-20,2026-01-25,ads,5,EUR\n"
        "2026-01-01,2026-01-31,ads,5,EUR\n"
        "2026-01-31,2026-02-01,ads,5,EUR\n"
        "2026-02-02,2026-02-03,ads,5,EUR\n"
        "2026-01-20,2026-01-25,ads,5,USD\n"
    )

    assert [
        "row 3: 'ads'  was told for these days already in row 2",
        "row 4: 'ads'  was told for these days already in row 3",
    ] == [line.partition(";")[0] for line in told(tmp_path, content).splitlines()]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    """Up to a hundred, and then their number."""
    content = HEAD + "2026-01,,,x,EUR\n" * (MOST_MISTAKES // 2 + 5)
    lines = told(tmp_path, content).splitlines()

    assert [MOST_MISTAKES + 1, "... and 10 more"] == [len(lines), lines[-1]]


def test_bytes_of_another_encoding_are_told_with_their_row(tmp_path: Path) -> None:
    """And how to say which encoding it is."""
    content = (HEAD + "2026-01,Präsenz,,5,EUR\n").encode("cp1252")

    assert (
        "row 2: a byte here is not utf-8. Save it as UTF-8, or say how it is written: "
        "--encoding cp1252"
    ) == told(tmp_path, content)
    assert "Präsenz" == read(tmp_path, content, encoding="cp1252")[0].source
    assert told(tmp_path, HEAD.encode("utf-16")).startswith("the file is UTF-16. Save")
    assert "there is no encoding 'klingon'; usual ones are" in (
        told(tmp_path, content, encoding="klingon")
    )


def test_files_that_cannot_be_read_are_told_so(tmp_path: Path) -> None:
    """A missing file, a folder, a file beyond all measure, a currency of nowhere."""
    with pytest.raises(ConfigurationError, match="the file cannot be read: No such"):
        read_spend(tmp_path / "none.csv")
    with pytest.raises(ConfigurationError, match="the file cannot be read: Is a"):
        read_spend(tmp_path)
    assert told(tmp_path, b"x" * (LARGEST + 1)).endswith(
        "the file is larger than 16 MiB; sum it up by month"
    )
    assert told(tmp_path, HEAD, currency="eur").startswith("'eur' is no currency")


def test_ten_thousand_columns_are_one_clear_answer(tmp_path: Path) -> None:
    """A wrong file is refused with its first mistakes, not with a flood."""
    content = ",".join(f"c{number}" for number in range(10_000)) + "\n"
    lines = told(tmp_path, content).splitlines()

    assert MOST_MISTAKES + 1 == len(lines)


def test_sources_that_the_workflow_lists_are_the_only_ones(tmp_path: Path) -> None:
    """A misspelt one is told with its neighbour; another spelling of a case is it."""
    sources = ("Ads", "Events")

    assert (
        "Ads"
        == read(tmp_path, HEAD + "2026-01,ADS,,5,EUR\n", sources=sources)[0].source
    )
    assert (
        "row 2: the workflow has no source 'Evnts'; known: Ads, Events. Did you mean "
        "'Events'?"
    ) == told(tmp_path, HEAD + "2026-01,Evnts,,5,EUR\n", sources=sources)
    assert told(tmp_path, HEAD + "2026-01,zzz,,5,EUR\n", sources=sources).endswith(
        "known: Ads, Events."
    )


def test_a_comma_is_decimal_only_when_it_is_said_to_be(tmp_path: Path) -> None:
    """Then a point is refused: somebody may have meant thousands by it."""
    content = HEAD.replace(",", ";") + "2026-01;ads;;{};EUR\n"
    [row] = read(tmp_path, content.format("1234,5"), decimal_comma=True)

    assert Decimal("1234.5") == row.amount
    for written in ("1.234", "1.234,5"):
        assert "write it like 1234,50, without" in told(
            tmp_path, content.format(written), decimal_comma=True
        )
