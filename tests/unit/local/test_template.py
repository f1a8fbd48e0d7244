"""An error in a template is reported in one line, before anything runs."""

import shutil
from pathlib import Path

import pytest

from local.cloud.template import load
from local.errors import LocalError
from local.stack import ROOT


@pytest.fixture
def copy(template: Path, tmp_path: Path) -> Path:
    """A copy of a template with its code, for a test to break."""
    shutil.copytree(template.parent, tmp_path / "fixture")
    return tmp_path / "fixture" / "template.yaml"


@pytest.mark.parametrize(
    ("good", "bad", "message"),
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
def test_broken_template_is_reported(copy: Path, good: str, bad: str, message: str) -> None:
    copy.write_text(copy.read_text().replace(good, bad, 1))

    with pytest.raises(LocalError, match=message) as caught:
        load(copy, {})
    assert "template.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_template_is_reported(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml", {})


def test_project_template_is_transformed() -> None:
    resources = load(ROOT / "template.yaml", {})["Resources"]

    folders = {
        resource["Properties"]["Code"]["S3Key"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert folders == {"functions"}
