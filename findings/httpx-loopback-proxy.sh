#!/bin/sh
# httpx 0.28.1 sends requests for 127.0.0.1 and localhost to the proxy of HTTP_PROXY, with their Authorization header
# in plain text, unless NO_PROXY names them.
# Expected: loopback requests stay on the machine, as in browsers, which use no proxy for loopback.
# Seen: "http://127.0.0.1, trust_env=True: proxy got http with Bearer t".
# Exits 0 while httpx behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile httpx==0.28.1
"$here/venv/bin/python" - <<'PYTHON'
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx


def serve(name, seen):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((name, self.path, self.headers.get("authorization")))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


seen = []
service, proxy = serve("service", seen), serve("proxy", seen)
for name in ("no_proxy", "NO_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"):
    os.environ.pop(name, None)
os.environ["HTTP_PROXY"] = f"http://127.0.0.1:{proxy.server_port}"
for host in ("127.0.0.1", "localhost"):
    for trust_env in (True, False):
        with httpx.Client(trust_env=trust_env) as client:
            client.get(f"http://{host}:{service.server_port}/", headers={"authorization": "Bearer t"})
        who, path, bearer = seen[-1]
        print(f"http://{host}, trust_env={trust_env}: {who} got {path.split(':')[0]} with {bearer}")
print("httpx", httpx.__version__)
got = [(who, bearer) for who, _, bearer in seen]
raise SystemExit(0 if got == [("proxy", "Bearer t"), ("service", "Bearer t")] * 2 else 1)
PYTHON
