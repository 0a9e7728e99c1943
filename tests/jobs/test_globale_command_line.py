"""The catalog job as its users start it: what it prints, writes, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from centra_sandbox import Sandbox

from ..support.globale_shop import RESOURCES, make_clean_shop
from ..support.selection import representative
from ..support.workplace import Output, Workplace

SCRIPT = "pipelines/globale_catalog_pipeline.py"


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace with a loaded shop in which much needs fixing."""
    workplace = Workplace(tmp_path_factory.mktemp("spoilt") / "work")
    with Sandbox(products=30, orders=0, seed=7) as sandbox:
        workplace.load(sandbox, "--resources", ",".join(RESOURCES))
    return workplace


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace with a loaded shop in which nothing is."""
    workplace = Workplace(tmp_path_factory.mktemp("clean") / "work")
    with make_clean_shop(12) as sandbox:
        workplace.load(sandbox, "--resources", ",".join(RESOURCES))
    return workplace


def export(workplace: Workplace, *options: str) -> Output:
    """Runs the job; its messages for people go to standard output alone."""
    done = workplace.run(*options, script=SCRIPT)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.full
def test_blocked_catalog_is_written_and_fails(spoilt: Workplace) -> None:
    """Rules with what they found, files, and a last line that says no; the page names what to fix."""
    done = export(spoilt, "--profile", "full", "--output", "blocked", "--review")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("Global-e catalog: ")
    assert any(line.split()[:2] == ["BLOCK", "C1"] for line in done.stdout.splitlines())
    assert done.stdout.splitlines()[-1].startswith("Not ready for Global-e: ")
    kinds = {path.suffix for path in (spoilt.folder / "blocked").iterdir()}
    assert kinds == {".csv", ".html", ".json", ".xlsx"}
    (page,) = (spoilt.folder / "blocked").glob("*.html")
    assert page.name in done.stdout.replace("\n", "")


@pytest.mark.full
def test_exit_code_can_be_forced_to_zero(spoilt: Workplace) -> None:
    """For users who only need the files."""
    assert export(spoilt, "--output", "zero", "--exit-zero").returncode == 0


@pytest.mark.full
def test_clean_catalog_is_delivered_and_compared(clean: Workplace) -> None:
    """The first is recorded, the next one is compared with it, and nothing has changed."""
    first = export(clean, "--deliver", "--merchant", "Nordic Wool")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines()[-1] == "Ready for Global-e. It is recorded as delivered."
    second = export(clean, "--delta", "--strict")
    assert second.returncode == 0
    assert "0 added, 0 changed, 0 removed." in second.stdout
    assert list((clean.folder / "globale").glob("Nordic-Wool_product-catalogue_*.csv"))


@pytest.mark.full
def test_warnings_fail_where_they_are_to(tmp_path: Path) -> None:
    """--strict turns what is only worth a warning into a failure."""
    workplace = Workplace(tmp_path / "work")
    with make_clean_shop(12) as sandbox:
        for product in sandbox.shop.products:
            product["weight"] = None
        workplace.load(sandbox, "--resources", ",".join(RESOURCES))
    assert export(workplace).returncode == 0
    assert export(workplace, "--strict").returncode == 1


@pytest.mark.full
def test_settings_are_read_from_the_configuration(clean: Workplace, tmp_path: Path) -> None:
    """A profile of one's own in .dlt/config.toml."""
    settings = (
        '[globale]\nmerchant = "Own"\nprofile = "mine"\n[globale.profiles.mine.columns]\n"Code" = "sku"\n'
    )
    path = clean.folder / ".dlt" / "config.toml"
    before = path.read_text()
    path.write_text(before + settings)
    done = export(clean, "--output", str(tmp_path))
    path.write_text(before)
    assert done.returncode == 0
    (file,) = tmp_path.glob("Own_product-catalogue_*.csv")
    assert file.read_bytes().startswith(b"Code\r\nNL-")


BAD_INPUT = [
    (("--profile", "fall"), "There is no profile 'fall': did you mean full"),
    (("--store", "99"), "There is no direct-to-consumer store 99: set store in [globale]"),
    (("--delta", "--profile", "full"), "There is no earlier file to compare with"),
    (("--language", "sv"), "language of [globale] needs display_translations and languages"),
    (("doctor", "--delta"), "No such option: --delta. It is an option of `centra globale catalog`."),
]


@pytest.mark.full
@pytest.mark.parametrize(("options", "sentence"), representative(BAD_INPUT, BAD_INPUT[0]))
def test_what_cannot_be_is_refused_in_a_sentence(
    clean: Workplace, options: tuple[str, ...], sentence: str
) -> None:
    """With exit code 2 and no file."""
    refused = export(clean, *options, *(() if "doctor" in options else ("--output", "nowhere")))
    assert refused.returncode == 2
    assert refused.stderr.startswith(sentence)
    assert not (clean.folder / "nowhere").exists()


@pytest.mark.full
def test_folder_that_cannot_be_written_is_refused(clean: Workplace) -> None:
    """A file of that name is in its place."""
    (clean.folder / "taken").write_text("a file")
    refused = export(clean, "--output", "taken")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The files cannot be written to taken (")
    assert (clean.folder / "taken").read_text() == "a file"


@pytest.mark.full
def test_doctor_lists_what_is_missing(spoilt: Workplace) -> None:
    """As a list for people, and as JSON for machines; what is not loaded is unknown."""
    done = export(spoilt, "doctor")
    assert (done.returncode, done.stderr) == (3, "")
    assert "Order attribute ge_order_details" in done.stdout
    as_json = export(spoilt, "doctor", "--json")
    steps = json.loads(as_json.stdout)
    assert as_json.returncode == 3
    assert {step["state"] for step in steps} == {"ok", "unknown", "by_hand"}
