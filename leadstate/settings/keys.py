"""The keys that the settings refer to: 32 bytes, written as 64 hexadecimal digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError
from leadstate.settings.secrets import secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.settings import Settings

__all__ = ["secret_key", "signing_key"]

_KEY_BYTES = 32


def secret_key(settings: Settings) -> bytes | None:
    """Return the 32-byte key for stored tokens, or None when none is set."""
    return _key(settings, "key", settings.key)


def signing_key(settings: Settings) -> bytes | None:
    """Return the 32-byte key that signs checkpoints, or None when none is set."""
    return _key(settings, "signing_key", settings.signing_key)


def _key(
    settings: Settings, name: str, reference: Mapping[str, str] | None
) -> bytes | None:
    if reference is None:
        return None
    text = secret(reference, settings.file.parent, f"{settings.file}: {name}")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(
            f"{settings.file}: {name} must be 64 hexadecimal digits; make one with: "
            'python -c "import secrets; print(secrets.token_hex(32))"'
        )
    return key
