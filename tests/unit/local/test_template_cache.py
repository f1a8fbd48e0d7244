"""A template is transformed again only if the result could differ."""

import shutil
from pathlib import Path

import pytest

from local.cloud import template as transform
from local.cloud.template_cache import load_cached
from local.errors import LocalError

CHOICE = "  Kind: { Type: String, Default: a, AllowedValues: [a, b] }\n"


@pytest.fixture
def copy(template: Path, tmp_path: Path) -> Path:
    """A copy of a template with its code, for a test to change."""
    shutil.copytree(template.parent, tmp_path / "fixture")
    path = tmp_path / "fixture" / "template.yaml"
    path.write_text(path.read_text().replace("Parameters:\n", f"Parameters:\n{CHOICE}"))
    return path


@pytest.fixture
def transforms(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Records an entry for each transform."""
    done: list[object] = []
    load = transform.load

    def counted(path: Path, parameters: dict[str, str]) -> transform.Json:
        done.append(parameters)
        return load(path, parameters)

    monkeypatch.setattr(transform, "load", counted)
    return done


@pytest.mark.parametrize(
    ("before", "after", "times"),
    [
        ({"Notes": "/one"}, {"Notes": "/one"}, 1),
        ({"Notes": "/one"}, {"Notes": "/two"}, 1),
        ({"Kind": "a"}, {"Kind": "a"}, 1),
        ({"Kind": "a"}, {"Kind": "b"}, 2),
        ({}, {"Kind": "b"}, 2),
    ],
)
def test_choice_is_transformed_again_text_is_not(
    before: dict[str, str],
    after: dict[str, str],
    times: int,
    copy: Path,
    tmp_path: Path,
    transforms: list[object],
) -> None:
    load_cached(copy, before, tmp_path)

    assert load_cached(copy, after, tmp_path) == transform.load(copy, after)
    assert len(transforms) == times + 1


def test_changed_template_is_transformed_again(copy: Path, tmp_path: Path) -> None:
    load_cached(copy, {}, tmp_path)
    copy.write_text(copy.read_text().replace("Path: /open", "Path: /moved"))

    assert load_cached(copy, {}, tmp_path) == transform.load(copy, {})


def test_broken_template_is_not_cached(copy: Path, tmp_path: Path) -> None:
    load_cached(copy, {}, tmp_path)
    copy.unlink()

    for _ in range(2):
        with pytest.raises(LocalError, match="No such file"):
            load_cached(copy, {}, tmp_path)
