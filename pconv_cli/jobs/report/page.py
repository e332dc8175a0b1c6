"""The page of a run: every image before and after, to be looked at in a browser."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from pconv_cli.errors import FileError, option
from pconv_cli.files.finding.find import real
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.retouch.names import MAP, every_extra_path
from pconv_cli.jobs.condition.survey import Condition
from pconv_cli.jobs.images.confidence import map_windows
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.opening import open_and_read, open_restored
from pconv_cli.jobs.manifest import read_manifest, recipe_of
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.plan import FolderPlan
from pconv_cli.jobs.planning.targets import PAGE_KIND, RestoreJob
from pconv_cli.jobs.report.condition import condition_part, found_conditions
from pconv_cli.jobs.report.outcome import InpaintReport, Warnings
from pconv_cli.jobs.report.recorded import of_recipe, of_record
from pconv_cli.jobs.report.spool import Spool
from pconv_cli.jobs.report.tables import keep_rows, table_paths, write_tables
from pconv_cli.jobs.report.views import COLOURS, SURE, ViewsBefore, before
from pconv_cli.pages.markup import Html, element, joined
from pconv_cli.pages.page import facts, section, write_page
from pconv_cli.pages.slider import SliderView, confidence_switch, controls, slider
from pconv_cli.progress import Progress
from pconv_cli.tiling.rect import Rect
from pconv_cli.wording import of_file, percent

#: Bytes of all JPEG files of a page; in base64 they take a third more.
PAGE = 36_000_000

# Bytes of those of one image: at most, and at least however many images there are.
_MOST, _LEAST = 270_000, 18_000

# The least room for images of an image's condition; with less, as where there are many images, its figures stand alone.
_LEAST_FOR_CONDITION = 60_000

# Remarks that stand before the images; more are folded, since hundreds of files may be alike.
_REMARKS = 8

#: What is said of an image that the page cannot measure.
NO_ROW = "has no row in the tables beside the page"

#: What is said of a damaged map of confidence.
NO_MAP = "its map of confidence cannot be shown on the page"

#: Images that are shown; more are listed by name.
SHOWN = 2000


class RunPage:
    """Takes up a run's images while they are at hand, from any thread, and writes the page in the end.

    What is taken up goes to a temporary file, so that memory does not grow with the number of images.

    Args:
        options: What is asked, with the place of the page.
        plan: The run.
        warnings: Hears which images lack something on the page.
    """

    def __init__(self, options: InpaintOptions, plan: FolderPlan, warnings: Warnings) -> None:
        self._options = options
        self._plan = plan
        self._warnings = warnings
        names = sorted(job.pair.name for job in (*plan.jobs, *plan.skipped))
        self._shown = set(names[:SHOWN])
        self._room = max(_LEAST, min(_MOST, PAGE // max(1, len(self._shown))))
        spare = PAGE // max(1, len(self._shown)) - self._room
        self._for_condition = min(_MOST, spare) if spare >= _LEAST_FOR_CONDITION else 0
        self._pending: dict[str, tuple[ViewsBefore, list[Condition], Html]] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        self._spool = Spool()
        self._lock = threading.Lock()

    def before(self, job: RestoreJob, image: OpenImage) -> None:
        """Take up an image as it was found. A page is never the reason why an image fails, so nothing is raised."""
        name = job.pair.name
        with self._lock:
            self._sizes[name] = image.size
        if name not in self._shown:
            return
        try:
            views = before(image, self._room)
        except Exception as error:
            self._cannot_show(name, error)
            return
        found, unmeasured = self._measured(name, image)
        with self._lock:
            self._pending[name] = views, found, unmeasured

    def _measured(self, name: str, image: OpenImage) -> tuple[list[Condition], Html]:
        """Survey an image; where that fails, its views stay, and the page says why it has no row in the tables."""
        try:
            return found_conditions(image, self._plan.choices.options(name)), Html("")
        except Exception as error:
            return [], self._cannot_measure(name, error)

    def after(self, job: RestoreJob, image: OpenImage) -> None:
        """Take up an image whose restored file is written."""
        self._after(job, image, image.window if image.has_holes else None)

    def _after(self, job: RestoreJob, image: OpenImage, window: Callable[[Rect], Samples] | None) -> None:
        """Take up an image whose restored samples ``window`` gives; None: it has no hole."""
        name = job.pair.name
        with self._lock:
            pending = self._pending.pop(name, None)
        if pending is None:
            return
        views, found, unmeasured = pending
        is_whole = not image.is_windowed and image.page is None
        try:
            after = () if window is None else views.after(window)
            figures = _figures(name, views, after, self._overlays(job, views))
        except Exception as error:
            self._cannot_show(name, error)
            return
        try:
            dilate = self._plan.choices.options(name).dilate
            shown = condition_part(name, found, window if is_whole else None, self._for_condition, dilate)
            keep_rows(self._spool, name, found)
        except Exception as error:
            shown = self._cannot_measure(name, error)
        self._keep(name, joined(figures, shown, unmeasured))

    def _overlays(self, job: RestoreJob, views: ViewsBefore) -> tuple[bytes, ...]:
        """Return overlays of how sure an image's fills are, where there is a map and one is asked for."""
        places = every_extra_path(job.target, [MAP]) if self._options.confidence else []
        for place in places:
            if place.is_file():
                try:
                    with map_windows(place) as read:
                        return views.overlays(read)
                except Exception as error:  # the views are shown without it
                    remedy = f"remove {place}, and run again with {option('resume')} to make it again"
                    words = f"{job.pair.name}: {NO_MAP} ({_reason(error)}); {remedy}"
                    self._warnings.add(NO_MAP, words)
        return ()

    def write(self, report: InpaintReport, progress: Progress) -> None:
        """Take up the images whose outputs were there already, from their files, and write the page.

        Raises:
            OutputError: The page cannot be written.
        """
        assert self._options.report is not None
        skipped: dict[str, float] = {}
        if self._plan.skipped:
            progress.start(len(self._plan.skipped), "images for the page")
        for job in self._plan.skipped:
            ratio = self._reread(job)
            if ratio is not None:
                skipped[job.pair.name] = ratio
            progress.advance(job.pair.name)
        try:
            write_tables(self._options.report, self._spool, sorted(self._shown))
            write_page(self._options.report, PAGE_KIND, self._title(), self._parts(report, skipped))
        finally:
            self._spool.close()

    def _reread(self, job: RestoreJob) -> float | None:
        """Take up one image from its files, and give its hole ratio."""
        options, name = self._options, job.pair.name
        try:
            with open_and_read(job, options) as image, open_restored(job.target, image, options) as window:
                self.before(job, image)
                self._after(job, image, window if image.has_holes else None)
                return image.hole_ratio
        except Exception as error:  # a page is never the reason why a run fails
            self._cannot_show(name, error)
            return None

    def _cannot_measure(self, name: str, error: Exception) -> Html:
        reason = _reason(error)
        self._warnings.add(NO_ROW, f"{name}: {NO_ROW}: its condition cannot be measured ({reason})")
        return element("p", f"Its condition cannot be measured: {reason}", class_="soft")

    def _cannot_show(self, name: str, error: Exception) -> None:
        reason = _reason(error)
        self._warnings.add(NO_ROW, f"{name}: {NO_ROW}: it cannot be shown there ({reason})")
        self._keep(name, element("p", f"Cannot be shown: {reason}", class_="soft"))

    def _keep(self, name: str, part: Html) -> None:
        self._spool.keep("card", name, part)

    def _title(self) -> str:
        name = real(self._options.images).name or str(self._options.images)
        return f"{name}: before and after"

    def _parts(self, report: InpaintReport, skipped: dict[str, float]) -> Iterator[Html]:
        yield _summary(self._options, self._plan.total, report)
        yield _links(self._options)
        if report.failed:
            images = self._options.images
            items = [element("li", of_file(name, reason, images)) for name, reason in report.failed]
            yield section("Failed", element("ul", *items), class_="failed")
        if report.warnings:
            remarks = element("ul", *(element("li", warning) for warning in report.warnings))
            if len(report.warnings) > _REMARKS:
                remarks = element("details", element("summary", f"All {len(report.warnings)} remarks"), remarks)
            yield section("Worth knowing", remarks)
        known = read_manifest(self._plan.folder) if self._plan.folder is not None else {}
        cards: dict[str, list[tuple[str, str]]] = {}
        for one in report.done:
            said = [("hole", percent(one.hole_ratio)), ("time", f"{one.seconds:.2f} s")]
            said += of_recipe(self._plan.choices.recipe(one.name))
            cards[one.name] = [*said, *([("note", one.note)] if one.note else [])]
        for job in self._plan.skipped:
            said = [("hole", percent(skipped[job.pair.name]))] if job.pair.name in skipped else []
            record = known.get(job.output_name(self._plan.folder), {}) if self._plan.folder is not None else {}
            cards[job.pair.name] = [*said, *of_record(record), ("note", "was there already")]
        names = sorted(cards)
        if not names:
            return
        note = f"Views reduced to at most {self._room // 1000} kB an image"
        yield joined(Html("<section>"), element("h2", "Images"), controls("before only", "before and after", note))
        if self._options.confidence:
            yield confidence_switch(COLOURS, SURE)
        yield joined(_index(names) if len(names) > 12 else "", Html('\n<div class="cards">\n'))
        for number, name in enumerate(names):
            size, kept = self._sizes.get(name), Html(self._spool.kept("card", name))
            said = [*([("size", f"{size[1]} × {size[0]}")] if size else []), *cards[name]]
            yield element("article", element("h3", name), facts(said), kept, "\n", class_="card", id=f"p{number}")
        yield Html("</div>\n</section>\n")
        if len(names) > SHOWN:
            yield element(
                "p", f"The first {SHOWN} of {len(names)} images are shown and measured; the others are only listed."
            )


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, FileError) else f"{type(error).__name__}: {error}"


def _figures(name: str, views: ViewsBefore, after: tuple[bytes, ...], overlays: tuple[bytes, ...] = ()) -> Html:
    """The sliders of one image; a single view where nothing was restored."""
    figures = []
    for number, (tile, size, jpeg, outline) in enumerate(
        zip(views.tiles, views.sizes, views.jpegs, views.outlines, strict=True)
    ):
        both = [SliderView("before", jpeg), *([SliderView("after", after[number])] if after else [])]
        place = _place(tile) if (tile.top, tile.left) != (0, 0) or number else ""
        words = f"{name}, {place}" if place else name
        shown = slider(words, both, size, outline=outline, overlay=overlays[number] if overlays else None)
        figures.append(element("figure", shown, *([element("figcaption", place)] if place else [])))
    return joined(*figures)


def _place(tile: Rect) -> str:
    return f"detail of {tile.width} × {tile.height} px at x {tile.left}, y {tile.top}"


def _summary(options: InpaintOptions, total: int, report: InpaintReport) -> Html:
    recipe = recipe_of(options)
    counts = [("images", str(total)), ("restored", str(len(report.done)))]
    counts += [("there already", str(len(report.skipped)))] if report.skipped else []
    counts += [("failed", str(len(report.failed)))] if report.failed else []
    how = [("method", report.method)]
    if "weights_sha256" in recipe:
        how.append(("weights", f"{_weights(options)} (SHA-256 {recipe['weights_sha256'][:12]}…)"))
    when = [("time", f"{report.seconds:.1f} s"), ("date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")]
    masks = str(options.annotations or options.masks)
    places = {"images": str(options.images), "masks": masks, "out": str(options.out)}
    text = json.dumps({**places, **recipe}, indent=1, ensure_ascii=False)
    return joined(
        facts([*counts, *how, *when]),
        element("details", element("summary", "All options"), element("pre", text)),
        "\n",
    )


def _links(options: InpaintOptions) -> Html:
    """The tables beside the page."""
    assert options.report is not None
    names = [path.name for path in table_paths(options.report)]
    links = [element("li", element("a", name, href=quote(name, errors="replace"), download="")) for name in names]
    return joined(element("ul", *links), "\n")


def _weights(options: InpaintOptions) -> str:
    from pconv_cli.core.weight_files import DEFAULT_WEIGHTS

    return str(options.weights or DEFAULT_WEIGHTS)


def _index(names: list[str]) -> Html:
    links = [element("li", element("a", name, href=f"#p{number}")) for number, name in enumerate(names)]
    return element("details", element("summary", f"All {len(names)} by name"), element("ul", *links))
