import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_lambda_powertools.shared.constants import LAMBDA_ADVANCED_LOGGING_LEVELS

Json = dict[str, Any]


def test_runtime_matches_the_vendor_layer(
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


def test_every_handler_exists(functions: dict[str, Json], root: Path) -> None:
    for name, function in functions.items():
        module, _, attribute = function["Handler"].rpartition(".")
        file = root / "functions" / f"{module.replace('.', '/')}.py"
        assert file.is_file(), f"{name}: no {file}"
        assert f"def {attribute}(" in file.read_text(), f"{name}: {file} has no {attribute}"


def test_function_is_named_after_its_package(
    functions: dict[str, Json], package: Callable[[Json], str], root: Path
) -> None:
    """functions/Makefile finds the package of a function by its logical id."""
    named = {
        name for name, one in functions.items() if name == f"{package(one).title().replace('_', '')}Function"
    }

    assert set(functions) - named == {"AdminFunction"}
    assert "build-AdminFunction: package = api" in (root / "functions/Makefile").read_text()


def test_every_function_has_a_log_group(
    functions: dict[str, Json], resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]]
) -> None:
    groups = resources("AWS::Logs::LogGroup")
    for group in groups.values():
        assert names(group["RetentionInDays"]) == {"LogRetentionDays"}
    written = [*names([function["LoggingConfig"]["LogGroup"] for function in functions.values()])]

    assert sorted([*written, "AccessLogs"]) == sorted(groups)
    assert len(written) == len(functions)


def test_every_function_is_traced_and_logs_json(functions: dict[str, Json]) -> None:
    for name, function in functions.items():
        assert function["TracingConfig"] == {"Mode": "Active"}, name
        assert function["LoggingConfig"]["LogFormat"] == "JSON", name
        assert function["LoggingConfig"]["ApplicationLogLevel"] == {"Ref": "LogLevel"}, name


def test_log_levels_are_known_to_powertools(template: Json) -> None:
    """Powertools takes the level in Lambda's words. Of TRACE it makes NOTSET, which leaves it to the root logger."""
    levels = template["Parameters"]["LogLevel"]["AllowedValues"]

    assert levels == ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    assert template["Parameters"]["LogLevel"]["Default"] in levels
    assert [LAMBDA_ADVANCED_LOGGING_LEVELS[level] for level in levels] == [
        "DEBUG",
        "INFO",
        "WARNING",
        "ERROR",
        "CRITICAL",
    ]


def test_no_variable_is_reserved_by_lambda(functions: dict[str, Json]) -> None:
    """With JSON logs AWS_LAMBDA_LOG_LEVEL overrules both levels; the others are set by Lambda itself."""
    overruled = re.compile(r"(POWERTOOLS_)?LOG_LEVEL|AWS_.*|LAMBDA_.*|_HANDLER|_X_AMZN_TRACE_ID|PATH|TZ|LANG")
    for name, function in functions.items():
        found = [one for one in function["Environment"]["Variables"] if overruled.fullmatch(one)]
        assert found == [], name


def test_memory_and_timeout_are_explained(functions: dict[str, Json], root: Path) -> None:
    text = (root / "template.yaml").read_text()
    for name in functions:
        (declared,) = re.findall(rf"^  {name}:\n((?:    .*\n|\n)+)", text, re.MULTILINE)
        for setting in ("MemorySize", "Timeout"):
            before = declared[: declared.index(f"      {setting}: ")].splitlines()
            near = [line.lstrip() for line in before[-2:]]
            assert any(line.startswith("#") for line in near), f"{name}: no reason above {setting}"


def test_request_path_functions_use_snapstart(functions: dict[str, Json]) -> None:
    started = {name for name, function in functions.items() if "SnapStart" in function}

    assert started == {"AuthorizerFunction", "ApiFunction", "AdminFunction", "WebhookFunction"}
    for name in started:
        applied = functions[name]["SnapStart"]["ApplyOn"]
        assert applied == {"Fn::If": ["StartsFromSnapshot", "PublishedVersions", "None"]}


def test_callers_use_the_published_version(template: Json, functions: dict[str, Json]) -> None:
    """A snapshot is of a version, and only an alias moves by and by."""
    called = [
        resource["Properties"][place]
        for resource in template["Resources"].values()
        for place in ("FunctionName", "Targets")
        if resource["Type"]
        in ("AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule")
        and place in resource["Properties"]
        and "EventPattern" not in resource["Properties"]  # the bus sends to queues
    ]
    aliases = {f"{name}Aliaslive" for name in functions}

    assert called
    for one in called:
        direct = {"Ref", "Fn::GetAtt"} & set(one) if isinstance(one, dict) else set()
        target = one[0]["Arn"] if isinstance(one, list) else one
        assert target["Ref"] in aliases, direct


def test_update_is_gradual_and_rolls_back(
    template: Json, functions: dict[str, Json], names: Callable[[Any], set[str]]
) -> None:
    for name in functions:
        group = template["Resources"][f"{name}DeploymentGroup"]["Properties"]
        (alarm,) = names(group["AlarmConfiguration"]["Alarms"])
        watched = template["Resources"][alarm]["Properties"]
        assert (watched["MetricName"], watched["Namespace"]) == ("Errors", "AWS/Lambda")
        assert names(watched["Dimensions"]) == {name}
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def test_no_secret_is_in_an_environment(functions: dict[str, Json]) -> None:
    """An environment names where a secret is stored; a variable with another ending would hold the secret
    itself.
    """
    for name, function in functions.items():
        for variable in function["Environment"]["Variables"]:
            spelt = variable.removesuffix("_SECRET_ID").removeprefix("RUN_TOKEN")
            assert not any(word in spelt for word in ("TOKEN", "PASSWORD", "KEY", "SECRET")), (
                f"{name}: {variable}"
            )


def test_secrets_are_not_in_template_or_outputs(template: Json, root: Path) -> None:
    """An output names where a secret is kept; a dynamic reference would put its value into the stack."""
    secrets = {
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }

    assert "resolve:" not in (root / "template.yaml").read_text()
    for output in template["Outputs"].values():
        assert not any(f"'Fn::GetAtt': ['{name}'" in str(output) for name in secrets)


def test_everything_is_built_beside_the_template(root: Path) -> None:
    """Elsewhere the SAM CLI builds in a copy of the code, from which neither layers nor tools can be seen."""
    text = (root / "template.yaml").read_text()
    recipes = re.findall(r"Metadata: (\{ BuildMethod: makefile.*)", text)

    assert len(recipes) == len(re.findall(r"Type: AWS::Serverless::(?:Function|LayerVersion)", text))
    for recipe in recipes:
        assert re.search(r'WorkingDirectory: ("\."|!Sub "layers/platforms/)', recipe), recipe
