"""`python -m tools.sbom FILE`: write a CycloneDX bill of materials of the locked runtime packages.

The lock file of the vendor layer has each package with its version and hashes. The format is CycloneDX 1.6:
https://cyclonedx.org/docs/1.6/json/.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.stack import ROOT

Json = dict[str, Any]

LOCK = ROOT / "layers/vendor/requirements.txt"
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill_of_materials(lock: str) -> Json:
    """Returns the CycloneDX document of a lock file's packages."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "mosaic-stitcher"}},
        "components": list(_components(lock)),
    }


def _components(lock: str) -> Iterator[Json]:
    for name, version, rest in _PACKAGE.findall(lock):
        purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
        # One hash for each wheel; a component's own hashes would have to be of one file.
        files = [
            {"type": "distribution", "url": "https://pypi.org/simple/", "hashes": hashes}
            for hashes in _hashes(rest)
        ]
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "externalReferences": files,
        }


def _hashes(text: str) -> Iterator[list[Json]]:
    for digest in _HASH.findall(text):
        yield [{"alg": "SHA-256", "content": digest}]


def main(arguments: list[str]) -> int:
    """Writes the document to the file that the argument names, and prints the number of packages."""
    (target,) = map(Path, arguments)
    document = bill_of_materials(LOCK.read_text("utf-8"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(f"{target}: {len(document['components'])} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
