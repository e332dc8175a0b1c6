"""The condition report of a folder of images: a page for each, an index of them, and two CSV files."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from pconv_cli.arguments import takes_options
from pconv_cli.errors import FileError, Interrupted, one_file
from pconv_cli.files.atomic import atomic_path, check_writable_folder, discard_leftovers, ensure_writable_folder
from pconv_cli.files.finding.find import check_apart, left_out_words
from pconv_cli.jobs.condition.damage import KnownDamage, damage_found
from pconv_cli.jobs.condition.leaves import open_leaves
from pconv_cli.jobs.condition.options import ConditionOptions
from pconv_cli.jobs.condition.pages import IndexEntry, check_page, page_of, write_image_page, write_index
from pconv_cli.jobs.condition.survey import LOSS, Condition, survey
from pconv_cli.jobs.condition.tables import (
    IMAGE_COLUMNS,
    LOSS_COLUMNS,
    CsvTable,
    Row,
    check_replaceable,
    loss_rows,
)
from pconv_cli.masks.ratios import MOSTLY_HOLE, polarity_remedy
from pconv_cli.progress import Progress, Silent
from pconv_cli.wording import failed_json

INDEX, LOSSES, IMAGES = "index.html", "losses.csv", "images.csv"


@dataclass
class ConditionReport:
    """What became of it; ``exit_code`` is the status with which a command should end.

    Attributes:
        out: The folder.
        rows: For each image that has a page, the row of itself or of each of its pages, by `IMAGE_COLUMNS`.
        failed: The images without a page, each with the reason.
        warnings: What a user should know.
    """

    out: Path
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where some images failed."""
        return FileError.exit_code if self.failed else 0

    @property
    def losses(self) -> int:
        """Separate losses of all images."""
        return sum(row["losses"] for rows in self.rows.values() for row in rows)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {
            "out": self.out.as_posix(),
            "images": [row for rows in self.rows.values() for row in rows],
            "failed": failed_json(self.failed),
            "warnings": self.warnings,
            "exit_code": self.exit_code,
        }


@takes_options(ConditionOptions)
def report_conditions(options: ConditionOptions, progress: Progress | None = None) -> ConditionReport:
    """Write the condition report of a folder of images, or of one: what is lost, before anything is restored.

    Written are ``index.html``, a page for each image (``a/b.jpg.html``), ``losses.csv`` with a row for each loss, and
    ``images.csv`` with one for each image or page of a file. An earlier report there is replaced, and no other file;
    pages of images that are gone stay. An image that fails is reported, and the rest goes on. Of a huge scan one
    window at a time is read.

    Args:
        options: What to report on, as one object; or its values themselves.
        progress: Hears how far the work is.

    Raises:
        UsageError: A path does not exist, or the report would lie where images or masks are read.
        NothingToDo: There is no image, or no annotation.
        OutputError: The folder cannot be written, or another file stands in the report's place.
        Interrupted: Ctrl-C or SIGTERM; pages that were written are whole.
    """
    progress = progress or Silent()
    check_apart(options.images, options.out, "images")
    if options.masks != "alpha":
        check_apart(options.masks, options.out, "masks")
    check_writable_folder(options.out)
    report = ConditionReport(options.out)
    with damage_found(options, progress) as damage:
        for words in (*left_out_words(options.images), *damage.doubts):
            report.warnings.append(words)
            progress.warn(words)
        for table, columns in ((LOSSES, LOSS_COLUMNS), (IMAGES, IMAGE_COLUMNS)):
            check_replaceable(options.out / table, columns)
        check_page(options.out / INDEX)
        ensure_writable_folder(options.out)
        discard_leftovers({options.out, *((options.out / page_of(name)).parent for name in damage.images)})
        try:
            _write(damage, options, report, progress)
        except KeyboardInterrupt as error:
            done = f"{len(report.rows)} of {len(damage.images)} pages written to {options.out}, without the index"
            raise Interrupted(f"{done}; the same command writes all of them") from error
    return report


def _write(damage: KnownDamage, options: ConditionOptions, report: ConditionReport, progress: Progress) -> None:
    entries: list[IndexEntry] = []
    progress.start(len(damage.images), "images")
    with ExitStack() as opened:
        tables = [CsvTable(opened.enter_context(_text(options.out / name))) for name in (LOSSES, IMAGES)]
        tables[0].add(LOSS_COLUMNS)
        tables[1].add(IMAGE_COLUMNS)
        for name, image in damage.images.items():
            try:
                with one_file(image):
                    entry, rows = _report_on(name, image, damage, options, report, progress)
            except FileError as error:
                report.failed.append((name, str(error)))
                progress.advance(name)
                continue
            entries.append(entry)
            tables[0].add_all(rows)
            tables[1].add_all(entry.rows)
            report.rows[name] = [
                {key: None if value == "" else value for key, value in zip(IMAGE_COLUMNS, own, strict=True)}
                for own in entry.rows
            ]
            progress.advance(name)
        report.failed += damage.unread
        report.failed.sort()
        write_index(options.out / INDEX, options, entries, report.failed, (LOSSES, IMAGES))


def _report_on(
    name: str, image: Path, damage: KnownDamage, options: ConditionOptions, report: ConditionReport, progress: Progress
) -> tuple[IndexEntry, list[Row]]:
    """Write the page of one image, and give its rows; nothing of it counts before the page is there."""
    damage.check(name)
    rows: list[Row] = []
    entry = IndexEntry(name)
    said: list[str] = []

    def conditions() -> Iterator[Condition]:
        for leaf in open_leaves(image):
            page, total = leaf.number or (1, 0)
            progress.stage(name, "measuring", page - 1, total)
            condition = survey(leaf, damage.areas(name, leaf, said.append), options.dpi)
            entry.take(condition)
            rows.extend(loss_rows(name, condition))
            said.extend(_doubts(condition, options))
            yield condition

    write_image_page(options.out, name, conditions(), options)
    if not rows:
        said.append("no loss is marked on it")
    for words in dict.fromkeys(said):
        words = words if words.startswith(str(image)) or name in words else f"{name}: {words}"
        report.warnings.append(words)
        progress.warn(words)
    return entry, rows


def _doubts(condition: Condition, options: ConditionOptions) -> Iterator[str]:
    number = condition.leaf.number
    where = "" if number is None else f"page {number[0]}: "
    yield from (f"{where}{remark}" for remark in condition.remarks)
    share = condition.damaged / condition.pixels
    if share > MOSTLY_HOLE:
        remedy = "" if condition.labels != (LOSS,) else f"; {polarity_remedy(options.polarity)}"
        yield f"{where}{100 * share:.0f} % of it is marked as lost{remedy}"


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield file
