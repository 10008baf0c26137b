"""The body of an article: prose and galleries in order, and which of its photos may be shown today."""

from __future__ import annotations

import os
import posixpath
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import unquote

from markupsafe import Markup

from plugins.errors import N_, ContentError, Problem, Severity, Wrong
from plugins.leaving.rules import photos_may_show
from plugins.photos.blur import Wishes, read_wishes
from plugins.photos.captions import Caption
from plugins.photos.model import Photo
from plugins.posts import keys
from plugins.posts.dates import date_words
from plugins.posts.model import Article, Block, Status
from plugins.posts.values import Values
from plugins.posts.words import fold, nearest
from plugins.site import compiled, galleries, text
from plugins.site.bodies import Draft, Setting, post_fields
from plugins.site.galleries import Folder, read_folder
from plugins.site.model import Waiting
from plugins.site.retention import photos_until
from plugins.site.same_photos import Asked
from plugins.site.scan import PHOTOS, Source
from plugins.site.written import Image

NO_RIGHTS = N_("the photos wait for the line “Droit à l'image: vérifié par NOM le DATE”")
PHOTOS_EXPIRED = N_("the photos are past their last day, {date} ([conservation] photos in ville.toml or centre.toml)")


def article(draft: Draft, setting: Setting) -> Article:
    """An article; its photos are prepared only if it leaves today and someone attests the image rights."""
    values = Values(draft.document, setting.problems)
    rights = values.image_rights()
    reading = setting.reading(draft)
    pieces = compiled.pieces(setting.compile_body(draft.document.body), draft.document.body_line, reading)
    folder = read_folder(setting.content, draft.source, setting.problems)
    files = _files(pieces, draft, setting)
    _add_gallery(pieces, files, folder, draft, setting)
    wishes = _wishes(draft, folder, setting)
    images = [image for piece in pieces if not isinstance(piece, Markup) for image in piece]
    show = bool(images) and _photos_leave(draft, setting, attested=rights is not None)
    photos: dict[int, Photo] = {}
    for number, image in enumerate(images, 1):
        if path := files.get(id(image)):
            described = _described(image, folder.caption(path), number, len(images), draft, setting)
            if wishes is not None and draft.common.status is not Status.DRAFT:
                wanted, source = wishes.of(path.name), draft.source
                setting.asked.append(Asked(path, wanted, source.file, image.line, source.from_city))
            if show and (photo := _photo(described, path, wishes, draft, setting)):
                photos[id(image)] = photo
    blocks: list[Block] = []
    for piece in pieces:
        if isinstance(piece, Markup):
            blocks.append(piece)
        elif shown := tuple(photos[id(image)] for image in piece if id(image) in photos):
            blocks.append(shown)
    if not images:
        rights = rights or None
    html = Markup("").join(block for block in blocks if isinstance(block, Markup))
    in_order = tuple(photo for block in blocks if not isinstance(block, Markup) for photo in block)
    return Article(**post_fields(draft, html, setting), blocks=tuple(blocks), photos=in_order, image_rights=rights,
                   photos_until=_last_day(draft, setting))  # fmt: skip


def _last_day(draft: Draft, setting: Setting) -> date:
    """The last day on which its photos are shown."""
    published = draft.common.published or setting.now  # a date that can't be read was told
    centre = setting.centre.retention if setting.centre else None
    return photos_until(published.date(), setting.city.retention, centre)


def _photos_leave(draft: Draft, setting: Setting, *, attested: bool) -> bool:
    """Whether the photos of an article may be shown today; what keeps them is reported."""
    if not draft.leaves:
        return False
    source = draft.source.file
    if not attested and draft.document.value(keys.IMAGE_RIGHTS):
        return False  # what is written there can't be read, and that was told
    if not attested:
        setting.waiting.append(Waiting(source, NO_RIGHTS, None))
        setting.problems.append(Problem(source, 1, N_(
            "The article appears without its photos: the line “Droit à l'image: vérifié par NOM le DATE” is missing."
        ), {"missing": keys.IMAGE_RIGHTS.name}, severity=Severity.ADVICE))  # fmt: skip
        return False
    until = _last_day(draft, setting)
    if not photos_may_show(setting.now.date(), until):
        setting.waiting.append(Waiting(source, PHOTOS_EXPIRED, None, {"date": date_words(until)}))
        return False
    return draft.sound


def _files(pieces: list[text.Piece], draft: Draft, setting: Setting) -> dict[int, Path]:
    """The file of each image that the text places; what names none is told."""
    files: dict[int, Path] = {}
    for image in (image for piece in pieces if not isinstance(piece, Markup) for image in piece):
        try:
            files[id(image)] = photo_file(image.target, draft.source)
        except Wrong as wrong:
            setting.problems.append(wrong.at(draft.source.file, image.line))
    return files


def _add_gallery(
    pieces: list[text.Piece], files: dict[int, Path], folder: Folder, draft: Draft, setting: Setting
) -> None:
    """Add what `Photos:` asks for after the text; it goes on with the gallery that ends it, if one does."""
    document, problems = draft.document, setting.problems
    try:
        by = galleries.order(document)
        if by is not None and draft.source.own is None:
            raise _no_folder("Photos", draft.source)
    except Wrong as wrong:
        problems.append(wrong.at(document.file, document.line(keys.PHOTOS)))
        return
    if by is None:
        return
    found = galleries.gallery(folder, files.values(), by, setting.content, document, problems)
    files |= {id(image): path for image, path in found}
    images = tuple(image for image, _ in found)
    if images and pieces and isinstance(pieces[-1], tuple):
        pieces[-1] = (*pieces[-1], *images)
    elif images:
        pieces.append(images)


def _described(image: Image, said: Caption, number: int, total: int, draft: Draft, setting: Setting) -> Image:
    """An image with its words: the text's own, else those of `legendes.txt`, else its rank, with an advice."""
    alt = image.alt or said.description
    if not alt:
        alt = f"Photo {number} sur {total}, {draft.common.title}"
        setting.problems.append(Problem(draft.source.file, image.line, N_(
            "The photo “{target}” is not described: say in one sentence what it shows, between the brackets or in "
            "legendes.txt. Until then it is called « {alt} »."
        ), {"target": image.target, "alt": alt}, Severity.ADVICE))  # fmt: skip
    return replace(image, alt=alt, caption=image.caption or said.caption)


def _wishes(draft: Draft, folder: Folder, setting: Setting) -> Wishes | None:
    """What is to be blurred; `None` if that can't be read: no photo of the article is shown then."""
    document = draft.document
    everywhere = setting.centre is not None and setting.centre.blur_faces
    try:
        return read_wishes(document.value(keys.BLUR), folder.photos, everywhere=everywhere)
    except Wrong as wrong:
        setting.problems.append(wrong.at(document.file, document.line(keys.BLUR)))
        return None


def _photo(image: Image, path: Path, wishes: Wishes | None, draft: Draft, setting: Setting) -> Photo | None:
    if wishes is None:
        return None
    try:
        if wanted := wishes.of(path.name):
            return setting.blur_photo(path, image.alt, image.caption, wanted)
        return setting.prepare_photo(path, image.alt, image.caption)
    except ContentError as error:
        setting.problems += error.problems
    except Wrong as wrong:
        problem = wrong.at(draft.source.file, draft.document.line(keys.BLUR))
        if problem not in setting.problems:  # what can't be done for one photo can't be for the others: told once
            setting.problems.append(problem)
    return None


def _no_folder(target: str, source: Source) -> Wrong:
    return Wrong(N_(
        "“{target}”: an article with photos has a folder of its own, « {name}/article.md », with them beside."
    ), target=target, name=source.name)  # fmt: skip


def photo_file(target: str, source: Source) -> Path:
    """The photo that an image of an article means: a real file of the article's own folder, and nothing else."""
    if source.own is None:
        raise _no_folder(target, source)
    name = posixpath.normpath(unquote(target.strip()))
    inside = (
        name != "." and not name.startswith(("/", "../", "~")) and name != ".." and "\\" not in name and ":" not in name
    )
    if not inside or "{" in name or "\0" in name:
        raise Wrong(N_("“{target}”: a photo stands in the folder of its article; write its name alone."), target=target)
    path = source.own / name
    own = source.own.resolve()
    if posixpath.splitext(name)[1].lower() not in PHOTOS:
        if meant := _extended(name, _photos_in(own)):
            raise Wrong(N_("The photo “{target}” is not there. Did you mean “{meant}”?"), target=target, meant=meant)
        raise Wrong(N_("“{target}” is no photo. Photos end in {ends}."), target=target, ends=", ".join(PHOTOS))
    if not path.is_file() or path.is_symlink() or not path.resolve().is_relative_to(own):
        there = _photos_in(own)
        same = [entry for entry in there if fold(entry) == fold(name)]
        meant = same[0] if same else nearest(name, there, cutoff=0.5)
        if meant:
            raise Wrong(N_("The photo “{target}” is not there. Did you mean “{meant}”?"), target=target, meant=meant)
        raise Wrong(N_("The photo “{target}” is not there: put it in the folder of its article."), target=target)
    return path


def _photos_in(own: Path) -> list[str]:
    return [entry for entry in sorted(os.listdir(own)) if entry.lower().endswith(PHOTOS)]  # noqa: PTH208 - names alone


def _extended(name: str, photos: list[str]) -> str | None:
    """The photo whose name, without the extension that Windows hides, is nearly this one."""
    stems = {posixpath.splitext(photo)[0]: photo for photo in reversed(photos)}
    meant = nearest(name, stems)
    return stems[meant] if meant else None
