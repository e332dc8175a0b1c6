"""The public names, the cost of importing them, and what a distribution says of itself."""

import ast
import json
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import pconv_cli

ROOT = Path(__file__).parents[1]

PUBLIC = {
    "EvalOptions",
    "FillOptions",
    "GenerateOptions",
    "InpaintOptions",
    "InpaintingLoss",
    "LossWeights",
    "MaskKind",
    "Method",
    "Metric",
    "ModelSpec",
    "PConvUNet",
    "PartialConv2d",
    "PconvError",
    "Phase",
    "ImageFormat",
    "Polarity",
    "TrainOptions",
    "VGG16Features",
    "VariantOptions",
    "__version__",
    "draw_mask",
    "evaluate",
    "generate_masks",
    "inpaint",
    "inpaint_folder",
    "inpaint_variants",
    "load_vgg",
    "load_weights",
    "make_backend",
    "save_weights",
    "train",
}

# Extras whose tests the gate runs with pinned releases.
GATED = ("jp2", "jpeg", "raw", "heif", "pdf", "exr", "c2pa")

HEAVY = {"torch", "numpy", "cv2", "skimage", "scipy", "safetensors", "tifffile", "imagecodecs", "PIL"}


def imported_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has imported after running some code."""
    report = "\nimport json, sys\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_public_names_are_these() -> None:
    assert set(pconv_cli.__all__) == PUBLIC
    assert set(dir(pconv_cli)) >= PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(pconv_cli, name)
    assert value.__doc__
    if name != "__version__":
        assert value.__name__ == name


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'telea'"):
        pconv_cli.telea  # noqa: B018


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not imported_by("import pconv_cli, pconv_cli.errors") & (HEAVY | {"typer", "rich"})


def program(*arguments: str) -> str:
    """Code that runs the program in a fresh interpreter, for `imported_by`, and expects it to end well."""
    return f"""
import sys
sys.argv = {["pconv", *arguments]!r}
from pconv_cli.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


@pytest.mark.parametrize(
    "command",
    [[], ["inpaint"], ["train"], ["eval"], ["demo"], ["masks", "gen"], ["masks", "stats"], ["weights", "list"]],
)
def test_help_imports_nothing_heavy(command: list[str]) -> None:
    assert not imported_by(program(*command, "--help")) & HEAVY


def test_version_is_shown_at_no_cost() -> None:
    done = subprocess.run([sys.executable, "-m", "pconv_cli", "--version"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"pconv {pconv_cli.__version__}\n", "")
    assert not imported_by(program("--version")) & HEAVY


def test_importing_the_library_imports_no_terminal() -> None:
    rooms = "masks.generate.batch", "jobs.folder", "evaluation.evaluator", "training.trainer", "core"
    code = "\n".join(f"import pconv_cli.{room}" for room in rooms)
    assert not imported_by(code) & {"typer", "rich"}


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert pconv_cli.__version__ == project["version"] == version("pconv-cli")
    assert f"## {pconv_cli.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_release_is_refused_for_being_new_and_the_gate_pins_those_that_it_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {one.name: one.specifier for one in map(Requirement, project["dependencies"])}
    extras = project["optional-dependencies"]
    wanted |= {one.name: one.specifier for extra in GATED for one in map(Requirement, extras[extra])}
    assert {part.operator for specifier in wanted.values() for part in specifier} == {">="}
    assert set(GATED) <= Requirement(extras["test"][0]).extras
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {one.name: one.specifier for one in map(Requirement, (line for line in lines if not line.startswith("#")))}
    assert pinned.keys() == wanted.keys()
    for name, specifier in pinned.items():
        (pin,) = specifier
        assert pin.operator == "=="
        assert wanted[name].contains(pin.version)
    assert "export PIP_CONSTRAINT=$PWD/.ci/constraints.txt\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_entry_point_is_the_program() -> None:
    (script,) = [point for point in entry_points(group="console_scripts") if point.name == "pconv"]
    assert script.value == "pconv_cli.__main__:main"


def test_ctrl_c_while_the_program_is_imported_ends_quietly() -> None:
    code = """
import sys

class Stopping:
    def find_spec(self, name, *_):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stopping())
from pconv_cli.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_package_is_marked_as_typed() -> None:
    assert (Path(pconv_cli.__file__).parent / "py.typed").is_file()


def modules() -> list[Path]:
    return sorted(Path(pconv_cli.__file__).parent.rglob("*.py"))


def test_no_two_classes_have_one_name() -> None:
    homes: dict[str, list[str]] = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(path.name)
    assert len(homes) > 300
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


def test_rooms_have_under_fifteen_files() -> None:
    rooms = Counter(path.parent.as_posix() for path in modules() if path.name != "__init__.py")
    assert len(rooms) > 40
    assert {room: count for room, count in rooms.items() if count >= 15} == {}
