"""Delivers a notification to a chat, a mailbox or a phone, through Apprise (https://github.com/caronc/apprise).

Apprise knows no idempotency key: where an answer gets lost, the message comes twice.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from core.alerting import Notification
from core.errors import DeliveryFailed, SetupError
from core.notifications import message

# they name addresses, with the tokens in them
for _name in ("apprise", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

KINDS: Final = {"critical": "failure", "warning": "warning", "info": "info", "": "success"}
"""By severity word, Apprise's word, which chooses a colour; without one, it is over."""


class ChatNotifier:
    """Fills `core.ports.Notifier`. The address, which holds a token, never stands in a message."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: one of Apprise's, as `slack://…` or `mailto://…`.

        Raises:
            SetupError: Apprise does not know such an address.
        """
        from apprise import Apprise, AppriseAsset

        # a redirect could lead anywhere
        asset = AppriseAsset(app_id="Groundswell", app_desc="Groundswell", app_url="", http_redirects=False)
        made = Apprise.instantiate(url, asset=asset)
        if made is None:
            raise SetupError("the address is not one that Apprise knows")
        self._target: Any = made

    def notify(self, notification: Notification) -> None:
        """Deliver once.

        Raises:
            DeliveryFailed: it was not taken. Apprise does not say whether it ever will be.
        """
        from apprise import NotifyFormat, NotifyType

        said = message(notification.payload)
        kind = NotifyType(KINDS[said.severity])
        if not self._target.notify(title=said.title, body=said.body, notify_type=kind, body_format=NotifyFormat.TEXT):
            raise DeliveryFailed("the chat or mail service did not take the message")
