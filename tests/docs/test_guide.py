"""The animators' guide: every example in it is right, and it prints on two pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt
from PIL import Image
from playwright.sync_api import sync_playwright

from plugins.posts.model import Programme
from plugins.programmes.model import Activity
from plugins.site.loader import load_site
from plugins.site.model import Site
from publish.check import check_centres
from publish.cli import main
from publish.session import Session
from tests.plugins.making import NOW, fake_photo
from tests.project import ROOT
from tests.publish.contents import write_content

GUIDE = (ROOT / "docs/guide-animateur.md").read_text("utf-8")
STYLE = (Path(__file__).parent / "print.css").read_text("utf-8")
MARKDOWN = MarkdownIt("commonmark").enable("table")
PAGES = 2
A4 = (595, 842)

_HEADER = re.compile(r"^(?P<key>[^\W\d_][^:`]*): ")
_PLACE = re.compile(r"markdown (\S+)")


@dataclass(frozen=True)
class Examples:
    """What a guide shows, as a person would copy it.

    Arguments:
        posts: file inside the centre's folder and its whole text, in order; an example that shows no header takes the
            header of the one before.
        commands: lines of the blocks that say what to type.
        answers: blocks that show what `preau check` answers.
        spans: the inline code of each paragraph, or of each row of a table.
    """

    posts: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    answers: tuple[str, ...]
    spans: tuple[tuple[str, ...], ...]

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Key and value of each header line; a word that follows one in its row is another value of its key."""
        found: list[tuple[str, str]] = []
        for spans in self.spans:
            key = ""
            for span in spans:
                if match := _HEADER.match(span):
                    key = match["key"]
                    found.append((key, span[match.end() :]))
                elif key:
                    found.append((key, span))
        return found

    @property
    def grammar(self) -> list[str]:
        """Headings and items of a programme."""
        return [span for spans in self.spans for span in spans if re.match(r"#+ |- ", span)]


def examples(text: str) -> Examples:
    posts: list[tuple[str, str]] = []
    commands: list[str] = []
    answers: list[str] = []
    blocks: list[list[str]] = []
    in_row = False
    for token in MARKDOWN.parse(text):
        if token.type == "fence":
            if place := _PLACE.fullmatch(token.info):
                header = "" if _HEADER.match(token.content) else posts[-1][1].partition("\n\n")[0] + "\n\n"
                posts.append((place[1], header + token.content))
            elif token.info == "text":
                answers.append(token.content)
            else:
                assert token.info == "", token.info
                commands += token.content.splitlines()
        elif token.type in ("tr_open", "tr_close"):
            in_row = token.type == "tr_open"
            blocks += [[]] if in_row else []
        elif token.type == "inline":
            blocks += [] if in_row else [[]]
            blocks[-1] += [child.content for child in token.children or () if child.type == "code_inline"]
    return Examples(tuple(posts), tuple(commands), tuple(answers), tuple(tuple(block) for block in blocks if block))


SHOWN = examples(GUIDE)
HEADINGS, TABLE, REMINDER, ARTICLE = SHOWN.posts
KINDS = {"programmes": HEADINGS, "rappels": REMINDER, "articles": ARTICLE}
OF_ONE_KIND = {"Flou": "articles", "Important": "rappels", "Photos": "articles", "Thème": "programmes"}
"""Header keys that the guide says are for one kind of text."""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small content folder, with the centre that the guide speaks of as it really is."""
    folder = write_content(tmp_path / "content")
    (folder / "fessart/centre.toml").write_bytes((ROOT / "content/fessart/centre.toml").read_bytes())
    return folder


def write(content: Path, place: str, text: str) -> None:
    """A post, with the photos that it names."""
    file = content / "fessart" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    for photo in re.findall(r"\]\(([\w-]+\.jpg)", text):
        colour = f"#{sum(photo.encode()) * 99:06x}"  # each photo another one
        Image.new("RGB", (64, 48), colour).save(file.parent / photo)


def told(content: Path) -> list[str]:
    """Errors and advices alike, since an example earns neither."""
    found = check_centres(content, ["fessart"], NOW)
    return [finding.problem.text(str) for finding in (*found.errors, *found.advices)]


def preau(content: Path, *args: str) -> Result:
    return CliRunner().invoke(
        main, ["--content", str(content), *args], obj=Session(clock=lambda: NOW), prog_name="preau"
    )


def load(content: Path) -> Site:
    return load_site(content, "fessart", NOW, fake_photo)


def programme(content: Path, text: str) -> Programme:
    write(content, "programmes/mercredi.md", text)
    assert told(content) == []
    (found,) = load(content).programmes
    return found


def with_line(post: str, key: str, value: str) -> str:
    """The post with this header line, in the place of the one that it had or below its title."""
    header, _, body = post.partition("\n\n")
    lines = [line for line in header.split("\n") if not line.startswith(f"{key}:")]
    return "\n".join([lines[0], f"{key}: {value}", *lines[1:]]) + "\n\n" + body


@pytest.mark.parametrize("post", SHOWN.posts, ids=["headings", "table", "reminder", "article"])
def test_an_example_is_right_and_families_see_it(post: tuple[str, str], content: Path) -> None:
    write(content, *post)
    assert told(content) == []
    site = load(content)
    title = post[1].partition("\n")[0].removeprefix("Titre: ")
    assert title in [seen.title for seen in (*site.programmes, *site.reminders, *site.articles)]
    assert "Samia" not in repr(site)  # the note between those who write


def test_the_table_says_what_the_headings_say(content: Path) -> None:
    def said(text: str) -> list[tuple[object, ...]]:
        return [
            (a.day.isoformat(), a.slot and a.slot.key, a.groups, a.text, a.outing, [(d.key, d.text) for d in a.details])
            for day in programme(content, text).body.days
            for a in day.activities
        ]

    assert len(said(HEADINGS[1])) == 4
    assert said(HEADINGS[1]) == said(TABLE[1])


def test_the_photos_of_the_article_need_its_image_rights_line(content: Path) -> None:
    place, text = ARTICLE
    line = next(line for line in text.split("\n") if line.startswith("Droit à l'image: "))

    def photos(text: str) -> int:
        write(content, place, text)
        return sum(post.title == "La mare" and len(post.photos) for post in load(content).articles)

    assert photos(text) == 2
    assert photos(text.replace(line + "\n", "")) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("key", "value"), SHOWN.headers, ids=lambda text: text)
def test_a_line_of_the_header_is_right(key: str, value: str, kind: str, content: Path) -> None:
    toml = content / "fessart/centre.toml"
    asked = 'moderation = true\nvalideurs = ["Inès Modèle"]' if key == "Validé par" else "moderation = false"
    toml.write_text(toml.read_text("utf-8").replace("moderation = false", asked), "utf-8")
    place, text = KINDS[kind]
    write(content, place, with_line(text, key, value))
    if OF_ONE_KIND.get(key, kind) == kind:
        assert told(content) == []
    else:
        assert len(told(content)) == 1


GRAMMAR = {
    "## Tous les jours": ["14", "15", "16", "17", "18"],
    "## Lundi et jeudi": ["14", "17"],
    "## Du lundi 14 au jeudi 17 novembre": ["14", "15", "16", "17"],
    "### de 11h45 à 12h30": ["16 1145-1230"],
    "### 10h": ["16 1000"],
    "### Journée": ["16 journee"],
    "- Maternelles et Élémentaires : grand jeu": ["16 Maternelles Élémentaires"],
    "- Annulé : la venue du conteur": ["16 annulé"],
    "## Vendredi 18 novembre : fermé": ["18 fermé"],
}
"""What each heading and item of the guide gives, in the week from Monday 14 to Friday 18 November 2022."""


def test_every_heading_and_item_is_tried() -> None:
    assert SHOWN.grammar == list(GRAMMAR)


@pytest.mark.parametrize("line", GRAMMAR)
def test_a_heading_or_an_item_says_what_the_guide_says(line: str, content: Path) -> None:
    def short(a: Activity) -> str:
        return " ".join([str(a.day.day), *([a.slot.key] if a.slot else []), *a.groups, *["annulé"] * a.cancelled])

    above = "" if line.startswith("## ") else "## Mercredi 16 novembre\n"
    below = "" if line.startswith("- ") or "fermé" in line else "- peinture\n"
    body = programme(
        content,
        f"Titre: T\nDate: 9 novembre 2022\nDu: 14 novembre 2022\nAu: 18 novembre 2022\n\n{above}{line}\n{below}",
    ).body
    found = [short(a) for day in body.days for a in day.activities]
    assert found + [f"{day.date.day} fermé" for day in body.days if day.closed] == GRAMMAR[line]


def test_each_command_writes_what_a_check_accepts(content: Path) -> None:
    for line in SHOWN.commands:
        words = re.split(r"\s{2,}", line)[0].replace('"', "").split(" ", 4)
        assert words[:2] == ["preau", "new"]
        result = preau(content, *words[1:])
        assert result.exit_code == 0, result.output
    assert len(check_centres(content, ["fessart"], NOW).waiting) == len(SHOWN.commands) + 1  # and a reminder to come
    assert told(content) == []


def test_an_answer_is_what_check_prints(content: Path) -> None:
    (answer,) = SHOWN.answers
    numbered = re.search(r"^ *(\d+) │ (.*)$", answer, re.MULTILINE)
    assert numbered
    place, text = HEADINGS
    lines = text.split("\n")
    lines[int(numbered[1]) - 1] = numbered[2]
    write(content, place, "\n".join(lines))
    result = preau(content, "check", "fessart")
    assert result.exit_code == 1
    assert answer in result.output.replace("\u202f", " ").replace("\u00a0", " ")


def test_nothing_inline_is_left_untried() -> None:
    """What is neither a header line, nor grammar, nor a command is a name or a mark that the examples show."""
    values = {value for _, value in SHOWN.headers}
    rest = [
        span
        for spans in SHOWN.spans
        for span in spans
        if not (_HEADER.match(span) or span in values or span in SHOWN.grammar or span.startswith("preau "))
    ]
    shown = "\n".join([f"{place}\n{text}" for place, text in SHOWN.posts] + list(SHOWN.commands))
    assert rest
    assert [span for span in rest if span not in shown] == []


@pytest.mark.parametrize(
    ("planted", "said"),
    [("Titre: Mercredi", 1), ("Jusqau: 16 novembre 2022", 1), ("Statut: brouilon", 1), ("Statut: brouillon", 0)],
)
def test_a_wrong_example_is_caught(planted: str, said: int, content: Path) -> None:
    guide = (
        f"```markdown rappels/r.md\nTitre: R\nDate: 9 novembre 2022\nJusqu'au: 16 novembre 2022\n{planted}\n\nX\n```\n"
    )
    ((place, text),) = examples(guide).posts
    write(content, place, text)
    assert len(told(content)) == said


def printed(text: str, chromium: Path) -> list[tuple[int, int]]:
    """Width and height of each page, in points."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.set_content(f'<!doctype html><html lang="fr"><style>{STYLE}</style>{MARKDOWN.render(text)}')
        paper = page.pdf(prefer_css_page_size=True)
        browser.close()
    with pikepdf.open(BytesIO(paper)) as pdf:
        return [(round(page.mediabox[2]), round(page.mediabox[3])) for page in pdf.pages]


@pytest.mark.browser
def test_it_prints_on_two_pages(chromium: Path) -> None:
    assert re.search(r"margin: 2cm", STYLE)
    assert re.search(r"\b11pt/", STYLE)
    assert printed(GUIDE, chromium) == [A4] * PAGES
    assert len(printed(GUIDE + GUIDE[: len(GUIDE) // 4], chromium)) > PAGES
