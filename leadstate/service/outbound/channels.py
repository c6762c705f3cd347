"""Channels, opened from the settings: one message goes out, or says why not.

A channel sends what it is handed and keeps nothing; when, how often and what becomes
of a message that cannot go out is the business of `service.outbound.messages`.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, assert_never

from leadstate.errors import ConfigurationError
from leadstate.settings import EmailSettings, SlackSettings, WebhookSettings

if TYPE_CHECKING:
    from leadstate.service.channel import Channel
    from leadstate.settings import Settings

__all__ = ["open_channels"]


def open_channels(settings: Settings) -> dict[str, Channel]:
    """Open every channel of the settings file, secrets resolved.

    Raises:
        ConfigurationError: A secret is not there, or an address cannot be used.
    """
    opened: dict[str, Channel] = {}
    with ExitStack() as undo:
        for name in settings.channels:
            opened[name] = _open(settings, name)
            undo.callback(opened[name].close)
        undo.pop_all()
    return opened


def _open(settings: Settings, name: str) -> Channel:
    # Imported here: a command that sends nothing need not load what sends.
    from leadstate.service.outbound.mail import open_mail  # noqa: PLC0415
    from leadstate.service.outbound.posting import open_slack, open_webhook  # noqa: PLC0415

    one, where = settings.channels[name], f"{settings.file}: channels.{name}"
    match one:
        case WebhookSettings():
            secret = settings.channel_text(name, "secret")
            return open_webhook(one, _url(settings, name), secret, where)
        case SlackSettings():
            return open_slack(one, _url(settings, name), where)
        case EmailSettings():
            return open_mail(one, settings.channel_text(name, "password"))
        case _:  # pragma: no cover - every kind is named
            assert_never(one)


def _url(settings: Settings, name: str) -> str:
    found = settings.channel_text(name, "url")
    if not found:
        where = f"{settings.file}: channels.{name}.url"
        raise ConfigurationError(f"{where} must be an address: https://HOST/PATH")
    return found
