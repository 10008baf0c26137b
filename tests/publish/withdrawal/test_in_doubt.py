"""A file that is not what families saw or can't be read, a full disk: what is withdrawn all the same, and said."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from plugins.photos.refused import Withdrawal
from publish.errors import BuildError
from publish.withdrawal import plan as planning
from publish.withdrawal import record
from publish.withdrawal import run as module
from publish.withdrawal.run import look, withdraw
from publish.withdrawal.told import lines
from publish.withdrawn import read_withdrawn
from tests.publish.trees import NOW
from tests.publish.withdrawal.scene import FOLDER, PHOTO, Scene, small


def test_a_machine_that_can_build_nothing_keeps_nothing_in_force(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **options: object) -> None:
        raise BuildError("the disk is full")

    monkeypatch.setattr(module, "publish_sites", full)
    outcome = withdraw(scene.place, scene.what(PHOTO))
    assert [failed.slug for failed in outcome.failed] == ["fessart"]
    assert outcome.cut_out == ("fessart",)
    assert scene.left() == set()


def test_a_file_that_is_not_what_was_published_is_told_with_what_families_saw(quick: Scene) -> None:
    name = quick.address().removeprefix("photos/").partition("-")[0]
    (quick.content / PHOTO).write_bytes(small("coccinelle.jpg")[:9000])
    outcome = withdraw(quick.place, quick.what(PHOTO))
    assert outcome.plan.unsure == {PHOTO: (name,)}
    assert not outcome.is_complete
    told = next(lines("fessart", outcome, quick.content, quick.place.quarantine, dry_run=False))
    reference = f"{name[:4]}-{name[4:8]}".upper()
    assert reference in told
    assert withdraw(quick.place, quick.what(reference)).is_complete
    assert quick.left() == set()


def test_a_photo_that_families_never_saw_is_withdrawn_without_a_doubt(quick: Scene) -> None:
    never = f"{FOLDER}/oeillet.jpg"
    (quick.content / never).write_bytes(small("oeillet-d-inde.jpg"))
    assert look(quick.place, quick.what(never)).is_complete
    assert look(quick.place, quick.what(FOLDER)).is_complete


def test_a_photo_that_can_t_be_read_is_named_by_its_reference(quick: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def closed(path: Path, *args: Any, **options: Any) -> Any:
        if path.name == "coccinelle.jpg":
            raise PermissionError(errno.EACCES, "", str(path))
        return opened(path, *args, **options)

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(BuildError, match=r"access is refused.*by the reference"):
        withdraw(quick.place, quick.what(PHOTO))
    with pytest.raises(BuildError, match=r"name is too long.*by the reference"):
        withdraw(quick.place, quick.what("Bonjour, " + "la photo " * 40))


def test_a_text_that_can_t_be_read_leaves_the_photo_hidden(quick: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def closed(path: Path) -> bytes:
        if path.name == "article.md":
            raise PermissionError(errno.EACCES, "", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(BuildError, match=r"article\.md can't be read"):
        look(quick.place, quick.what(PHOTO))
    with pytest.raises(BuildError, match=r"article\.md can't be changed.*stays hidden"):
        withdraw(quick.place, quick.what(PHOTO))
    assert read_withdrawn(quick.store, "fessart").paths >= {quick.address()}


def test_what_is_named_is_hidden_before_other_photos_are_prepared_and_even_if_they_can_t_be(
    quick: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    (quick.content / FOLDER / "neuve.jpg").write_bytes(small("oeillet-d-inde.jpg"))
    address, hidden = quick.address(), []

    def full(*args: object) -> None:
        hidden.append(read_withdrawn(quick.store, "fessart").paths)
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(planning, "prepare_many", full)
    outcome = withdraw(quick.place, quick.what(PHOTO))
    assert [address in paths for paths in hidden] == [True]
    assert outcome.name
    assert not outcome.is_complete
    told = next(lines("fessart", outcome, quick.content, quick.place.quarantine, dry_run=False))
    assert "le disque est plein" in told
    assert quick.left() == set()


def test_a_photo_that_can_t_be_prepared_is_named_by_its_reference(
    quick: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "")

    name = quick.address().removeprefix("photos/").partition("-")[0]
    shutil.rmtree(quick.request.cache)
    monkeypatch.setattr(planning, "prepare_many", full)
    with pytest.raises(BuildError, match=r"disk is full.*by the reference"):
        withdraw(quick.place, quick.what(PHOTO))
    address = quick.address()
    assert not withdraw(quick.place, quick.what(f"{name[:4]}-{name[4:8]}")).is_complete
    assert address in read_withdrawn(quick.store, "fessart").paths


def test_two_withdrawals_at_the_same_moment_are_both_kept(quick: Scene) -> None:
    before = record.of_content(quick.content)
    one, other = (
        Withdrawal(NOW, "ville", "famille", frozenset({slug}), digests=frozenset({sign * 64}))
        for slug, sign in (("fessart", "a"), ("escudier", "b"))
    )
    record.settle(quick.store, quick.content, before.with_entry(one), ["fessart"], NOW, "ville")
    whole = record.settle(quick.store, quick.content, before.with_entry(other), ["escudier"], NOW, "ville")
    assert record.of_content(quick.content) == whole == before.with_entry(one).with_entry(other)
