from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def test_every_function_runs_on_the_runtime_that_the_vendor_layer_is_built_for(
    functions: dict[str, Json], resources: Callable[[str], dict[str, Json]], root: Path
) -> None:
    runtimes = {function["Runtime"] for function in functions.values()}
    layers = {
        runtime
        for layer in resources("AWS::Lambda::LayerVersion").values()
        for runtime in layer["CompatibleRuntimes"]
    }

    assert runtimes == layers == {"python3.13"}
    assert "--python-version 3.13" in (root / "layers/vendor/Makefile").read_text()


def test_every_handler_is_there(functions: dict[str, Json], root: Path) -> None:
    for name, function in functions.items():
        module, _, attribute = function["Handler"].rpartition(".")
        file = root / "functions" / f"{module.replace('.', '/')}.py"
        assert file.is_file(), f"{name}: no {file}"
        assert f"def {attribute}(" in file.read_text(), f"{name}: {file} has no {attribute}"


def test_a_function_is_named_after_its_package(functions: dict[str, Json]) -> None:
    """functions/Makefile finds the package of a function by its logical id."""
    for name, function in functions.items():
        assert name == f"{function['Handler'].split('.')[0].capitalize()}Function"


def test_every_function_keeps_its_logs_for_a_while_and_not_for_ever(
    functions: dict[str, Json], resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]]
) -> None:
    kept: set[str] = set()
    for group in resources("AWS::Logs::LogGroup").values():
        assert names(group["RetentionInDays"]) == {"LogRetentionDays"}
        kept |= names(group["LogGroupName"])

    assert kept == set(functions)


def test_no_secret_is_in_an_environment(functions: dict[str, Json]) -> None:
    """A function is told where a secret is kept; names that end otherwise would hold the secret."""
    for name, function in functions.items():
        for variable in function["Environment"]["Variables"]:
            assert not any(word in variable for word in ("TOKEN", "PASSWORD", "KEY")), f"{name}: {variable}"
            assert "SECRET" not in variable or variable.endswith("_SECRET_ID"), f"{name}: {variable}"
