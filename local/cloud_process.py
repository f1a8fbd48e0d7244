"""Runs moto's server: prints its URL, then lives until its standard input is closed.

The end of standard input is how it learns that its parent is gone, however that ended.
"""

import logging
import sys
import warnings

from moto.server import ThreadedMotoServer


def main() -> None:
    """Serve until standard input ends."""
    warnings.simplefilter("ignore")  # moto warns of each resource type that its CloudFormation skips
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
