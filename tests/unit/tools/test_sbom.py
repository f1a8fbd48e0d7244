"""The bill of materials has each package of the lock file, with its version and hashes."""

from __future__ import annotations

from tools.sbom import LOCK, bill_of_materials

TEXT = """\
# made by uv
annotated-types==0.8.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via pydantic
Jinja_2[i18n]==3.1 ; python_version < "4" \\
    --hash=sha256:{a}
""".format(a="a" * 64, b="b" * 64)


def test_each_package_has_version_and_hashes() -> None:
    first, second = bill_of_materials(TEXT)["components"]

    assert (first["name"], first["version"]) == ("annotated-types", "0.8.0")
    assert first["purl"] == "pkg:pypi/annotated-types@0.8.0"
    digests = [one["hashes"][0]["content"] for one in first["externalReferences"]]
    assert digests == ["a" * 64, "b" * 64]
    assert second["purl"] == "pkg:pypi/jinja-2@3.1"


def test_lock_file_is_read_as_a_whole() -> None:
    text = LOCK.read_text("utf-8")
    components = bill_of_materials(text)["components"]

    assert len(components) == sum(
        "==" in line for line in text.splitlines() if not line.startswith((" ", "#"))
    )
    assert sum(len(one["externalReferences"]) for one in components) == text.count("--hash=sha256:")
    assert all(one["externalReferences"] for one in components)
