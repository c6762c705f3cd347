"""A mailbox keeps what is posted to it, as the receiver would get it."""

from __future__ import annotations

import httpx

from leadstate.testing import Mailbox


def test_what_is_posted_is_kept_until_the_box_is_emptied() -> None:
    """Raw bytes, lower-case headers, the address with its query."""
    with Mailbox("/hooks/crm?c=1") as mailbox:
        answer = httpx.post(
            mailbox.url, content=b"\xff{}", headers={"X-Sign": "s"}, trust_env=False
        )
        [request] = mailbox.empty()
        again = mailbox.empty()

    assert 200 == answer.status_code
    assert ("POST", b"\xff{}") == (request.method, request.body)
    assert mailbox.url == request.url
    assert request.url.endswith("/hooks/crm?c=1")
    assert "s" == request.headers["x-sign"]
    assert [] == again


def test_two_mailboxes_have_addresses_of_their_own() -> None:
    """Tests that run side by side do not read each other's mail."""
    with Mailbox() as one, Mailbox() as two:
        httpx.post(one.url, content=b"1", trust_env=False)

        assert [] == two.empty()
        assert [b"1"] == [request.body for request in one.empty()]
