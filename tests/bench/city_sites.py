"""The same posts as the sites of a whole city, for each generator: Préau, stock Pelican, Hugo, Eleventy."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.bench.photo_sites import PEERS, PEERS_PYTHON
from tests.bench.process_tree import Cost, run
from tests.plugins.making import CENTRE, make_content
from tests.project import ROOT
from tests.publish.started import PREAU

FIRST = date(2021, 9, 1)
TODAY = "2022-11-09"
TEXT = (
    "le la les un une des enfants jardin potager tomates matin soir piscine hockey peinture bottes goûter midi avec "
    "puis dans sous tilleul animateurs grands petits préparé planté goûté dehors rires équipe mercredi vacances cour"
)
WORDS = TEXT.split()
ADDED = "Une phrase de plus."
"""What an edit adds to a post."""
PARAGRAPHS, LONG = 3, 50


@dataclass(frozen=True)
class Post:
    """A post of about 150 words, with emphasis and a link: the same for everybody."""

    number: int
    title: str
    day: date
    body: str


def post(site: int, number: int) -> Post:
    """The post of this number of this site, the same each time."""
    drawn = random.Random(site * 100_000 + number)
    paragraphs = []
    for _ in range(PARAGRAPHS):
        words = [drawn.choice(WORDS) for _ in range(LONG)]
        words[10], words[20] = f"*{words[10]}*", f"**{words[20]}**"
        words[30] = f"[{words[30]}](https://example.org/{number})"
        paragraphs.append(" ".join(words).capitalize() + ".")
    day = FIRST + timedelta(days=number * 400 // 1000 if number < 1000 else 400)
    return Post(number, f"Article {number} du centre {site}", day, "\n\n".join(paragraphs) + "\n")


@dataclass(frozen=True)
class City:
    """How many sites, of how many posts."""

    sites: int
    posts: int

    @property
    def name(self) -> str:
        return f"{self.sites}x{self.posts}"


@dataclass(frozen=True)
class Tool:
    """A generator.

    Arguments:
        name: in the tables.
        write: writes one site's sources.
        edit: changes one post of a site.
        theme: changes the theme of all.
        build: builds the sites named; Préau is asked for the whole city whatever is named.
        output: folder of all that is made, with one of each site in it.
        repeats: how often it is measured.
        whole: knows by itself what changed: it is always asked for the whole city.
        kept: folder of what it keeps for its next run.
    """

    name: str
    write: Callable[[int], None]
    edit: Callable[[int], None]
    theme: Callable[[], None]
    build: Callable[[Sequence[int]], Cost]
    output: Path
    repeats: int
    whole: bool = False
    kept: Path | None = None

    def forget(self) -> None:
        """Put aside all that was made.

        It is not removed: on some disks, files are written more slowly for a while after many were removed, which is
        nobody's build.
        """
        for folder in (self.output, self.kept):
            if folder is not None and folder.exists():
                folder.rename(Path(tempfile.mkdtemp(dir=folder.parent, prefix="aside-")) / folder.name)
        os.sync()

    def pages(self) -> int:
        """How many pages were made."""
        return sum(1 for _ in self.output.rglob("*.html"))

    def edits(self, site: int) -> int:
        """How often the sentences that were added are found in the pages of a site."""
        return sum(page.read_text("utf-8").count(ADDED) for page in (self.output / slug(site)).rglob("*.html"))


def slug(site: int) -> str:
    return f"site-{site:03d}"


def _append(file: Path, text: str) -> None:
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def preau(folder: Path, city: City) -> Tool:
    """Préau, run from a copy of the project, so that its theme may be changed."""
    project, content = folder / "project", folder / "content"
    folder.mkdir(parents=True)
    for name in ("plugins", "publish", "themes"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pelicanconf.py", "requirements.txt", "requirements-visages.txt"):
        shutil.copy(ROOT / name, project)
    (folder / "preau.toml").write_text('[build]\ncache = "cache"\n')
    make_content(content, {"lilas/centre.toml": None})

    def write(site: int) -> None:
        home = content / slug(site)
        (home / "articles").mkdir(parents=True)
        (home / "centre.toml").write_text(CENTRE.replace("Les Lilas", f"Site {site}"), "utf-8")
        for number in range(city.posts):
            one = post(site, number)
            text = f"Titre: {one.title}\nDate: {one.day}\n\n{one.body}"
            (home / f"articles/article-{number}.md").write_text(text, "utf-8")

    def build(sites: Sequence[int]) -> Cost:
        del sites
        where = ["--config", str(folder / "preau.toml"), "--content", str(content), "build"]
        asked = ["--output", str(folder / "output"), "--date", TODAY, "--progress", "quiet"]
        return run([*PREAU, *where, *asked], folder, {**os.environ, "PYTHONPATH": str(project)})

    return Tool(
        "Préau", write,
        lambda site: _append(content / slug(site) / "articles/article-7.md", f"\n{ADDED}\n"),
        lambda: _append(project / "themes/preau/templates/base.html", "\n"),
        build, folder / "output", 5, whole=True, kept=folder / "cache",
    )  # fmt: skip


def _both_cores(commands: Sequence[tuple[list[str], Path]], scratch: Path) -> Cost:
    """Run commands two at a time, as somebody with two cores would."""
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "commands.json").write_text(json.dumps([[command, str(folder)] for command, folder in commands]))
    return run(
        [sys.executable, str(Path(__file__).with_name("both_cores.py")), str(scratch / "commands.json")], scratch
    )


Write = Callable[[Path, Post], None]
Command = Callable[[Path], list[str]]


def _peer(
    name: str,
    folder: Path,
    city: City,
    source: Write,
    command: Command,
    layout: Callable[[Path], None],
    theme: Path,
    repeats: int,
) -> Tool:
    """A generator that makes one site a run.

    Arguments:
        source: writes one post of a site.
        command: builds the site of the working folder into another folder.
        layout: writes what a site needs besides posts.
        theme: the file that all sites share and that is changed.
    """
    folder.mkdir(parents=True)

    def write(site: int) -> None:
        home = folder / slug(site)
        home.mkdir(parents=True)
        layout(home)
        for number in range(city.posts):
            source(home, post(site, number))

    def build(sites: Sequence[int]) -> Cost:
        commands = [(command(folder / "output" / slug(site)), folder / slug(site)) for site in sites]
        return _both_cores(commands, folder / "scratch")

    def edit(site: int) -> None:
        _append(next((folder / slug(site) / "content").rglob("article-7.md")), f"\n{ADDED}\n")

    return Tool(name, write, edit, lambda: _append(theme, "\n"), build, folder / "output", repeats)


def pelican(folder: Path, city: City) -> Tool:
    """Stock Pelican with its own settings and its theme "simple", which has the fewest parts."""
    theme = folder / "theme"

    def source(home: Path, one: Post) -> None:
        text = f"Title: {one.title}\nDate: {one.day}\n\n{one.body}"
        (home / f"content/article-{one.number}.md").write_text(text, "utf-8")

    def layout(home: Path) -> None:
        (home / "content").mkdir()
        settings = {
            "SITENAME": "Site",
            "PLUGINS": [],
            "TIMEZONE": "Europe/Paris",
            "DEFAULT_LANG": "fr",
            "THEME": str(theme),
        }
        lines = (f"{name} = {value!r}\n" for name, value in settings.items())
        (home / "pelicanconf.py").write_text("".join(lines))

    def command(output: Path) -> list[str]:
        return [str(PEERS_PYTHON / "bin/pelican"), "content", "-o", str(output), "-s", "pelicanconf.py", "--quiet"]

    tool = _peer("Pelican", folder, city, source, command, layout, theme / "templates/base.html", 3)
    (found,) = PEERS_PYTHON.glob("lib/python3*/site-packages/pelican/themes/simple")
    shutil.copytree(found, theme)
    return tool


def _fenced(more: str = "") -> Write:
    """What writes a post as Hugo and Eleventy read it, with these lines more in its header."""

    def source(home: Path, one: Post) -> None:
        text = f'---\ntitle: "{one.title}"\ndate: {one.day}\n{more}---\n{one.body}'
        (home / f"content/articles/article-{one.number}.md").write_text(text, "utf-8")

    return source


def hugo(folder: Path, city: City) -> Tool:
    """Hugo; feeds and lists by tag, which no other makes here, are off."""
    layouts = folder / "layouts"

    def layout(home: Path) -> None:
        (home / "content/articles").mkdir(parents=True)
        settings = {
            "baseURL": "https://example.org/", "languageCode": "fr", "title": "Site", "layoutDir": str(layouts),
            "disableKinds": ["taxonomy", "term", "RSS", "sitemap"],
        }  # fmt: skip
        (home / "hugo.json").write_text(json.dumps(settings))

    def command(output: Path) -> list[str]:
        return [str(PEERS_PYTHON / "bin/hugo"), "--destination", str(output), "--quiet"]

    tool = _peer("Hugo", folder, city, _fenced(), command, layout, layouts / "_default/baseof.html", 5)
    (layouts / "_default").mkdir(parents=True)
    (layouts / "_default/baseof.html").write_text(_page("{{ .Title }}", '{{ block "main" . }}{{ end }}'))
    (layouts / "_default/single.html").write_text(
        '{{ define "main" }}<h1>{{ .Title }}</h1><p>{{ .Date.Format "2006-01-02" }}</p>{{ .Content }}{{ end }}'
    )
    listed = '{{ range .RegularPages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}'
    (layouts / "_default/list.html").write_text(
        f'{{{{ define "main" }}}}<h1>{{{{ .Title }}}}</h1><ul>{listed}</ul>{{{{ end }}}}'
    )
    return tool


def eleventy(folder: Path, city: City) -> Tool:
    """Eleventy 3 with Nunjucks."""
    includes = folder / "includes"

    def layout(home: Path) -> None:
        (home / "content/articles").mkdir(parents=True)
        (home / "package.json").write_text('{"type": "module"}\n')
        (home / "eleventy.config.js").write_text(
            'export default () => ({ dir: { input: "content", includes: "../../includes" } });\n'
        )
        listed = (
            '{% for post in collections.posts %}<li><a href="{{ post.url }}">{{ post.data.title }}</a></li>{% endfor %}'
        )
        (home / "content/index.njk").write_text(f"---\ntitle: Site\nlayout: page.njk\n---\n<ul>{listed}</ul>\n")

    def command(output: Path) -> list[str]:
        node = str(ROOT / ".venv/bin/node")
        return [node, str(PEERS / "node_modules/@11ty/eleventy/cmd.cjs"), f"--output={output}", "--quiet"]

    tool = _peer(
        "Eleventy", folder, city, _fenced("layout: page.njk\ntags: posts\n"), command, layout, includes / "page.njk", 3
    )
    includes.mkdir()
    content = "<h1>{{ title }}</h1><p>{{ page.date | safe }}</p>{{ content | safe }}"
    (includes / "page.njk").write_text(_page("{{ title }}", content))
    return tool


def _page(title: str, content: str) -> str:
    """A page with a head, a menu and a foot, as every site has them."""
    menu = "".join(f'<li><a href="/{name}/">{name}</a></li>' for name in ("programmes", "rappels", "articles", "infos"))
    return (
        f'<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n<title>{title} – Site</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="stylesheet" href="/style.css">\n'
        f'</head>\n<body>\n<header><a href="/">Site</a>\n<nav><ul>{menu}</ul></nav></header>\n<main>{content}</main>\n'
        f"<footer><address>12 rue Fictive</address><nav><ul>{menu}</ul></nav></footer>\n</body>\n</html>\n"
    )
