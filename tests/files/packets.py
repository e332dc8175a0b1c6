"""XMP that holds and announces images."""

import base64
import io

import numpy as np
from PIL import Image

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
HDRGM = "http://ns.adobe.com/hdr-gain-map/1.0/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"
CAMERA = "http://ns.google.com/photos/1.0/camera/"
DC = "http://purl.org/dc/elements/1.1/"


def jpeg_of(seed: int, side: int = 16) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)).save(file, "JPEG")
    return file.getvalue()


THUMB = jpeg_of(1)
TEXT = base64.b64encode(THUMB).decode()


def packet(attributes: str = "", inside: str = "", quote: str = '"') -> bytes:
    text = (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="t">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:dc="{DC}" xmlns:g="{HDRGM}" '
        f'xmlns:Container="{CONTAINER}" xmlns:Item="{CONTAINER}item/" xmlns:GCamera="{CAMERA}" '
        f'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/" {attributes}>'
        f"{inside}</rdf:Description></rdf:RDF></x:xmpmeta>\n   \n<?xpacket end='w'?>"
    )
    return text.replace('"', quote).encode()


TITLE = '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">敦煌 &lt;45&gt; g:Version="1"</rdf:li></rdf:Alt></dc:title>'
THUMBNAILS = (
    f"<xmp:Thumbnails><rdf:Alt><rdf:li><xmpGImg:image>{TEXT}</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>"
)


def of_other_names(xmp: bytes) -> bytes:
    """A packet none of whose names is one of images."""
    for number, name in enumerate((HDRGM, CONTAINER, CAMERA, "http://ns.adobe.com/xap/1.0/g/img/")):
        xmp = xmp.replace(name.encode(), b"urn:%d" % number)
    return xmp
