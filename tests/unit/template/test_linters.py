import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint, lint_file  # type: ignore[import-untyped]  # ships no types
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

from local.cloud.template import load

Json = dict[str, Any]


def test_cfn_lint_finds_nothing(root: Path) -> None:
    assert [str(match) for match in lint_file(root / "template.yaml")] == []


def test_cfn_lint_finds_nothing_after_the_transform(template: Json) -> None:
    """Since 1.54, cfn-lint does not transform SAM. It sees the result of the transform only here.

    SAM replaces some parameters by their values, which leaves them unused (W2001).
    """
    found = lint(json.dumps(template), config=ManualArgs(ignore_checks=["W2001"], regions=["us-east-1"]))

    assert [str(match) for match in found] == []


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_transform_accepts_both_architectures(root: Path, architecture: str) -> None:
    parameters = {"OpenClawUrl": "https://openclaw.test", "Architecture": architecture}

    assert load(root / "template.yaml", parameters)["Resources"]


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_vendor_layer_supports_both_architectures(root: Path, architecture: str) -> None:
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture]
    platforms = (root / "layers/platforms" / architecture / "pip-platforms").read_text().split()

    assert all(word == "--platform" or word.endswith(f"_{machine}") for word in platforms)


def test_vendor_lock_has_no_markers(root: Path) -> None:
    """Pip weighs markers for the Python that runs it, not for the one it is to fetch wheels for."""
    lock = (root / "layers/vendor/requirements.txt").read_text()

    assert [line for line in lock.splitlines() if "==" in line and ";" in line] == []


@pytest.fixture
def samconfig(root: Path) -> Json:
    sections: Json = tomllib.loads((root / "samconfig.toml").read_text())["default"]
    return sections


def _overrides(section: Json) -> dict[str, str]:
    return dict(override.split("=", 1) for override in section["parameters"]["parameter_overrides"])


def test_samconfig_sets_known_parameters_and_no_secret(samconfig: Json, template: Json) -> None:
    for name in ("build", "deploy"):
        assert set(_overrides(samconfig[name])) <= set(template["Parameters"])
    required = {name for name, parameter in template["Parameters"].items() if "Default" not in parameter}
    assert required <= set(_overrides(samconfig["deploy"]))
    assert not any("secret" in name.lower() or "token" in name.lower() for name in template["Parameters"])


def test_deployed_files_are_the_built_ones(samconfig: Json) -> None:
    assert _overrides(samconfig["build"])["Architecture"] == _overrides(samconfig["deploy"])["Architecture"]
