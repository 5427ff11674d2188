"""One browser's session: ``python -m lggseg_app.session [STUDY]``, started by the gateway.

Prints one line of JSON with the port that it listens on, and ends when its standard input does.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from lggseg_app.children import SECRET_VARIABLE

_STANDARD_INPUT = 0
_LOGS_OF_CONNECTIONS = ("wslink.protocol", "aiohttp.server")


def main() -> None:
    """Serve one session."""
    study = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    sys.argv[1:] = []  # trame would read them as its own
    for name in _LOGS_OF_CONNECTIONS:
        logging.getLogger(name).addFilter(is_fault)
    from trame.app import get_server  # noqa: PLC0415  (seconds; errors of arguments come first)

    from lggseg_app.application import Application  # noqa: PLC0415
    from lggseg_app.web import STATIC, routes, secret_required  # noqa: PLC0415

    server = get_server("lggseg")
    folder = Path(tempfile.gettempdir())
    application = Application(server)

    def bind(wslink_server: Any) -> None:
        wslink_server.app.middlewares.append(secret_required(os.environ[SECRET_VARIABLE]))
        wslink_server.app.add_routes(routes(folder, application.take, application.make))

    server.controller.on_server_bind.add(bind)
    server.controller.on_server_ready.add(lambda **_: _say_port(server))
    if study is not None:
        server.controller.on_server_ready.add_task(lambda **_: application.open(study))
    server.enable_module({"serve": {"lggseg_static": str(STATIC)}, "scripts": ["lggseg_static/app.js"],
                          "styles": ["lggseg_static/app.css"]})  # fmt: skip
    threading.Thread(target=_end_with_gateway, daemon=True).start()
    server.start(port=0, host="127.0.0.1", timeout=0, open_browser=False, show_connection_info=False)


def is_fault(record: logging.LogRecord) -> bool:
    """Tell whether a record says more than that a browser went away, as one does whose page is refreshed."""
    error = record.exc_info[1] if record.exc_info else sys.exc_info()[1]
    return not isinstance(error, ConnectionResetError)


def _say_port(server: Any) -> None:
    sys.stdout.write("\n" + json.dumps({"port": server.port}) + "\n")
    sys.stdout.flush()


def _end_with_gateway() -> None:
    """End as soon as nobody holds the other side of standard input, however the gateway ended."""
    while os.read(_STANDARD_INPUT, 1 << 10):  # not through Python's own stream, whose lock would outlive the program
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
