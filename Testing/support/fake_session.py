"""Stands in for a session behind the gateway: says who it is, echoes, counts; wants the gateway's secret."""

import asyncio
import json
import os
import sys
import threading

from aiohttp import WSMsgType, web

SEEN = {"requests": 0}


async def who(request):
    SEEN["requests"] += 1
    if request.headers.get("X-Lggseg-App") != os.environ["LGGSEG_APP_SECRET"]:
        return web.Response(status=403)
    content = {
        "pid": os.getpid(),
        "requests": SEEN["requests"],
        "path": request.path_qs,
        "cookie": "Cookie" in request.headers,
    }
    return web.json_response(content)


async def echo(request):
    return web.Response(body=await request.read())


async def end(_request):
    os._exit(3)


async def socket(request):
    answer = web.WebSocketResponse()
    await answer.prepare(request)
    async for message in answer_to(answer):
        await answer.send_str(f"{os.getpid()} {message}")
    return answer


async def answer_to(socket):
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            yield message.data


async def main():
    app = web.Application(client_max_size=1 << 30)
    app.add_routes([web.post("/echo", echo), web.get("/ws", socket), web.get("/end", end), web.get("/{any:.*}", who)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = json.dumps({"port": runner.addresses[0][1]})
    sys.stdout.write(f"some library says hello\n{port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def end_with_gateway():
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


threading.Thread(target=end_with_gateway, daemon=True).start()
asyncio.run(main())
