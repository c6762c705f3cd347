"""HubSpot's request signatures v1 and v3, which CRM subscriptions carry both.

v3 is the base64 HMAC-SHA256, under the client secret, of method + URI + raw body +
timestamp; of the URI's escapes, exactly those below are decoded ("Validating requests",
developers.hubspot.com).
"""

from __future__ import annotations

import base64
import hashlib
import hmac

_DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


def decoded_uri(uri: str) -> str:
    """Decode the twelve escapes the signature is made over, nothing else."""
    for escape, character in _DECODED.items():
        uri = uri.replace(escape, character).replace(escape.lower(), character)
    return uri


def signature_v3(secret: str, method: str, uri: str, body: bytes, at_ms: int) -> str:
    """Return X-HubSpot-Signature-v3."""
    message = f"{method}{decoded_uri(uri)}".encode() + body + str(at_ms).encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signature_v1(secret: str, body: bytes) -> str:
    """Return X-HubSpot-Signature of version v1."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def signed_headers(secret: str, uri: str, body: bytes, at_ms: int) -> dict[str, str]:
    """Return the headers of one delivery."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "HubSpot Connect 2.0",
        "X-HubSpot-Signature": signature_v1(secret, body),
        "X-HubSpot-Signature-Version": "v1",
        "X-HubSpot-Signature-v3": signature_v3(secret, "POST", uri, body, at_ms),
        "X-HubSpot-Request-Timestamp": str(at_ms),
    }
