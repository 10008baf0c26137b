"""What a post is, once read: frozen values that templates and rules use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from markupsafe import Markup

from plugins.photos.model import Photo
from plugins.programmes.model import Programme as ProgrammeBody
from plugins.programmes.one_group import groups_apart

Block = Markup | tuple[Photo, ...]
"""A piece of a post's body, in order: prose (sanitised, typographed), or a gallery of photos that follow each other."""


class Kind(StrEnum):
    """The folder decides the kind; the value is the folder's name and the first part of the address."""

    PROGRAMME = "programmes"
    REMINDER = "rappels"
    ARTICLE = "articles"


class Moment(StrEnum):
    """When children are at the centre; the value is the word that people write and the last part of the address."""

    WEDNESDAY = "mercredi"
    MIDDAY = "midi"
    EVENING = "soir"
    HOLIDAYS = "vacances"


class Status(StrEnum):
    """`Statut:`, as people write it."""

    PUBLISHED = "publié"
    DRAFT = "brouillon"
    TO_VALIDATE = "à valider"


@dataclass(frozen=True)
class ImageRights:
    """`Droit à l'image: vérifié par NOM le DATE`."""

    checked_by: str
    checked_on: date


@dataclass(frozen=True)
class Page:
    """A page of practical information (`infos/*.md`).

    Arguments:
        source: path from the content folder.
        stem: last part of its address, `infos/<stem>/`.
        title: plain text.
        summary: plain text, or empty.
        html: sanitised body.
        from_city: written in `ville/`, the same on every site.
        order: `Ordre:` of the menu, then by title.
    """

    source: str
    stem: str
    title: str
    summary: str
    html: Markup
    from_city: bool
    order: int = 100

    @property
    def path(self) -> str:
        """Folder of the page from the root of the site, with a final `/`."""
        return f"infos/{self.stem}/"


@dataclass(frozen=True)
class Post:
    """What the three kinds share.

    Arguments:
        source: path from the content folder (`fessart/articles/2022-11-09-potager/article.md`).
        stem: last part of its address: the file's name (or its folder's) made safe.
        title: plain text.
        published: publication moment, Europe/Paris.
        moments: when it happens; may be empty.
        audience: names of the centre's groups, a label for readers, never an access rule.
        author: plain text, or empty.
        summary: plain text, or empty.
        status: what the header says.
        validated_by: the person who validated it, or empty.
        html: sanitised prose without photos (for a programme: its introduction and its notes).
        from_city: written in `ville/`, the same on every site.
        blocks: the same prose and the photos, in order; a post without photos has one block, or none if it is empty.
    """

    source: str
    stem: str
    title: str
    published: datetime
    moments: tuple[Moment, ...]
    audience: tuple[str, ...]
    author: str
    summary: str
    status: Status
    validated_by: str
    html: Markup
    from_city: bool
    blocks: tuple[Block, ...]

    kind = Kind.ARTICLE

    @property
    def path(self) -> str:
        """Folder of the post from the root of the site, with a final `/`."""
        return f"{self.kind.value}/{self.stem}/"


@dataclass(frozen=True)
class Programme(Post):
    """A programme of activities; `body` holds its days and weeks."""

    body: ProgrammeBody

    kind = Kind.PROGRAMME

    @property
    def calendar_path(self) -> str:
        """The iCalendar file of this programme, from the root of the site."""
        return f"programmes/{self.stem}.ics"

    @property
    def group_calendars(self) -> dict[str, str]:
        """The iCalendar file of each group that can be seen alone, by the group's name, from the root of the site.

        They stand in the programme's own folder: no other programme's name leads there.
        """
        return {one.name: f"{self.path}{one.slug}.ics" for one in groups_apart(self.body)}


@dataclass(frozen=True)
class Reminder(Post):
    """Something not to forget, shown until `until` included (Europe/Paris)."""

    until: date
    important: bool
    action: str

    kind = Kind.REMINDER


@dataclass(frozen=True)
class Article(Post):
    """A photo article.

    Without `image_rights` an article appears without its photos (`photos` is then empty), and the build says so.
    `photos` holds every photo in the order of the page; the first one is `cover`. `photos_until` is the last day on
    which they are shown.
    """

    photos: tuple[Photo, ...]
    image_rights: ImageRights | None
    photos_until: date | None = None

    kind = Kind.ARTICLE

    @property
    def cover(self) -> Photo | None:
        """The photo that stands for the article in lists."""
        return self.photos[0] if self.photos else None
