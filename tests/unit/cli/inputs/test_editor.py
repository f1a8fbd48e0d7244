"""Editing the workspace in the user's editor."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

WORKSPACE: dict[str, Any] = {
    "id": "acme",
    "version": 3,
    "gateTimeoutSeconds": 86_400,
    "policies": "permit (\n  principal\n);\n",
}
REFUSAL = httpx.Response(
    422,
    json={
        "code": "invalid_request",
        "detail": "the request is invalid",
        "errors": [{"field": "gateTimeoutSeconds", "message": "should be at least 60"}],
    },
)


@pytest.fixture
def editor(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that replaces the editor, and an empty folder for temporary files."""
    script = tmp_path / "my editor.sh"
    environment["EDITOR"] = f"sh '{script}' --wait"
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return script


def left(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "temporary").iterdir())


def test_edited_workspace_is_sent(mosaic: Mosaic, fake_api: FakeApi, editor: Path, tmp_path: Path) -> None:
    editor.write_text('sed -i.old "s/86400/600/" "$2"; rm "$2.old"')
    fake_api.respond(WORKSPACE, {**WORKSPACE, "gateTimeoutSeconds": 600})

    result = mosaic("workspace", "edit")
    assert result.exit_code == 0
    assert "gate timeout: 10 min" in result.stdout
    assert fake_api.calls[1] == ("PUT", "/workspaces/current", {**WORKSPACE, "gateTimeoutSeconds": 600})
    assert left(tmp_path) == []


def test_policies_are_edited_as_text_block(
    mosaic: Mosaic, fake_api: FakeApi, editor: Path, tmp_path: Path
) -> None:
    editor.write_text(f'cp "$2" "{tmp_path}/seen"')
    fake_api.respond(WORKSPACE)

    mosaic("workspace", "edit")
    assert "policies: |\n  permit (\n    principal\n  );\n" in (tmp_path / "seen").read_text()


def test_unchanged_workspace_is_not_sent(
    mosaic: Mosaic, fake_api: FakeApi, editor: Path, tmp_path: Path
) -> None:
    editor.write_text("true")
    fake_api.respond(WORKSPACE)

    result = mosaic("workspace", "edit")
    assert (result.exit_code, len(fake_api.requests)) == (0, 1)
    assert "nothing was changed" in result.stderr
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("script", "code", "expected"),
    [
        ('echo "name: x" >> "$2"', 6, "gateTimeoutSeconds: should be at least 60"),
        ('echo "a: [" > "$2"', 2, "is not valid YAML"),
    ],
)
def test_refused_file_is_kept(
    mosaic: Mosaic, fake_api: FakeApi, editor: Path, tmp_path: Path, script: str, code: int, expected: str
) -> None:
    editor.write_text(script)
    fake_api.respond(WORKSPACE, REFUSAL)

    result = mosaic("workspace", "edit")
    (kept,) = left(tmp_path)
    assert result.exit_code == code
    assert expected in result.stderr
    assert f"mosaic workspace set {kept}" in result.stderr
    assert kept.stat().st_mode & 0o777 == 0o600


def test_kept_file_can_be_set(mosaic: Mosaic, fake_api: FakeApi, tmp_path: Path) -> None:
    file = tmp_path / "kept.yaml"
    file.write_text("# mine\ngateTimeoutSeconds: 600\n")

    mosaic("workspace", "set", str(file))
    assert fake_api.calls == [("PUT", "/workspaces/current", {"gateTimeoutSeconds": 600})]


@pytest.mark.parametrize(
    ("command", "expected"),
    [("false", "exited with 1"), ("/nowhere/at/all", "failed")],
)
def test_failed_editor_changes_nothing(
    mosaic: Mosaic,
    fake_api: FakeApi,
    environment: dict[str, str],
    editor: Path,
    tmp_path: Path,
    command: str,
    expected: str,
) -> None:
    del editor
    environment["VISUAL"] = command
    fake_api.respond(WORKSPACE)

    result = mosaic("workspace", "edit")
    assert (result.exit_code, len(fake_api.requests)) == (2, 1)
    assert expected in result.stderr
    assert left(tmp_path) == []


@pytest.mark.parametrize("text", ["x: 1", "\\377"])
def test_failed_editor_keeps_changed_file(
    mosaic: Mosaic, fake_api: FakeApi, editor: Path, tmp_path: Path, text: str
) -> None:
    editor.write_text(f"""printf '{text}' >> "$2"; exit 3""")
    fake_api.respond(WORKSPACE)

    result = mosaic("workspace", "edit")
    (kept,) = left(tmp_path)
    assert (result.exit_code, len(fake_api.requests)) == (2, 1)
    assert f"mosaic workspace set {kept}" in result.stderr


def test_failed_editor_can_remove_file(mosaic: Mosaic, fake_api: FakeApi, editor: Path) -> None:
    editor.write_text('rm "$2"')
    fake_api.respond(WORKSPACE)

    result = mosaic("workspace", "edit")
    assert (result.exit_code, "workspace set" in result.stderr) == (2, False)
