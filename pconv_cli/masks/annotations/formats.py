"""The annotation formats that are read, recognised by their content and never by their names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pconv_cli.errors import MaskError, PconvError
from pconv_cli.masks.annotations.document import AnnotatedImage
from pconv_cli.masks.annotations.readers import (
    coco,
    cvat,
    dxf,
    geojson,
    iiif,
    label_studio,
    labelme,
    labelme_xml,
    photoshop,
    supervisely,
    svg,
    tiff,
    via,
)
from pconv_cli.masks.annotations.source import AnnotationFile


@dataclass(frozen=True)
class AnnotationFormat:
    """One format.

    Attributes:
        name: What it is called in reports.
        recognise: Whether a file is of it, by its content.
        read: The annotated images of a file.
    """

    name: str
    recognise: Callable[[AnnotationFile], bool]
    read: Callable[[AnnotationFile], Iterator[AnnotatedImage]]


FORMATS = (
    AnnotationFormat("Photoshop", photoshop.recognise, photoshop.read),
    AnnotationFormat("TIFF channels", tiff.recognise, tiff.read),
    AnnotationFormat("LabelMe", labelme.recognise, labelme.read),
    AnnotationFormat("LabelMe XML", labelme_xml.recognise, labelme_xml.read),
    AnnotationFormat("COCO", coco.recognise, coco.read),
    AnnotationFormat("Supervisely", supervisely.recognise, supervisely.read),
    AnnotationFormat("GeoJSON", geojson.recognise, geojson.read),
    AnnotationFormat("IIIF", iiif.recognise, iiif.read),
    AnnotationFormat("Label Studio", label_studio.recognise, label_studio.read),
    AnnotationFormat("VIA", via.recognise, via.read),
    AnnotationFormat("CVAT", cvat.recognise, cvat.read),
    AnnotationFormat("SVG", svg.recognise, svg.read),
    AnnotationFormat("DXF", dxf.recognise, dxf.read),
)


def format_of(source: AnnotationFile) -> AnnotationFormat | None:
    """Find the format of a file by its content; None where it is of none.

    Raises:
        MaskError: It begins as JSON or XML and is damaged.
    """
    return next((one for one in FORMATS if one.recognise(source)), None)


def read_annotations(source: AnnotationFile, placed: dxf.DrawingMap | None = None) -> Iterator[AnnotatedImage]:
    """Read the annotated images of a file of any known format.

    Args:
        source: The file.
        placed: How a DXF drawing lies on its image, where the drawing does not say so itself.

    Raises:
        MaskError: It is of no known format, damaged, or needs a package that is not installed.
    """
    kind = format_of(source)
    if kind is None:
        names = ", ".join(one.name for one in FORMATS)
        raise MaskError(f"{source.path}: is of no annotation format that is read ({names})")
    read = partial(dxf.read, placed=placed) if kind.name == "DXF" else kind.read
    try:
        yield from read(source)
    except PconvError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        # What a reader takes for granted and a damaged or hostile file does not hold.
        raise MaskError(
            f"{source.path}: is damaged, or not as {kind.name} writes it ({type(error).__name__}: {error})"
        ) from error
