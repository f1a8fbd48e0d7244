"""No resource depends on itself through others: CloudFormation refuses such a template before it makes anything."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.template import load
from tests.unit.template.graph import circle, dependencies, outcomes

Json = dict[str, Any]

ALIAS_UPDATE = {"CodeDeployLambdaAliasUpdate": {"DeploymentGroupName": {"Ref": "Two"}}}


@pytest.fixture(scope="module")
def deployments(template: Json, root: Path) -> list[Json]:
    """The template for each way to deploy, which the SAM transform resolves by itself."""
    ways = template["Parameters"]["Deployment"]["AllowedValues"]
    given = {"OpenClawUrl": "https://openclaw.test"}
    return [load(root / "template.yaml", {**given, "Deployment": way}) for way in ways]


def graphs(template: Json) -> Iterator[tuple[dict[str, bool], dict[str, set[str]]]]:
    for outcome in outcomes(template):
        yield outcome, dependencies(template, outcome)


def test_no_resource_depends_on_itself(deployments: list[Json]) -> None:
    assert len(deployments) >= 2
    for template in deployments:
        assert template["Conditions"]
        for outcome, graph in graphs(template):
            assert circle(graph) == [], outcome


def test_nothing_depends_on_a_left_out_resource(deployments: list[Json]) -> None:
    for template in deployments:
        for outcome, graph in graphs(template):
            missing = {name: needed - set(graph) for name, needed in graph.items() if needed - set(graph)}
            assert missing == {}, outcome


def test_naming_functions_in_the_role_is_a_circle(template: Json) -> None:
    """An earlier version of the template. With its own public URL, the stitcher does not need the API's."""
    damaged = copy.deepcopy(template)
    policy = damaged["Resources"].pop("DeploymentPolicy")["Properties"]
    role = damaged["Resources"]["DeploymentRole"]["Properties"]
    role["Policies"] = [{name: policy[name] for name in ("PolicyName", "PolicyDocument")}]

    for outcome, graph in graphs(damaged):
        expected = {
            "AuthorizerFunctionAliaslive",
            "AuthorizerFunctionDeploymentGroup",
            "DeploymentRole",
            "StitcherFunction",
            "HttpApi",
        }
        assert set(circle(graph)) == (expected if outcome["OwnEndpoint"] else set())


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param({"Properties": {"A": {"Ref": "Two"}}}, id="Ref"),
        pytest.param({"Properties": {"A": {"Fn::GetAtt": ["Two", "Arn"]}}}, id="GetAtt"),
        pytest.param({"Properties": {"A": {"Fn::GetAtt": "Two.Arn"}}}, id="GetAtt in one word"),
        pytest.param({"Properties": {"A": {"Fn::Sub": "https://${Two}/"}}}, id="Sub"),
        pytest.param(
            {"Properties": {"A": {"Fn::Sub": "${AWS::Region}:${Two.Arn}:live"}}}, id="Sub of GetAtt"
        ),
        pytest.param({"Properties": {"A": {"Fn::Sub": ["${Two}${B}", {"B": "b"}]}}}, id="Sub with variables"),
        pytest.param(
            {"Properties": {"A": {"Fn::Sub": ["${B}", {"B": {"Ref": "Two"}}]}}}, id="Sub's variable"
        ),
        pytest.param({"Properties": {"A": [{"Fn::Join": ["", [{"Ref": "Two"}]]}]}}, id="in a list"),
        pytest.param({"Properties": {"A": {"Fn::If": ["Yes", {"Ref": "Two"}, "b"]}}}, id="If true"),
        pytest.param({"Properties": {"A": {"Fn::If": ["No", "b", {"Ref": "Two"}]}}}, id="If false"),
        pytest.param({"DependsOn": "Two"}, id="DependsOn"),
        pytest.param({"DependsOn": ["Three", "Two"]}, id="DependsOn several"),
        pytest.param({"UpdatePolicy": ALIAS_UPDATE}, id="UpdatePolicy"),
        pytest.param({"Metadata": {"AWS::CloudFormation::Init": {"Ref": "Two"}}}, id="Metadata"),
        pytest.param({"Condition": "Yes", "DependsOn": "Two"}, id="condition is true"),
    ],
)
def test_each_kind_of_reference_closes_a_circle(reference: Json) -> None:
    graph = dependencies(example(reference), {"Yes": True, "No": False})

    assert circle(graph) in (["One", "Two", "One"], ["Two", "One", "Two"])


@pytest.mark.parametrize(
    "harmless",
    [
        pytest.param({"Properties": {"A": "Two"}}, id="a word"),
        pytest.param({"Properties": {"A": {"Ref": "Parameter"}}}, id="parameter"),
        pytest.param({"Properties": {"A": {"Ref": "AWS::NoValue"}}}, id="pseudo parameter"),
        pytest.param({"Properties": {"A": {"Fn::Sub": "${!Two}"}}}, id="literal of Sub"),
        pytest.param({"Properties": {"A": {"Fn::Sub": ["${Two}", {"Two": "b"}]}}}, id="Sub's own variable"),
        pytest.param({"Properties": {"A": {"Fn::If": ["No", {"Ref": "Two"}, "b"]}}}, id="other branch"),
        pytest.param({"Condition": "No", "DependsOn": "Two"}, id="left out"),
    ],
)
def test_non_references_close_no_circle(harmless: Json) -> None:
    assert circle(dependencies(example(harmless), {"Yes": True, "No": False})) == []


def test_all_condition_outcomes_are_checked() -> None:
    found = [*outcomes({"Conditions": {"A": {}, "B": {}}})]

    assert [tuple(one.values()) for one in found] == [
        (True, True),
        (True, False),
        (False, True),
        (False, False),
    ]
    assert [*outcomes({})] == [{}]


def example(body: Json) -> Json:
    """`One` as given, `Two` which refers to it, and `Three`."""
    two = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["One", "QueueName"]}}}
    three = {"Type": "AWS::SQS::Queue"}
    return {"Resources": {"One": {"Type": "AWS::SQS::Queue", **body}, "Two": two, "Three": three}}
