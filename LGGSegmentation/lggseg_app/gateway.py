"""The door: lets people in, gives each browser a session of its own, and passes everything on to it."""

from __future__ import annotations

import asyncio
import contextlib
import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from lggseg.errors import LggsegError
from lggseg.notice import RESEARCH_USE
from lggseg_app.access import COOKIE, Doorkeeper, is_own_host
from lggseg_app.children import SECRET_HEADER, Child, Command, start_child

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
    "upgrade", "host", "content-length", "content-encoding",
})  # fmt: skip
_LARGEST_MESSAGE = 1 << 28
_CLOSE_SECONDS = 0.5  # for the other side to say goodbye
_PATIENCE = aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS)
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self' blob:; "
    "media-src 'self' blob:; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,  # the browser itself refuses whatever would come from elsewhere
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass
class Gateway:
    """Sessions by cookie.

    Attributes:
        doorkeeper: Who may come in.
        command: What starts a session.
        hosts: Names by which this server may be called.
        invite: Is called with a new token when one was used, so that another browser can come in.
    """

    doorkeeper: Doorkeeper
    command: Command
    hosts: frozenset[str]
    invite: Callable[[str], None] = lambda token: None
    _children: dict[str, Child] = field(default_factory=dict)
    _starting: dict[str, asyncio.Lock] = field(default_factory=dict)
    _client: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        """Return the web application."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/healthz", _alive)
        app.router.add_post("/enter", self._enter_by_password)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        app.cleanup_ctx.append(self._life)
        return app

    async def _life(self, _app: web.Application):  # type: ignore[no-untyped-def]
        self._client = aiohttp.ClientSession(auto_decompress=False)
        yield
        await self._client.close()
        await asyncio.gather(*(child.end() for child in self._children.values()))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse pages from elsewhere that were pointed here, and add what tells the browser to do the same."""
        if not is_own_host(request.host, self.hosts) or not _same_origin(request):
            return web.Response(status=421, text="This server answers to its own address alone.")
        if request.path not in ("/enter", "/healthz") and not self.doorkeeper.knows(request.cookies.get(COOKIE)):
            return self._enter_by_token(request)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    def _enter_by_token(self, request: web.Request) -> web.Response:
        session = self.doorkeeper.admit(token=request.query.get("token", ""))
        if session is None:
            return web.Response(status=403, text=_door_page(self.doorkeeper.password), content_type="text/html")
        self.invite(self.doorkeeper.new_token())
        return _welcome(session)

    async def _enter_by_password(self, request: web.Request) -> web.Response:
        form = await request.post()
        session = self.doorkeeper.admit(password=str(form.get("password", "")))
        if session is None:
            await asyncio.sleep(1.0)  # whoever guesses has to wait
            return web.Response(status=403, text=_door_page(self.doorkeeper.password), content_type="text/html")
        return _welcome(session)

    async def _child_of(self, session: str) -> Child:
        """Return the session's process; one that has died is started anew."""
        async with self._starting.setdefault(session, asyncio.Lock()):
            child = self._children.get(session)
            if child is not None and not child.alive:
                await child.end()
                child = None
            if child is None:
                child = self._children[session] = await start_child(self.command)
            return child

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        try:
            child = await self._child_of(request.cookies[COOKIE])
        except LggsegError as error:
            return web.Response(status=500, text=str(error))
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._pass_on_socket(request, child)
        return await self._pass_on_request(request, child)

    async def _pass_on_request(self, request: web.Request, child: Child) -> web.StreamResponse:
        assert self._client is not None  # requests come after the start
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        address = f"http://127.0.0.1:{child.port}{request.raw_path}"
        body = request.content if request.can_read_body else None
        try:
            async with self._client.request(
                request.method,
                address,
                headers={**headers, SECRET_HEADER: child.secret},
                data=body,
                allow_redirects=False,
            ) as answer:
                return await _relay(request, answer)
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=f"The session does not answer ({error}); load the page again.")

    async def _pass_on_socket(self, request: web.Request, child: Child) -> web.StreamResponse:
        assert self._client is not None  # requests come after the start
        browser = web.WebSocketResponse(max_msg_size=_LARGEST_MESSAGE, timeout=_CLOSE_SECONDS)
        await browser.prepare(request)
        address = f"ws://127.0.0.1:{child.port}{request.raw_path}"
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            async with self._client.ws_connect(
                address, headers={SECRET_HEADER: child.secret}, max_msg_size=_LARGEST_MESSAGE, timeout=_PATIENCE
            ) as session:
                ways = [asyncio.create_task(_pump(browser, session)), asyncio.create_task(_pump(session, browser))]
                _, open_ways = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in open_ways:
                    way.cancel()
        await browser.close()
        return browser


async def _relay(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name, value in answer.headers.items():
        if name.lower() not in _HOP_BY_HOP or name.lower() == "content-encoding":
            response.headers.add(name, value)
    response.headers.update(_HEADERS)
    await response.prepare(request)
    async for chunk in answer.content.iter_chunked(1 << 16):
        await response.write(chunk)
    await response.write_eof()
    return response


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _pump(source: Socket, target: Socket) -> None:
    """Pass messages on until one side closes."""
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)
    await target.close()


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def _same_origin(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host


def _welcome(session: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": "/", **_HEADERS})
    response.set_cookie(COOKIE, session, httponly=True, samesite="Strict", path="/")
    return response


def _door_page(password: str | None) -> str:
    form = (
        '<form method="post" action="/enter"><label>Password <input type="password" name="password" autofocus></label> '
        "<button>Enter</button></form>"
        if password
        else "<p>Open the address that <code>lggseg app</code> printed last: each works once.</p>"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>FLAIR abnormality</title>'
        '<meta name="viewport" content="width=device-width"><style>:root{color-scheme:light dark}'
        "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}</style></head>"
        f"<body><h1>FLAIR abnormality</h1><p><strong>{html.escape(RESEARCH_USE)}</strong></p>{form}</body></html>"
    )
