"""The output and exit code of `make test`, with small tiers instead of the project's."""

import re
from pathlib import Path

import pytest

from tools import count_tests, tiers
from tools.tiers import Part, Tier

PASSES = "def test_webhook(): pass\n"
SKIPS = "import pytest\ndef test_skipped(): pytest.skip()\n"
FAILS = "def test_broken(): assert False\n"
BREAKS = "import pytest\n@pytest.fixture\ndef broken(): assert False\ndef test_breaks(broken): pass\n"


@pytest.fixture(autouse=True)
def _own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(count_tests.FILE, str(tmp_path / "counts"))
    monkeypatch.setenv("E2E_CALLS", "restored after the test")


class Suite:
    """Replaces the project's tiers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tiers: dict[str, Tier] = {}

    def add(self, name: str, tests: str, *options: str, needs_all_tests: bool = False) -> None:
        """Adds a tier with one test file."""
        file = self.folder / f"test_{name}.py"
        file.write_text(tests)
        alone = ("-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(self.folder))
        arguments = ("pytest", "-q", "-p", "tools.count_tests", *alone, *options, str(file))
        part = Part(arguments, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        self.tiers[name] = Tier("a moment", (part,), needs_all_tests)

    def add_programs(self, name: str, *programs: str) -> None:
        """Adds a tier whose parts are these programs."""
        for number, program in enumerate(programs):
            (self.folder / f"part{number}.py").write_text(program)
        parts = [Part((f"part{n}",), {"PYTHONPATH": str(self.folder)}) for n in range(len(programs))]
        self.tiers[name] = Tier("a moment", tuple(parts))


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    suite = Suite(tmp_path)
    monkeypatch.setattr(tiers, "TIERS", suite.tiers)
    return suite


def headings(output: str) -> list[str]:
    return [
        re.sub(r"(\d+ min )?\d+ s$", "N s", line) for line in output.splitlines() if line.startswith("== ")
    ]


def test_last_output_has_total_of_all_tiers(suite: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    suite.add("unit", PASSES + SKIPS)
    suite.add("contract", PASSES)

    assert tiers.main([]) == 0
    output = capfd.readouterr().out
    assert headings(output) == [
        "== unit (a moment)",
        "== contract (a moment)",
        "== passed: 2 passed, 0 failed, 1 skipped in N s",
    ]
    assert output.splitlines()[-1] == output[output.rindex("== passed") :].strip()


@pytest.mark.parametrize("tests", [FAILS, BREAKS])
def test_failed_tier_stops_the_run(suite: Suite, capfd: pytest.CaptureFixture[str], tests: str) -> None:
    suite.add("unit", PASSES + tests)
    suite.add("contract", PASSES)

    assert tiers.main([]) == 1
    assert headings(capfd.readouterr().out) == [
        "== unit (a moment)",
        "== unit FAILED: 1 passed, 1 failed, 0 skipped in N s",
    ]


def test_parallel_tests_are_counted_once(suite: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    suite.add("unit", PASSES + SKIPS, "-p", "xdist.plugin", "-n", "2")

    assert tiers.main([]) == 0
    assert headings(capfd.readouterr().out)[-1] == "== passed: 1 passed, 0 failed, 1 skipped in N s"


def test_named_tiers_run_in_given_order(suite: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("unit", "contract", "e2e"):
        suite.add(name, PASSES)

    assert tiers.main(["e2e", "unit"]) == 0
    assert headings(capfd.readouterr().out)[:2] == ["== e2e (a moment)", "== unit (a moment)"]


def test_tier_without_selected_tests_passes(suite: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    suite.add("unit", PASSES)
    suite.add("contract", SKIPS)
    suite.add("e2e", PASSES + FAILS)
    suite.add("calls", FAILS, needs_all_tests=True)

    assert tiers.main(["--", "-k", "webhook", "-x"]) == 0
    assert headings(capfd.readouterr().out) == [
        "== unit",
        "== contract",
        "== e2e",
        "== passed: 2 passed, 0 failed, 0 skipped in N s",
    ]


def test_empty_selection_fails(suite: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    suite.add("unit", PASSES)

    assert tiers.main(["--", "-k", "webhok"]) == 1
    assert headings(capfd.readouterr().out)[-1] == "== FAILED: no test matches -k webhok"


def test_tier_without_tests_fails(suite: Suite) -> None:
    suite.add("unit", "")

    assert tiers.main([]) == 1


def test_outputs_of_parts_are_not_mixed(suite: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    slowly = "import time\nfor _ in range(3):\n    print({}, flush=True)\n    time.sleep(0.05)\n"
    suite.add_programs("e2e", slowly.format(1), slowly.format(2))

    assert tiers.main([]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if not line.startswith("==")]
    assert lines == ["1"] * 3 + ["2"] * 3


@pytest.mark.parametrize("programs", [("raise SystemExit(3)", ""), ("", "raise SystemExit(3)")])
def test_failed_part_fails_the_tier(suite: Suite, programs: tuple[str, str]) -> None:
    suite.add_programs("e2e", *programs)

    assert tiers.main([]) == 1


def test_every_test_belongs_to_one_tier(request: pytest.FixtureRequest) -> None:
    """Each test folder that needs only pip is an argument of a tier."""
    folders = {
        path.name for path in (request.config.rootpath / "tests").iterdir() if any(path.glob("**/test_*.py"))
    }
    named = {
        argument.split("/")[1]
        for tier in tiers.TIERS.values()
        for part in tier.parts
        for argument in part.arguments
        if argument.startswith("tests/")
    }

    assert named == folders - {"live"}
