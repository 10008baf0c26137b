"""The same photos as five sites of each generator: Préau, Pelican + image-process, Hugo, Eleventy + eleventy-img."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.process_tree import Cost, run
from tests.plugins.making import CENTRE, make_content
from tests.project import ROOT
from tests.publish.started import PREAU

SITES, WIDTHS, WEBP_QUALITY, JPEG_QUALITY = 5, (480, 960, 1600), 75, 80
A_PAGE = 12
"""Photos of one article."""

PEERS = ROOT / "tests/bench/photo_peers"
PEERS_PYTHON = ROOT / ".preau/bench/peers"


@dataclass(frozen=True)
class Tool:
    """A generator.

    Arguments:
        name: in the tables.
        place: puts a photo (site, article, file) into its sources.
        prepare: writes the rest of its sources.
        build: builds the sites named.
    """

    name: str
    folder: Path
    place: Callable[[int, int, Path], None]
    prepare: Callable[[], None]
    build: Callable[[Sequence[int]], Cost]

    @property
    def outputs(self) -> list[Path]:
        """Every image that families would receive."""
        return [
            file
            for file in sorted((self.folder / "output").rglob("*"))
            if file.suffix in {".webp", ".jpg", ".jpeg", ".avif"} and "icones" not in file.parts
        ]


def spread(photos: Sequence[Path]) -> list[tuple[int, int, Path]]:
    """Site and article of each photo: as many in each site."""
    return [(number % SITES, number // SITES // A_PAGE, photo) for number, photo in enumerate(photos)]


def _link(photo: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    os.link(photo, folder / photo.name)
    return folder / photo.name


def preau(name: str, folder: Path, settings: str = "") -> Tool:
    """Préau; `settings` are arguments of `Recipe`, instead of the chosen ones."""

    def prepare() -> None:
        (folder / "preau.toml").write_text('[build]\ncache = "cache"\n')
        if settings:  # found at the start of every Python process, workers included; Préau has no setting for it
            replaced = f"import plugins.photos.recipe as made\n\nmade.RECIPE = made.Recipe({settings})\n"
            (folder / "sitecustomize.py").write_text(replaced)
        centres = {f"site-{site}/centre.toml": CENTRE.replace("Les Lilas", f"Site {site}") for site in range(SITES)}
        make_content(folder / "content", {"lilas/centre.toml": None, **centres})

    def place(site: int, article: int, photo: Path) -> None:
        home = folder / f"content/site-{site}/articles/2022-11-0{1 + article % 8}-article-{article}"
        _link(photo, home)
        (home / "article.md").write_text(
            f"Titre: Article {article}\nPhotos: toutes\n"
            "Droit à l'image: vérifié par Karim Exemple le 8 novembre 2022\n\nTexte.\n"
        )

    def build(sites: Sequence[int]) -> Cost:
        where = ["--config", str(folder / "preau.toml"), "--content", str(folder / "content")]
        asked = ["build", "--output", str(folder / "output"), "--date", "2022-11-09"]
        named = [] if len(sites) == SITES else [f"site-{site}" for site in sites]
        return run([*PREAU, *where, *asked, *named], ROOT, {**os.environ, "PYTHONPATH": str(folder)})

    return Tool(name, folder, place, prepare, build)


def _one_by_one(command: Callable[[int], list[str]], folder: Path) -> Callable[[Sequence[int]], Cost]:
    def build(sites: Sequence[int]) -> Cost:
        total = Cost(0, 0, 0)
        for site in sites:
            total += run(command(site), folder / f"site-{site}")
        return total

    return build


def pelican(folder: Path) -> Tool:
    """Stock Pelican and image-process: two `<img srcset>` a photo, so that it makes both formats."""

    def prepare() -> None:
        for site in range(SITES):
            (folder / f"site-{site}/pelicanconf.py").write_text(_PELICAN.format(widths=WIDTHS))

    def place(site: int, article: int, photo: Path) -> None:
        content = folder / f"site-{site}/content"
        _link(photo, content / "photos")
        page = content / f"article-{article}.html"
        old = page.read_text() if page.exists() else ""
        head = f'<head><title>Article {article}</title><meta name="date" content="2022-11-08"></head>'
        images = "".join(
            f'<img class="image-process-{kind}" src="/photos/{photo.name}" alt="">' for kind in ("webp", "jpeg")
        )
        page.write_text((old or f"<html>{head}<body></body></html>").replace("</body>", f"{images}</body>"))

    def command(site: int) -> list[str]:
        return [
            str(PEERS_PYTHON / "bin/pelican"),
            "content",
            "-o",
            str(folder / f"output/{site}"),
            "-s",
            "pelicanconf.py",
        ]

    return Tool("Pelican + image-process", folder, place, prepare, _one_by_one(command, folder))


_PELICAN = """\
from functools import partial
SITENAME, SITEURL, TIMEZONE, DEFAULT_LANG = "Site", "", "Europe/Paris", "fr"
STATIC_PATHS = []  # originals are not published
PLUGINS = ["pelican.plugins.image_process"]
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
def at(quality, image):  # the plugin has no setting for it
    image.save = partial(image.save, quality=quality)
    return image
def responsive(quality, form):
    steps = lambda width: [f"scale_in {{width}} None False", partial(at, quality)]
    return {{"type": "responsive-image", "sizes": "100vw", "default": "480w", "output-format": form,
            "srcset": [(f"{{width}}w", steps(width)) for width in {widths}]}}
IMAGE_PROCESS = {{"webp": responsive(75, "webp"), "jpeg": responsive(80, "jpg")}}
"""


def hugo(folder: Path) -> Tool:
    """Hugo with its own defaults (its fast box filter included), but for the qualities."""

    def prepare() -> None:
        for site in range(SITES):
            home = folder / f"site-{site}"
            (home / "layouts").mkdir(parents=True)
            (home / "hugo.toml").write_text(
                'baseURL = "https://example.org/"\ndisableKinds = ["taxonomy", "term", "RSS"]\n'
            )
            for kind in ("single", "list"):
                (home / f"layouts/{kind}.html").write_text(_HUGO)

    def place(site: int, article: int, photo: Path) -> None:
        home = folder / f"site-{site}/content/article-{article}"
        _link(photo, home)
        (home / "index.md").write_text(
            f"---\ntitle: Article {article}\nbuild:\n  publishResources: false\n---\nTexte.\n"
        )

    def command(site: int) -> list[str]:
        return [str(PEERS_PYTHON / "bin/hugo"), "--destination", str(folder / f"output/{site}"), "--quiet"]

    return Tool("Hugo", folder, place, prepare, _one_by_one(command, folder))


_HUGO = f"""\
<!doctype html><title>{{{{ .Title }}}}</title>
{{{{ range .Pages }}}}<a href="{{{{ .RelPermalink }}}}">{{{{ .Title }}}}</a>{{{{ end }}}}
{{{{ range $photo := .Resources.ByType "image" }}}}<picture>
{{{{ range $form := slice "webp q{WEBP_QUALITY}" "jpg q{JPEG_QUALITY}" }}}}<source srcset="
{{{{ range $width := slice {" ".join(map(str, WIDTHS))} }}}}
{{{{ with $photo.Resize (printf "%dx %s" $width $form) }}}}{{{{ .RelPermalink }}}} {{{{ $width }}}}w,{{{{ end }}}}
{{{{ end }}}}">{{{{ end }}}}</picture>{{{{ end }}}}
"""


def eleventy(folder: Path) -> Tool:
    """Eleventy and eleventy-img (sharp)."""

    def prepare() -> None:
        for site in range(SITES):
            home = folder / f"site-{site}"
            settings = {
                "image": str(PEERS / "node_modules/@11ty/eleventy-img/img.js"),
                "photos": "photos",
                "output": str(folder / f"output/{site}"),
            }
            (home / "eleventy.config.js").write_text(_fill(_ELEVENTY, settings))
            (home / "package.json").write_text('{"type": "module"}\n')

    def place(site: int, article: int, photo: Path) -> None:
        home = folder / f"site-{site}"
        _link(photo, home / "photos")
        page = home / f"content/article-{article}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        with page.open("a") as opened:
            opened.write(f'{{% photo "photos/{photo.name}" %}}\n')

    def command(site: int) -> list[str]:
        node = str(ROOT / ".venv/bin/node")
        given = ["--input=content", f"--output={folder / f'output/{site}'}", "--quiet"]
        return [node, str(PEERS / "node_modules/@11ty/eleventy/cmd.cjs"), *given]

    return Tool("Eleventy + eleventy-img", folder, place, prepare, _one_by_one(command, folder))


def _fill(template: str, settings: dict[str, str]) -> str:
    for name, value in settings.items():
        template = template.replace(f"@{name}@", json.dumps(value))
    return template


_ELEVENTY = f"""\
import Image from @image@;
const options = {{
  widths: {list(WIDTHS)}, formats: ["webp", "jpeg"], outputDir: @output@ + "/img", urlPath: "/img/",
  sharpWebpOptions: {{ quality: {WEBP_QUALITY} }}, sharpJpegOptions: {{ quality: {JPEG_QUALITY} }},
}};
export default function (config) {{
  config.addShortcode("photo", async (file) =>
    Image.generateHTML(await Image(file, options), {{ alt: "", sizes: "100vw" }}));
}}
"""
