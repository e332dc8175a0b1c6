"""What an installation gets: every file that the program opens is in the wheel and in the source distribution."""

from pathlib import Path

import pytest

from .optional import needed

ROOT = Path(__file__).parents[1]


def held(kind: str, builder: str) -> dict[str, Path]:
    """The files of a distribution, as its build backend lists them: where they go, and what they are made of."""
    made = getattr(needed(f"hatchling.builders.{kind}"), builder)(str(ROOT))
    return {file.distribution_path: Path(file.path).resolve() for file in made.recurse_included_files()}


def opened(weights: str) -> dict[str, Path]:
    """The data files of the package, and its weights, which go into a folder of that name."""
    found = (path for path in (ROOT / "pconv_cli").rglob("*") if path.is_file() and path.suffix != ".py")
    data = [path for path in found if path.parent.name != "__pycache__"]
    files = {path.relative_to(ROOT).as_posix(): path.resolve() for path in data}
    shipped = ROOT / "weights"
    trained = shipped.rglob("*.safetensors")
    return files | {f"{weights}/{path.relative_to(shipped).as_posix()}": path.resolve() for path in trained}


@pytest.mark.parametrize(
    ("kind", "builder", "weights"),
    [("wheel", "WheelBuilder", "pconv_cli/weights"), ("sdist", "SdistBuilder", "weights")],
)
def test_a_distribution_holds_every_file_that_the_program_opens(kind: str, builder: str, weights: str) -> None:
    expected, files = opened(weights), held(kind, builder)
    assert {f"{weights}/detection/damage.safetensors", f"{weights}/photo.safetensors"} <= expected.keys()
    assert {"pconv_cli/py.typed", "pconv_cli/web/static/index.html", "pconv_cli/pages/page.css"} <= expected.keys()
    assert {place: files.get(place) for place in expected} == expected
