"""The server behind `cricksy dashboard`: Voila for one notebook, a token, and the store's videos.

Kernels are culled after ten idle minutes (a browser that closes a page does not free its kernel), never
preheated (one that was culled while it waited shows a dead page); the page may fetch from this server alone.
Health check: ``/voila/static/voila.js`` needs no token and starts no kernel; a GET of the page itself does.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tornado import ioloop, netutil, web
from tornado.httpserver import HTTPServer
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from cricksy_lib.dashboard.auth import LoginHandler, TokenIdentityProvider
from cricksy_lib.dashboard.channel import ChannelHandler
from cricksy_lib.dashboard.media import MEDIA_PATH, store_root
from cricksy_lib.dashboard.media_handlers import BucketMediaHandler, FolderMediaHandler
from cricksy_lib.errors import UsageError
from cricksy_lib.jobs.store import open_store
from cricksy_lib.settings import Settings, get_settings

NOTEBOOK = Path(__file__).resolve().parents[2] / "dashboards" / "coach.ipynb"
TEMPLATES = Path(__file__).resolve().parent / "share" / "jupyter"
DEFAULT_PORT = 8866
CULL_INTERVAL_S = 60
CULL_IDLE_S = 600

_log = logging.getLogger(__name__)


class PageHandler(TornadoVoilaHandler):
    """The page itself; a token in its address becomes a cookie first, so that it stays out of the history."""

    @web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Render the page, or redirect to the same address without its token."""
        query = parse_qsl(self.request.query, keep_blank_values=True)
        if any(name == "token" for name, _ in query):
            kept = urlencode([(name, value) for name, value in query if name != "token"])
            self.redirect(self.request.path + (f"?{kept}" if kept else ""))
            return
        if path:  # only one page is served; a kernel for a stray path would be a waste
            raise web.HTTPError(404)
        await super().get(path)


class ClosingHandler(VoilaShutdownKernelHandler):
    """End a page's kernel when the page is closed.

    The browser says so with a beacon, which cannot carry the anti-forgery cookie's twin; it does carry its
    origin, and only a page of this very server may end a kernel.
    """

    def check_xsrf_cookie(self) -> None:
        """Accept requests from our own pages alone."""
        if urlsplit(self.request.headers.get("Origin", "")).netloc != self.request.host:
            raise web.HTTPError(403)


_OURS = {
    TornadoVoilaHandler: PageHandler,
    VoilaShutdownKernelHandler: ClosingHandler,
    VoilaKernelWebsocketHandler: ChannelHandler,
}


class CoachDashboard(Voila):
    """Voila with one notebook, our templates, the media route and no configuration files."""

    host = "127.0.0.1"
    place = ""
    media_handler: tuple[type, dict[str, Any]] | None = None

    def init_handlers(self) -> list[Any]:
        """Put our page, our way of closing it and the store's media in the place of Voila's."""
        handlers = []
        for rule in super().init_handlers():
            handlers.append((rule[0], _OURS.get(rule[1], rule[1]), *rule[2:]))
        if self.media_handler is not None:
            route = f"{self.server_url.rstrip('/')}/{MEDIA_PATH}(.*)"
            handlers.insert(0, (route, *self.media_handler))
        return handlers

    def init_settings(self) -> dict[str, Any]:
        """Use our sign-in page."""
        settings = super().init_settings()
        settings["identity_provider"].login_handler_class = LoginHandler
        return settings

    def listen(self) -> None:
        """Bind first, then say where; a port of 0 takes a free one."""
        sockets = netutil.bind_sockets(self.port, self.host)
        self.port: int = sockets[0].getsockname()[1]
        HTTPServer(self.app).add_sockets(sockets)
        self.announce()
        self.ioloop = ioloop.IOLoop.current()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            _log.info("dashboard stopping")
        finally:
            self.stop()

    def announce(self) -> None:
        """Print the address, with the token, and where the jobs lie, on standard error.

        A mistyped store shows no job, and is seen here.
        """
        shown = f"[{self.host}]" if ":" in self.host else self.host
        query = f"?{urlencode({'token': self.token})}" if self.token else ""
        # The address comes last, alone on its line: programs wait for it.
        lines = f"The jobs lie in {self.place}.\nDashboard: http://{shown}:{self.port}/{query}"
        print(lines, file=sys.stderr, flush=True)  # noqa: T201


def is_loopback(host: str) -> bool:
    """Say whether a host name or address reaches this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def content_policy() -> str:
    """Return the page's Content-Security-Policy: this server alone, through which all videos come."""
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    )


def build_config(cull_interval_s: int, cull_idle_s: int) -> Config:
    """Return Voila's configuration for the coach's page."""
    config = Config()
    config.VoilaConfiguration.template = "cricksy"
    config.VoilaConfiguration.strip_sources = True
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.preheat_kernel = False
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = []
    # Between server and kernels, so that nobody else on this machine can listen.
    config.KernelManager.transport_encryption = "auto"
    config.MappingKernelManager.cull_interval = cull_interval_s
    config.MappingKernelManager.cull_idle_timeout = cull_idle_s
    return config


# Our notebook is part of the program and holds no outputs; and Tornado mends Jupyter's own setting by itself.
_NO_NEWS = ("Notebook %s is not trusted", "The websocket_ping_timeout (")


def _is_news(record: logging.LogRecord) -> bool:
    """Drop the warnings that say nothing."""
    return not str(record.msg).startswith(_NO_NEWS)


def _log_request(handler: web.RequestHandler) -> None:
    """Log failures by path alone: a query may hold the token."""
    if handler.get_status() >= 500:
        _log.error("request failed: status=%d path=%s", handler.get_status(), handler.request.path)
    else:
        _log.debug("request: status=%d path=%s", handler.get_status(), handler.request.path)


def kernel_environment(settings: Settings) -> dict[str, str]:
    """Return the settings that a page's kernel reads from its environment. The token is not among them."""
    root = store_root(settings.store)
    bucket = settings.model_dump(
        mode="json",
        exclude_none=True,
        include={"s3_sse", "s3_sse_kms_key_id", "s3_storage_class", "s3_settle_seconds"},
    )
    return {
        **{f"CRICKSY_{name.upper()}": str(value) for name, value in bucket.items()},
        "CRICKSY_STORE": settings.store if root is None else str(root.absolute()),
        "CRICKSY_DASHBOARD_POLL_SECONDS": str(settings.dashboard_poll_seconds),
        "CRICKSY_DASHBOARD_SLOW_AFTER_SECONDS": str(settings.dashboard_slow_after_seconds),
    }


def serve(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    token: str | None = None,
    settings: Settings | None = None,
    *,
    cull_interval_s: int = CULL_INTERVAL_S,
    cull_idle_s: int = CULL_IDLE_S,
) -> None:
    """Serve the dashboard until interrupted; prints its address and the store's place on standard error.

    Parameters
    ----------
    host, port : where to listen; port 0 takes a free one.
    token : the sign-in token; generated when there is none here nor in the settings.
    settings : the settings to serve with; from the environment if None.
    cull_interval_s, cull_idle_s : how often kernels are looked at, and how long one may idle, seconds.

    Raises
    ------
    UsageError
        If the host is not loopback and no token was chosen, or the port cannot be bound.
    StoreError
        If the store cannot be opened.
    """
    settings = settings or get_settings()
    token = token or settings.dashboard_token
    if not token and not is_loopback(host):
        raise UsageError(
            f"'{host}' can be reached from other machines, and no token was given.",
            "Give --token (or CRICKSY_DASHBOARD_TOKEN), and put a proxy with TLS in front.",
        )
    store = open_store(settings.store, settings)
    os.environ.pop("CRICKSY_DASHBOARD_TOKEN", None)
    os.environ.update(kernel_environment(settings))
    found = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join([str(TEMPLATES), *([found] if found else [])])
    app = CoachDashboard(
        config=build_config(cull_interval_s, cull_idle_s),
        notebook_path=str(NOTEBOOK),
        root_dir=str(NOTEBOOK.parent),
        config_file_paths=[],
        identity_provider_class=TokenIdentityProvider,
        token=token or secrets.token_urlsafe(24),
        port=port,
        ip=host,
        open_browser=False,
        log_level=logging.WARNING,
        tornado_settings={
            "headers": {
                "Content-Security-Policy": content_policy(),
                "Referrer-Policy": "same-origin",
            },
            "log_function": _log_request,
        },
    )
    app.host, app.place = host, store.place
    root = store_root(settings.store)
    app.media_handler = (
        (BucketMediaHandler, {"store": store}) if root is None else (FolderMediaHandler, {"root": root})
    )
    app.initialize([])
    for log in (app.log, logging.getLogger("tornado.general")):
        log.addFilter(_is_news)
    try:
        app.start()
    except OSError as error:
        raise UsageError(
            f"Port {port} on {host} cannot be used ({error.strerror or error}).",
            "Choose another with --port.",
        ) from error
