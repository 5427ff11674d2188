"""The gateway with a session that stands in for the real one, which needs trame-slicer."""

import asyncio
import io
import os
import sys
import time

import pytest

aiohttp = pytest.importorskip("aiohttp", reason="aiohttp is not installed")

from aiohttp import web  # noqa: E402
from places import ROOT  # noqa: E402

from lggseg_app.access import COOKIE, Doorkeeper  # noqa: E402
from lggseg_app.gateway import Gateway  # noqa: E402

COMMAND = [sys.executable, str(ROOT / "Testing" / "support" / "fake_session.py")]


class Served:
    """A gateway that runs, and browsers that come to it."""

    def __init__(self, command=COMMAND, password=None):
        self.doorkeeper = Doorkeeper(password)
        self.invited = []
        self.gateway = Gateway(self.doorkeeper, command, frozenset({"127.0.0.1"}), self.invited.append)

    async def __aenter__(self):
        self.runner = web.AppRunner(self.gateway.application())
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        self.browsers = []
        return self

    async def __aexit__(self, *_):
        for browser in self.browsers:
            await browser.close()
        await self.runner.cleanup()

    async def browser(self, token=None):
        browser = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.browsers.append(browser)
        if token:
            await browser.get(f"{self.address}/?token={token}")
        return browser

    @property
    def children(self):
        return list(self.gateway._children.values())


def run(story):
    """Let a story happen with a gateway."""

    def test(*arguments):
        async def happen():
            async with Served() as served:
                await asyncio.wait_for(story(served, *arguments), 60)

        asyncio.run(happen())

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


@run
async def test_nobody_comes_in_without_a_link(served):
    browser = await served.browser()
    for path in ("/", "/results/report.html", "/ws", "/?token=guess"):
        answer = await browser.get(served.address + path)
        assert answer.status == 403
        assert "Research use only" in await answer.text()
    assert not served.children, "and no session was started for them"


@run
async def test_two_browsers_have_two_sessions_and_a_second_tab_has_the_first_ones(served):
    one, two = await served.browser(served.doorkeeper.new_token()), await served.browser(served.doorkeeper.new_token())
    first = await (await one.get(served.address + "/a?b=c")).json()
    again = await (await one.get(served.address + "/a")).json()
    other = await (await two.get(served.address + "/a")).json()
    assert first["path"] == "/a?b=c"
    assert again["pid"] == first["pid"] != other["pid"]
    assert again["requests"] == first["requests"] + 1
    assert len(served.invited) == 2, "each use of a link makes a new one"


@run
async def test_the_cookie_is_for_the_browser_alone(served):
    browser = aiohttp.ClientSession()
    served.browsers.append(browser)
    answer = await browser.get(f"{served.address}/?token={served.doorkeeper.new_token()}", allow_redirects=False)
    assert answer.status == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@run
async def test_nothing_may_come_from_elsewhere(served):
    browser = await served.browser(served.doorkeeper.new_token())
    answer = await browser.get(served.address + "/a")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert (await browser.get(served.address + "/a", headers=headers)).status == 421


@run
async def test_large_files_go_up_and_down_unchanged(served):
    browser = await served.browser(served.doorkeeper.new_token())
    content = os.urandom(20_000_000)
    answer = await browser.post(served.address + "/echo", data=io.BytesIO(content))
    assert await answer.read() == content


@run
async def test_messages_go_both_ways(served):
    browser = await served.browser(served.doorkeeper.new_token())
    async with browser.ws_connect(served.address + "/ws") as socket:
        await socket.send_str("hello")
        assert (await socket.receive_str()).endswith(" hello")


@run
async def test_a_session_that_died_is_started_anew(served):
    browser = await served.browser(served.doorkeeper.new_token())
    first = await (await browser.get(served.address + "/a")).json()
    assert (await browser.get(served.address + "/end")).status == 502
    await asyncio.sleep(0.3)
    second = await (await browser.get(served.address + "/a")).json()
    assert second["pid"] != first["pid"]


@run
async def test_nobody_gets_in_beside_the_gateway(served):
    browser = await served.browser(served.doorkeeper.new_token())
    await browser.get(served.address + "/a")
    assert (await browser.get(f"http://127.0.0.1:{served.children[0].port}/a")).status == 403


def test_children_and_their_files_are_gone_with_the_gateway():
    seen = {}

    async def happen():
        async with Served() as served:
            browser = await served.browser(served.doorkeeper.new_token())
            seen["pid"] = (await (await browser.get(served.address + "/a")).json())["pid"]
            seen["folder"] = served.children[0].folder
            assert seen["folder"].is_dir()

    asyncio.run(happen())
    assert not seen["folder"].exists()
    with pytest.raises(ProcessLookupError):
        os.kill(seen["pid"], 0)


def test_a_password_opens_the_door_and_a_wrong_one_has_to_wait():
    async def happen():
        async with Served(password="right") as served:
            browser = await served.browser()
            page = await (await browser.get(served.address + "/")).text()
            assert 'type="password"' in page
            started = time.perf_counter()
            assert (await browser.post(served.address + "/enter", data={"password": "wrong"})).status == 403
            assert time.perf_counter() - started >= 1.0
            answer = await browser.post(served.address + "/enter", data={"password": "right"})
            assert (await answer.json())["path"] == "/"

    asyncio.run(happen())


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "print('no port')"])
def test_a_session_that_does_not_start_says_what_to_do(code):
    async def happen():
        async with Served([sys.executable, "-c", code]) as served:
            browser = await served.browser()
            answer = await browser.get(f"{served.address}/?token={served.doorkeeper.new_token()}")
            assert answer.status == 500
            assert "pip install lggseg[app]" in await answer.text()

    asyncio.run(happen())
