"""The HTML pages of a condition report: one an image, and an index of them; no script, and nothing from elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from pconv_cli.errors import OutputError
from pconv_cli.files.finding.find import real
from pconv_cli.files.previews import jpeg, within
from pconv_cli.jobs.condition.options import ConditionOptions
from pconv_cli.jobs.condition.section import condition_facts, condition_section, figure
from pconv_cli.jobs.condition.survey import Condition
from pconv_cli.jobs.condition.tables import Row, image_row
from pconv_cli.jobs.provenance import today
from pconv_cli.pages.markup import Html, element, joined
from pconv_cli.pages.page import data_uri, facts, is_page, section, write_page
from pconv_cli.wording import of_file

PAGE_KIND = "pconv report"
"""What these pages call themselves, so that no other file is replaced by one."""

# Bytes of the image under a map, and of one in the index; longest side of the latter.
_MAP, _THUMB, _SMALL = 450_000, 6_000, 160

# Images of which the index shows one.
_SHOWN = 2000


@dataclass
class IndexEntry:
    """What the index says of an image, from its condition, or those of its pages.

    Attributes:
        name: The image's.
        rows: A row for it or each of its pages; see `pconv_cli.jobs.condition.tables.image_row`.
        thumb: The first page as a small JPEG file.
        size: Its size, or that of its first page, in words.
        losses: Separate losses.
        damaged: Pixels that are lost.
        pixels: All of its pixels.
        cm2: What is lost in square centimetres; None: nobody knows.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    thumb: bytes = b""
    size: str = ""
    losses: int = 0
    damaged: int = 0
    pixels: int = 0
    cm2: float | None = 0.0

    def take(self, condition: Condition) -> None:
        """Take up the image, or the next of its pages."""
        if not self.rows:
            self.thumb = jpeg(within(condition.view, _SMALL), _THUMB)
            height, width = condition.size
            self.size = f"{width} × {height}"
        self.rows.append(image_row(self.name, condition))
        self.losses += condition.losses.count
        self.damaged += condition.damaged
        self.pixels += condition.pixels
        resolution = condition.resolution
        known = None if resolution is None or self.cm2 is None else self.cm2 + resolution.cm2(condition.damaged)
        self.cm2 = known


def page_of(name: str) -> str:
    """Name the page of an image, below the folder of the report."""
    return f"{name}.html"


def check_page(path: Path) -> None:
    """Check that a page may be written to a place: nothing is there, or an earlier one.

    Raises:
        OutputError: Another file is there.
    """
    if path.exists() and not is_page(path, PAGE_KIND):
        raise OutputError(f"{path}: belongs to no earlier report; move it away, or choose another folder")


def write_image_page(out: Path, name: str, conditions: Iterable[Condition], options: ConditionOptions) -> None:
    """Write the page of an image, whole or not at all.

    Args:
        out: The folder of the report.
        name: The image's.
        conditions: Its condition, or those of its pages, each written before the next one is asked for.
        options: What is asked.

    Raises:
        OutputError: It cannot be written, or another file is in its place.
    """
    path = out / page_of(name)
    check_page(path)

    def parts() -> Iterator[Html]:
        back = "../" * (len(PurePosixPath(name).parts) - 1) + "index.html"
        yield element("p", element("a", "All images", href=back), class_="no-print")
        for condition in conditions:
            number = condition.leaf.number
            head = "" if number is None else element("h2", f"Page {number[0]} of {number[1]}")
            said = facts([*condition_facts(condition), ("date", today())])
            first = number is None or number[0] == 1
            shown = condition_section(name, condition, options.numbered, _MAP, explained=first)
            yield joined(Html('<section class="condition">'), head, said, shown, Html("</section>\n"))

    write_page(path, PAGE_KIND, f"Condition of {name}", parts(), script=None)


def write_index(
    path: Path,
    options: ConditionOptions,
    entries: Sequence[IndexEntry],
    failed: Sequence[tuple[str, str]],
    tables: Sequence[str],
) -> None:
    """Write the index of a report, whole or not at all.

    Raises:
        OutputError: It cannot be written, or another file is in its place.
    """
    check_page(path)
    name = real(options.images).name or str(options.images)

    def parts() -> Iterator[Html]:
        said = [("images", str(len(entries) + len(failed))), ("losses", f"{sum(one.losses for one in entries):,}")]
        said += [("failed", str(len(failed)))] if failed else []
        yield facts([*said, ("masks", str(options.masks)), ("date", today())])
        links = [element("li", element("a", table, href=table, download="")) for table in tables]
        yield element("ul", *links)
        if failed:
            items = [element("li", of_file(one, reason, options.images)) for one, reason in failed]
            yield section("Failed", element("ul", *items), class_="failed")
        if entries:
            measured = any(one.cm2 is not None for one in entries)
            heads = ("image", "", "size", "losses", "lost %", *(("lost cm²",) if measured else ()))
            head = element("thead", element("tr", *(element("th", word, scope="col") for word in heads)))
            yield joined(Html('<div class="wide"><table class="index">'), head, Html("<tbody>\n"))
            for number, entry in enumerate(entries):
                yield joined(_row(entry, shown=number < _SHOWN, measured=measured), "\n")
            yield Html("</tbody></table></div>\n")

    write_page(path, PAGE_KIND, f"Condition of {name}", parts(), script=None)


def _row(entry: IndexEntry, *, shown: bool, measured: bool) -> Html:
    thumb = element("img", src=data_uri(entry.thumb, "image/jpeg"), alt="", loading="lazy") if shown else ""
    link = element("a", entry.name, href=quote(page_of(entry.name), errors="replace"))
    pages = "" if len(entry.rows) == 1 else f", {len(entry.rows)} pages"
    return element(
        "tr",
        element("td", thumb),
        element("th", link, scope="row"),
        element("td", f"{entry.size}{pages}"),
        element("td", f"{entry.losses:,}"),
        element("td", figure(100 * entry.damaged / entry.pixels)),
        *((element("td", "" if entry.cm2 is None else figure(entry.cm2)),) if measured else ()),
    )
