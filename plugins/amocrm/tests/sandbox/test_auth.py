"""Who may call: tokens, consent, rotation, context users, rights."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    import httpx

    from conftest import Running

DAY = 86_400


def asked(sandbox: Running, **changes: str) -> dict[str, str]:
    """Return a refresh request, changed."""
    config = sandbox.config
    return {
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": config.refresh_token,
        "redirect_uri": config.redirect_uri,
    } | changes


def token(sandbox: Running, **changes: str) -> httpx.Response:
    """Ask for tokens with JSON, as the documentation shows."""
    return sandbox.http.post("/oauth2/access_token", json=asked(sandbox, **changes))


def account(sandbox: Running, access: str) -> int:
    """Return what a token is worth."""
    headers = {"Authorization": f"Bearer {access}"}
    return sandbox.http.get("/api/v4/account", headers=headers).status_code


def consent(sandbox: Running, **query: str) -> httpx.Response:
    """Open the page where the user decides."""
    usual = {
        "client_id": sandbox.config.client_id,
        "state": "s t",
        "mode": "post_message",
    }
    return sandbox.http.get("/oauth", params=usual | query)


def code_of(sandbox: Running) -> str:
    """Return a fresh code."""
    return parse_qs(urlsplit(consent(sandbox).headers["location"]).query)["code"][0]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Basic x", "Bearer \xff"]
)
def test_a_wrong_token_is_unauthorized(sandbox: Running, header: str) -> None:
    """401 as a problem, whatever stands there."""
    answer = sandbox.http.get(
        "/api/v4/leads", headers={"Authorization": header.encode("latin-1")}
    )

    assert answer.status_code == 401
    assert answer.json()["title"] == "Unauthorized"


def test_the_browser_comes_back_with_a_code(sandbox: Running) -> None:
    """Code, state and the account's own host, at the registered address."""
    where = urlsplit(consent(sandbox).headers["location"])
    query = parse_qs(where.query)

    assert where._replace(query="").geturl() == sandbox.config.redirect_uri
    assert query["state"] == ["s t"]
    assert query["referer"] == [sandbox.base.removeprefix("http://")]
    assert token(
        sandbox, grant_type="authorization_code", code=query["code"][0]
    ).is_success


def test_the_user_can_refuse(sandbox: Running) -> None:
    """A policy: the browser brings an error and no code."""
    sandbox.policy(deny_consent=True)
    query = parse_qs(urlsplit(consent(sandbox).headers["location"]).query)

    assert query["error"] == ["access_denied"]
    assert "code" not in query
    assert consent(sandbox, client_id="other").status_code == 404


@pytest.mark.parametrize("form", ["json", "data"])
def test_tokens_are_handed_out_for_json_and_forms(sandbox: Running, form: str) -> None:
    """The vendor's own client posts a form, the documentation JSON."""
    body = asked(sandbox)
    given: dict[str, Any] = {form: body}
    answer = sandbox.http.post("/oauth2/access_token", **given)
    pair = answer.json()
    part = pair["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))

    assert answer.headers["content-type"] == "application/json"
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", DAY)
    assert pair["server_time"] == sandbox.control("GET", "clock")["now_ms"] // 1000
    assert claims["account_id"] == sandbox.config.account_id
    assert claims["api_domain"] == sandbox.base.removeprefix("http://")
    assert account(sandbox, pair["access_token"]) == 200


def test_a_refresh_token_is_good_for_once(sandbox: Running) -> None:
    """The next one comes with the answer; the spent one is 400 with a hint."""
    first = token(sandbox).json()
    spent = token(sandbox)
    second = token(sandbox, refresh_token=first["refresh_token"])

    assert spent.status_code == 400
    assert spent.json()["hint"] == "Token has been revoked"
    assert spent.json()["type"].endswith("/OAuthProblemJson")
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert account(sandbox, first["access_token"]) == 200


def test_a_code_is_good_for_once_and_twenty_minutes(sandbox: Running) -> None:
    """Then it is revoked or expired."""
    used, late = code_of(sandbox), code_of(sandbox)
    grant = "authorization_code"
    first = token(sandbox, grant_type=grant, code=used)
    again = token(sandbox, grant_type=grant, code=used)
    sandbox.control("POST", "clock", {"advance_seconds": 1200})
    expired = token(sandbox, grant_type=grant, code=late)

    assert first.status_code == 200
    assert again.json()["hint"] == "Authorization code has been revoked"
    assert expired.json()["hint"] == "Authorization code has expired"


def test_tokens_end_on_the_sandbox_clock(sandbox: Running) -> None:
    """The access token after a day, the refresh token after three months."""
    pair = token(sandbox).json()
    sandbox.control("POST", "clock", {"advance_seconds": DAY})
    access = account(sandbox, pair["access_token"])
    sandbox.control("POST", "clock", {"advance_seconds": 90 * DAY})
    late = token(sandbox, refresh_token=pair["refresh_token"])

    assert access == 401
    assert late.json()["hint"] == "Token has expired"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "x"},
        {"client_secret": "x"},
        {"redirect_uri": "http://other.example"},
        {"grant_type": "password"},
        {"refresh_token": "x"},
        {"grant_type": "authorization_code", "code": "x"},
    ],
    ids=str,
)
def test_a_wrong_token_request_spends_nothing(
    sandbox: Running, changes: dict[str, str]
) -> None:
    """400 with a hint, and the refresh token is still good."""
    refused = token(sandbox, **changes)

    assert refused.status_code == 400
    assert refused.json()["hint"]
    assert token(sandbox).status_code == 200


def test_an_empty_token_request_is_refused(sandbox: Running) -> None:
    """Neither JSON nor form."""
    assert sandbox.http.post("/oauth2/access_token").status_code == 400


def test_a_refresh_token_finds_the_account(sandbox: Running) -> None:
    """After a change of subdomain a client asks so where the account is."""
    path = "/oauth2/account/current/subdomain"
    good = sandbox.http.get(
        path, headers={"X-Refresh-Token": sandbox.config.refresh_token}
    )

    assert good.json()["subdomain"] == sandbox.config.subdomain
    assert good.json()["domain"] == sandbox.base.removeprefix("http://")
    assert sandbox.http.get(path).status_code == 401


def test_an_uninstalled_integration_is_refused(sandbox: Running) -> None:
    """401 until a code is exchanged anew."""
    sandbox.control("POST", "uninstall")
    refused = account(sandbox, sandbox.config.token)
    token(sandbox, grant_type="authorization_code", code=code_of(sandbox))

    assert refused == 401
    assert account(sandbox, sandbox.config.token) == 200


def test_an_account_that_does_not_pay_is_refused(sandbox: Running) -> None:
    """Writes first, then everything."""
    sandbox.policy(unpaid="read")
    read, write = sandbox.api("GET", "leads"), sandbox.api("POST", "leads", [{}])
    sandbox.policy(unpaid="nothing")

    assert (read.status_code, write.status_code) == (204, 402)
    assert sandbox.api("GET", "leads").status_code == 402


def test_another_users_rights_can_be_used(sandbox: Running) -> None:
    """Only by an administrator's token, and only those of an ordinary user."""
    lead = sandbox.lead()

    def act_as(user: int) -> dict[str, dict[str, str]]:
        return {"headers": {"X-Context-User-ID": str(user)}}

    body = {"price": 5}
    as_sales = sandbox.api("PATCH", f"leads/{lead}", body, **act_as(catalog.SALES_USER))
    author = sandbox.read(lead)["updated_by"]
    refused = [
        sandbox.api("GET", "leads", **act_as(user)).status_code
        for user in (catalog.FREE_USER, catalog.FORMER_USER, 1)
    ]

    assert (as_sales.status_code, author) == (200, catalog.SALES_USER)
    assert refused == [403, 403, 403]
    headers = {"X-Context-User-ID": "x"}
    assert sandbox.api("GET", "leads", headers=headers).status_code == 403


def test_rights_reach_down_to_the_stage(sandbox: Running) -> None:
    """Edits of a stage denied, leads of others unseen, settings for administrators."""
    sales, marketing = (
        {"headers": {"X-Context-User-ID": str(user)}}
        for user in (catalog.SALES_USER, catalog.MARKETING_USER)
    )
    lead = sandbox.lead(status_id=catalog.SQL)
    edit = sandbox.api("PATCH", f"leads/{lead}", {"price": 1}, **sales).status_code
    seen = sandbox.api("GET", f"leads/{lead}", **sales).status_code
    unseen = sandbox.api("GET", f"leads/{lead}", **marketing).status_code
    listed = sandbox.api("GET", "leads", **marketing).status_code
    own = sandbox.api("POST", "leads", [{}], **marketing)
    number = own.json()["_embedded"]["leads"][0]["id"]
    settings = [
        sandbox.api(*call, **sales).status_code
        for call in (
            ("GET", "users"),
            ("POST", "leads/pipelines", [{"name": "x"}]),
            ("POST", "leads/custom_fields", [{"name": "x", "type": "text"}]),
        )
    ]

    assert (edit, seen) == (403, 200)
    assert (unseen, listed) == (204, 204)
    assert sandbox.api("GET", f"leads/{number}", **marketing).status_code == 200
    assert settings == [403, 403, 403]
    link = [{"to_entity_id": 1, "to_entity_type": "contacts"}]
    unlinked = sandbox.api("POST", f"leads/{lead}/link", link, **sales)
    assert unlinked.status_code == 403


def test_every_user_has_every_member_of_the_rights(sandbox: Running) -> None:
    """The vendor's client trips over an absent one."""
    users = sandbox.get("users?with=role,group,uuid,amojo_id", "users")
    rights = users[1]["rights"]

    assert len(users) == 6
    assert set(rights["leads"]) == {"view", "edit", "add", "delete", "export"}
    assert isinstance(rights["catalog_access"], bool)
    assert rights["status_rights"][0]["status_id"] == catalog.SQL
    assert {"uuid", "amojo_id"} < set(users[0])
    assert set(users[0]["_embedded"]) == {"roles", "groups"}
    one = sandbox.api("GET", f"users/{catalog.ADMIN}").json()
    assert one["rights"]["is_admin"] is True
    assert sandbox.api("GET", "users/1").status_code == 404


def test_a_form_keeps_what_was_typed(sandbox: Running) -> None:
    """The state comes back letter for letter."""
    state = "a&b=c ü"
    where = consent(sandbox, state=state).headers["location"]

    assert dict(parse_qsl(urlsplit(where).query))["state"] == state
