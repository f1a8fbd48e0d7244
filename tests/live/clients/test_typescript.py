"""openapi-typescript generates types that work with openapi-fetch, without warnings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.live.clients.conftest import KITS, Run

SOURCES = Path(__file__).parent / "typescript"


@pytest.fixture
def compiled(contract: Path, node_kit: Path, run: Run, tmp_path: Path) -> Path:
    """The program, compiled by `tsc` against the generated types."""
    output = run(node_kit / "openapi-typescript", contract, "--output", "api.ts", path=node_kit)
    assert "warn" not in output.lower()
    for name in ("package.json", "tsconfig.json", "use-client.ts"):
        shutil.copy(SOURCES / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(KITS / "typescript/node_modules")
    run(node_kit / "tsc", path=node_kit)
    return tmp_path / "use-client.js"


def test_typescript_client_works(compiled: Path, node_kit: Path, run: Run, access: dict[str, str]) -> None:
    assert run("node", compiled, path=node_kit, **access) == "done\n"
