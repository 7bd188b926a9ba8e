"""Every section of Google's contract that a comment cites stands in docs/google-contract.md."""

import re
from pathlib import Path

import pytest

from tests.test_house.source import ROOT, python_files

CITED = re.compile(r"contract §(\d+(?:\.\d+)?)(?:, §(\d+(?:\.\d+)?))*")
NUMBER = re.compile(r"§(\d+(?:\.\d+)?)")
CONTRACT = (ROOT / "docs" / "google-contract.md").read_text("utf-8")
WRITTEN = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", CONTRACT, re.MULTILINE))


def citing() -> list[Path]:
    files = python_files("accounts", "tokens", "provisioning", "portal", "tests")
    return [path for path in files if "contract §" in (ROOT / path).read_text("utf-8")]


@pytest.mark.parametrize("path", citing(), ids=str)
def test_what_is_cited_is_written(path: Path) -> None:
    text = (ROOT / path).read_text("utf-8")
    for cited in CITED.finditer(text):
        for number in NUMBER.findall(cited[0]):
            if number.startswith("14."):
                # Families of scenarios are numbered within the section.
                assert re.search(rf"\b{number[3:]}\b", CONTRACT.split("## 14.")[1]), number
            else:
                assert number in WRITTEN, f"contract §{number} is cited and not written"
