"""The build for Lambda: without files that are never opened, and with bytecode that Lambda uses unchecked."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from tools import artefact


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A folder of installed packages, some of whose files no function opens."""
    folder = tmp_path / "python"
    for name in (
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/examples-1.json",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/endpoints.json",
        "botocore/session.py",
        "boto3/data/ec2/resources.json",
        "wrapt/tests/test_all.py",
        "wrapt/__init__.pyi",
        "pycparser/c_parser.py",
        "_cffi_backend.cpython-313-x86_64-linux-gnu.so",
        "cryptography-50.0.2.dist-info/METADATA",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return folder


def test_unused_files_are_removed(python: Path) -> None:
    artefact.trim(python)

    assert {str(path.relative_to(python)) for path in python.rglob("*") if path.is_file()} == {
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/endpoints.json",
        "botocore/session.py",
        "_cffi_backend.cpython-313-x86_64-linux-gnu.so",
        "cryptography-50.0.2.dist-info/METADATA",
    }


def test_called_aws_services_are_kept(root: Path) -> None:
    code = [*root.glob("functions/*/*.py"), *root.glob("layers/mosaic/mosaic/**/*.py")]
    named = {name for path in code for name in re.findall(r'client\(\s*"([a-z0-9-]+)"', path.read_text())}

    assert "sqs" in named
    assert named | {"dynamodb"} == artefact.SERVICES


def test_bytecode_matches_the_lambda_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "RUNTIME", "{}.{}".format(*sys.version_info))
    (tmp_path / "module.py").write_text("def f(): pass\n")

    assert artefact.compile_all(tmp_path, "/opt")
    (compiled,) = tmp_path.glob("__pycache__/*.pyc")
    content = compiled.read_bytes()
    assert content.startswith(importlib.util.MAGIC_NUMBER)
    assert int.from_bytes(content[4:8], "little") == 0b01, "a hash, and not to be checked"
    assert b"/opt/module.py" in content


def test_missing_python_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(artefact, "RUNTIME", "3.99")
    artefact.finish(tmp_path, "/opt")

    assert "Python 3.99 and its image are not installed" in capsys.readouterr().err


def test_sizes_cover_every_artefact(tmp_path: Path) -> None:
    (tmp_path / "VendorLayer").mkdir()
    (tmp_path / "VendorLayer/module.py").write_text("x" * 1_000_000)

    head, line = artefact.sizes(tmp_path)
    assert head.split() == ["unpacked", "zipped", "bytecode"]
    assert line.split() == ["VendorLayer", "1.00", "MB", "0.00", "MB", "NO"]
