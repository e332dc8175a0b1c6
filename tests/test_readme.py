"""What the READMEs say is what the program takes: commands, options, files, and what .ci/run runs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import pconv_cli
from pconv_cli.cli.app import app

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.zh-CN.md"]
DOCUMENTS = [
    *READMES,
    "examples/README.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
    "weights/README.md",
]

# Options of other programs, and of benchmarks, that the documents name.
FOREIGN = {
    "--no-tests", "--help", "--nproc-per-node", "--nnodes", "--rdzv-backend", "--rdzv-endpoint", "--logdir", "--ext",
    "--side", "--hole", "--systems", "--lines", "--vary", "--array", "--cpus-per-task", "--mem",
}  # fmt: skip

# The program run from a checkout without installation.
BARE = "python3 -m pconv_cli "


def text_of(document: str) -> str:
    path = ROOT / document
    if not path.exists():
        pytest.fail(f"{document} is not there")
    return path.read_text(encoding="utf-8")


def commands_of(text: str) -> list[str]:
    """The lines of the blocks of shell commands, long ones joined."""
    blocks = re.findall(r"^```(?:bash|sh|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line.partition(" # ")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def pconv_lines() -> list[tuple[str, str]]:
    found = []
    for document in DOCUMENTS:
        if (ROOT / document).exists():
            found += [(document, line) for line in commands_of(text_of(document)) if line.startswith(("pconv ", BARE))]
    return found


def parse(line: str) -> None:
    """Parse a command line down to its values, without running it."""
    command: Any = get_command(app)
    _, *words = shlex.split(line.replace(BARE, "pconv "))
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)


def all_options(command: Any = None) -> Iterator[str]:
    command = command or get_command(app)
    for parameter in command.params:
        yield from parameter.opts
        yield from parameter.secondary_opts
    for below in getattr(command, "commands", {}).values():
        yield from all_options(below)


def test_ci_runs_the_two_commands_of_each_readme_to_the_letter() -> None:
    run = re.findall(r'^run "(.*?)"', text_of(".ci/run"), re.MULTILINE)
    assert len(run) == 2
    for readme in READMES:
        assert [line for line in text_of(readme).splitlines() if line.startswith("python3 -m venv")] == run


def test_both_readmes_have_the_same_commands_and_sections() -> None:
    english, chinese = (text_of(readme) for readme in READMES)
    assert commands_of(english) == commands_of(chinese)
    assert len(re.findall("^## ", english, re.MULTILINE)) == len(re.findall("^## ", chinese, re.MULTILINE))
    assert sorted(re.findall(r"`(--[a-z-]+)", english)) == sorted(re.findall(r"`(--[a-z-]+)", chinese))
    assert re.findall(r"^\| \d+", english, re.MULTILINE) == re.findall(r"^\| \d+", chinese, re.MULTILINE)


@pytest.mark.parametrize(("document", "line"), pconv_lines())
def test_command_line_parses(document: str, line: str) -> None:
    parse(line)


@pytest.mark.parametrize("line", ["pconv inpaint in/ --masks m/", "pconv train data/ --stesp 3", "pconv masks gen"])
def test_a_wrong_command_line_does_not_parse(line: str) -> None:
    with pytest.raises(Exception, match=r"Missing|No such option"):
        parse(line)


def test_the_four_lines_of_the_design_are_in_the_readme() -> None:
    wanted = {
        "pconv masks gen --type randomwalk --count 1000 --size 512 --ratio 0.1-0.2 --out masks/",
        "pconv train data/",
        "pconv inpaint in/ --masks m/ --out out/",
        "pconv eval --ssim --psnr",
    }
    assert wanted <= set(commands_of(text_of("README.md")))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_option_named_exists(document: str) -> None:
    ours = re.sub(r"^python .*", "", text_of(document), flags=re.MULTILINE)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", ours))
    assert named - FOREIGN <= set(all_options())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_linked_exists(document: str) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text_of(document))
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not (ROOT / document).parent.joinpath(link).exists()]
    assert not missing


@pytest.mark.parametrize("document", [*DOCUMENTS, "benchmarks/RESULTS.md"])
def test_every_place_linked_exists(document: str) -> None:
    """Links that name a heading lead to one, spelled as GitHub spells it: lower case, hyphens, no punctuation."""
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text_of(document))
    places = [((ROOT / document).parent / file if file else ROOT / document, place) for file, place in links]
    assert not [(path.name, place) for path, place in places if place not in headings_of(path)]


def headings_of(path: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = [re.sub(r"\[(.*?)\]\(.*?\)", r"\1", head) for head in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("readme", READMES)
def test_exit_codes_are_those_of_the_errors(readme: str) -> None:
    def below(kind: type[pconv_cli.PconvError]) -> Iterator[type[pconv_cli.PconvError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    codes = {0} | {kind.exit_code for kind in below(pconv_cli.PconvError)}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text_of(readme), re.MULTILINE)} == codes


@pytest.mark.parametrize("readme", READMES)
def test_names_imported_from_the_package_are_public(readme: str) -> None:
    imported = re.findall(r"^from pconv_cli import (.*)$", text_of(readme), re.MULTILINE)
    assert imported
    assert {name.strip() for line in imported for name in line.split(",")} <= set(pconv_cli.__all__)


# Rooms of one module a format beside a few others; their documents name the formats.
FAMILIES = ("importing", "readers")


def test_the_architecture_names_the_modules_that_there_are() -> None:
    text = text_of("docs/architecture.md")
    named = set(re.findall(r"(?:`|\*\*)(?:[a-z_]+/)*(\w+\.py)(?:`|\*\*)", text))
    modules = {path.name for path in (ROOT / "pconv_cli").rglob("*.py") if path.parent.name not in FAMILIES}
    assert named <= {path.name for path in (ROOT / "pconv_cli").rglob("*.py")}
    assert modules - {"__init__.py", "__main__.py", "errors.py", "progress.py"} <= named


def test_the_diagrams_of_the_architecture_name_files_that_there_are() -> None:
    diagrams = "".join(re.findall(r"```mermaid\n(.*?)```", text_of("docs/architecture.md"), re.DOTALL))
    named = re.findall(r"[a-z_]+(?:/[a-z_]+)+(?:\.py)?", diagrams.replace("<br/>", " "))
    paths = [path.relative_to(ROOT / "pconv_cli").as_posix() for path in (ROOT / "pconv_cli").rglob("*")]
    missing = [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in paths)]
    assert len(named) > 12
    assert not missing


@pytest.mark.parametrize("readme", READMES)
def test_the_readmes_are_an_index_of_the_documents(readme: str) -> None:
    linked = set(re.findall(r"\]\((docs/\w[\w-]*\.md)\)", text_of(readme)))
    assert linked == {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
