"""Who may see the dashboard: whoever holds its token."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.auth.login import LoginFormHandler
from tornado import web

from cricksy_lib.dashboard.views import login_page


class TokenIdentityProvider(IdentityProvider):
    """One shared token, compared in constant time; no password can be set from the page."""

    @property
    def auth_enabled(self) -> bool:
        """Whether a token is needed at all."""
        return bool(self.token)

    def process_login_form(self, handler: web.RequestHandler) -> User | None:
        """Return a user if the token typed into the sign-in form is right."""
        typed = handler.get_argument("password", default="")
        if not self.auth_enabled or hmac.compare_digest(typed.encode(), str(self.token).encode()):
            return self.generate_anonymous_user(handler)
        return None

    async def get_user_token(self, handler: web.RequestHandler) -> User | None:
        """Return a user if the request itself carries the right token."""
        given = self.get_token(handler)
        if not self.auth_enabled or not given:
            return None
        if not hmac.compare_digest(given.encode(), str(self.token).encode()):
            return None
        return self.get_user_cookie_or_new(handler)

    def get_user_cookie_or_new(self, handler: web.RequestHandler) -> User:
        """Return the user of the request's cookie, or a new one, so that one browser stays one user."""
        known: Any = self.get_user_cookie(handler)
        return known if isinstance(known, User) else self.generate_anonymous_user(handler)


class LoginHandler(LoginFormHandler):
    """The sign-in page, without anything from outside."""

    def _render(self, message: dict[str, str] | None = None) -> None:
        refused = bool(message) or self._came_with_a_token()
        self.write(login_page(self.request.uri or "", self.xsrf_form_html(), refused=refused))

    def _came_with_a_token(self) -> bool:
        """Say whether the address asked for carried a token: with the right one nobody is sent here."""
        asked = urlsplit(self.get_argument("next", default=""))
        return "token" in parse_qs(asked.query)
