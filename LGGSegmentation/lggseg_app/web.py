"""What the session answers besides the page itself: files up, results down, and to its gateway alone."""

from __future__ import annotations

import hmac
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath
from typing import Any

from aiohttp import BodyPartReader, web

from lggseg.errors import InputError, LggsegError
from lggseg_app.children import SECRET_HEADER

STATIC = Path(__file__).with_name("static")

Take = Callable[[Path], Awaitable[None]]
Make = Callable[[str, str, Path], Awaitable[Path]]

_CHUNK = 1 << 20


def secret_required(secret: str) -> Any:
    """Return a middleware that answers to nobody who does not know the session's secret."""

    @web.middleware
    async def middleware(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, ""), secret):
            return web.Response(status=403, text="Come in through the gateway of lggseg app.")
        return await handler(request)

    return middleware


def routes(folder: Path, take: Take, make: Make) -> list[Any]:
    """Return the routes of a session.

    Args:
        folder: For files on their way.
        take: Is given a folder with what a person brought, which is its own then; what it raises is told.
        make: Makes a result by name, perhaps of a patient, below a folder and returns its file.
    """

    async def upload(request: web.Request) -> web.Response:
        target = Path(tempfile.mkdtemp(prefix="study-", dir=folder))
        try:
            await _receive(request, target)
            await take(target)
        except LggsegError as error:
            shutil.rmtree(target, ignore_errors=True)
            return web.json_response({"message": str(error)}, status=422)
        except BaseException:  # a browser that went away in the middle, too
            shutil.rmtree(target, ignore_errors=True)
            raise
        return web.json_response({})

    async def download(request: web.Request) -> web.StreamResponse:
        target = Path(tempfile.mkdtemp(prefix="result-", dir=folder))
        try:
            file = await make(request.match_info["name"], request.query.get("patient", ""), target)
            content = file.read_bytes()
        except LggsegError as error:
            return web.Response(status=422, text=str(error))
        finally:
            shutil.rmtree(target, ignore_errors=True)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)

    return [web.post("/study", upload), web.get("/results/{name}", download)]


async def _receive(request: web.Request, target: Path) -> None:
    """Write the parts of a form into files of their relative names.

    Raises:
        InputError: If a name would lie outside of the folder, or nothing came.
    """
    files = []
    async for part in await request.multipart():
        name = (part.filename or "") if isinstance(part, BodyPartReader) else ""
        if not isinstance(part, BodyPartReader) or not is_inside(name):
            msg = f"expected files with plain names, got {name!r}; rename it"
            raise InputError(msg)
        file = target / name
        if file.exists():
            msg = f"expected files of different names, got {name!r} twice; rename one of them"
            raise InputError(msg)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            while chunk := await part.read_chunk(_CHUNK):
                stream.write(chunk)
        files.append(file)
    if not files:
        msg = "expected a volume, a folder or a zip file, got nothing; choose again"
        raise InputError(msg)


def is_inside(name: str) -> bool:
    """Tell whether a relative name stays below where it is put."""
    path = PurePosixPath(name.replace("\\", "/"))
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and ":" not in path.parts[0]
