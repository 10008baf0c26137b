"""Photos that say all that a camera, a telephone and an editor may say in one: nothing of it may leave."""

from __future__ import annotations

import subprocess
from pathlib import Path

from PIL import PngImagePlugin

from plugins.photos.colour import display_p3
from tests.plugins.photos import pictures

SIZE = (90, 60)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Ville"/>'
    b"</rdf:RDF></x:xmpmeta>"
)

WRITTEN = [
    "-GPSLatitude=48.83",
    "-GPSLongitude=2.24",
    "-Make=Exemple",
    "-SerialNumber=1234567",
    "-UserComment=Une Personne",
    "-XMP-dc:Creator=Une Personne",
    "-XMP-photoshop:City=Ville",
]
IN_JPEG = [
    "-IPTC:By-line=Une Personne",
    "-Comment=Une Personne",
    "-Photoshop:URL=https://personne.example/",
    "-Photoshop:XResolution=72",
    "-FlashPix:All=",
    "-AFCP:All=",
]


def write_talkative(exiftool: Path, folder: Path) -> dict[str, Path]:
    """One photo of each kind, by name."""
    image = pictures.corners(*SIZE)
    thumbnail = folder / "thumbnail"
    thumbnail.write_bytes(pictures.jpeg(image.resize((30, 20))))
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Une Personne")
    text.add_itxt("Comment", "Une Personne", "fr", "Commentaire", zip=True)
    made = {
        "camera.jpg": pictures.jpeg(image, icc_profile=display_p3(), comment=b"Une Personne"),
        "screenshot.png": pictures.encoded(image, "PNG", pnginfo=text, icc_profile=display_p3()),
        "message.webp": pictures.encoded(image, "WEBP", icc_profile=display_p3()),
        "modern.avif": pictures.encoded(image, "AVIF", exif=pictures.exif(gps=True), xmp=XMP),
        "pair.jpg": pictures.encoded(
            image, "MPO", save_all=True, append_images=[image.convert("L").convert("RGB")], exif=pictures.exif(gps=True)
        ),
        "portrait.heic": (pictures.SAMPLES / "portrait.heic").read_bytes(),
        "auxiliary.heic": (pictures.SAMPLES / "auxiliary.heic").read_bytes(),
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    write = [str(exiftool), "-q", "-overwrite_original"]
    subprocess.run([*write, *WRITTEN, *(str(folder / name) for name in ("screenshot.png", "message.webp"))], check=True)
    extra = [*IN_JPEG, f"-ThumbnailImage<={thumbnail}", "-MakerNoteUnknownText=Une Personne"]
    subprocess.run([*write, *WRITTEN, *extra, str(folder / "camera.jpg")], check=True)
    with (folder / "camera.jpg").open("ab") as stream:  # what phones append: a film, a depth map
        stream.write(b"MotionPhoto_Data" + made["modern.avif"])
    return {name: folder / name for name in made}
