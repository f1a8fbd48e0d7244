"""Writes the demo workspace with the domain's own code; runs with a function's environment."""

import json
import os
from datetime import UTC, datetime

from mosaic.access.demo import TOKENS, WORKSPACE, seed
from mosaic.access.store import AccessStore

if __name__ == "__main__":
    # The one place where the local stack calls the domain.
    seed(AccessStore(os.environ["ACCESS_TABLE"]), datetime.now(UTC))
    print(json.dumps({"workspace": WORKSPACE, "tokens": {role: token for token, role in TOKENS.items()}}))
