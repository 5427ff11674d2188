"""Who may come in: a link that works once, or a password, and from then on a cookie."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address

from lggseg.errors import InputError

COOKIE = "lggseg_session"
LOOPBACK = "127.0.0.1"

_BYTES = 32


def check_listen(address: str, password: str | None) -> None:
    """Refuse to open the door to other computers without a password.

    Raises:
        InputError: If the address is not one, or is not this computer's own and there is no password.
    """
    try:
        own = ip_address(address).is_loopback
    except ValueError as error:
        msg = f"--listen: expected an IP address of this computer, such as 0.0.0.0 or 192.168.1.5, got {address!r}"
        raise InputError(msg) from error
    if not own and not password:
        msg = (
            f"--listen {address} lets other computers in: expected a password, got none; set LGGSEG_APP_PASSWORD, or "
            f"leave --listen out to stay on {LOOPBACK}"
        )
        raise InputError(msg)


@dataclass
class Doorkeeper:
    """Gives out tokens and cookies and knows those that it gave.

    Attributes:
        password: What lets a person in besides a link; None where there is none.
    """

    password: str | None = None
    _tokens: set[str] = field(default_factory=set)
    _sessions: set[str] = field(default_factory=set)

    def new_token(self) -> str:
        """Return a token for a link that works once."""
        token = secrets.token_urlsafe(_BYTES)
        self._tokens.add(token)
        return token

    def admit(self, token: str = "", password: str = "") -> str | None:
        """Return the cookie of a new session, or None where neither the token nor the password is right."""
        if token in self._tokens:
            self._tokens.discard(token)
        elif not (self.password and hmac.compare_digest(password.encode(), self.password.encode())):
            return None
        session = secrets.token_urlsafe(_BYTES)
        self._sessions.add(session)
        return session

    def knows(self, session: str | None) -> bool:
        """Tell whether a cookie is one of a session that is open."""
        return session in self._sessions

    def forget(self, session: str) -> None:
        """End a session: its cookie opens nothing any more."""
        self._sessions.discard(session)


def is_own_host(host: str, allowed: frozenset[str]) -> bool:
    """Tell whether a ``Host`` header names this server: another name is a page elsewhere that was pointed here."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 or host.startswith("[") else host
    return name.strip("[]").lower() in allowed
