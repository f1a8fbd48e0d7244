"""What is wrong with a template is said in one line, before anything runs."""

import shutil
from pathlib import Path

import pytest

from local.cloud.template import load
from local.errors import LocalError
from local.stack import ROOT


@pytest.fixture
def copy(template: Path, tmp_path: Path) -> Path:
    """A template, with its code, that a test may break."""
    shutil.copytree(template.parent, tmp_path / "fixture")
    return tmp_path / "fixture" / "template.yaml"


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("Resources:", "Resources: [", "expected"),
        ("Resources:", "Things:", "has no Resources"),
        ("CodeUri: code", "CodeUri: nowhere", "'nowhere' is not a folder"),
        ("ContentUri: layer", "ContentUri: s3://bucket/key", "is not a folder"),
        ("!Ref Notes", "!Ref Note", "refers to Note, which is not defined"),
        ("!Ref ItemsTable }", "!GetAtt Items.Arn }", "refers to Items, which is not defined"),
        ("!Ref PublicUrl", '!Sub "${PublicUrl}/${AWS::Region}/${Stage}"', "refers to Stage"),
        ("Method: GET,", "Method: [],", "Method"),
        ("Handler: authorizer.lambda_handler", "Timeout: 3", "AuthorizerFunction"),
    ],
)
def test_a_broken_template(copy: Path, good: str, bad: str, said: str) -> None:
    copy.write_text(copy.read_text().replace(good, bad, 1))

    with pytest.raises(LocalError, match=said) as caught:
        load(copy, {})
    assert "template.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_template(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml", {})


def test_the_projects_own_template_is_understood() -> None:
    resources = load(ROOT / "template.yaml", {})["Resources"]

    folders = {
        resource["Properties"]["Code"]["S3Key"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert folders == {"functions"}
