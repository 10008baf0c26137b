"""After `preau withdraw`, no byte of a photo is left anywhere, and no build takes it again."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from publish.build import Silent, build_sites
from publish.errors import BuildError, ReleaseError
from publish.heads import current
from publish.history import rollback
from publish.jobs import Failed
from publish.layout import blob_key, release_key
from publish.manifest import Encoding
from publish.withdrawal import content, purge, quarantine, record, traces
from publish.withdrawal import run as module
from publish.withdrawal.allow import allow
from publish.withdrawal.plan import Planner
from publish.withdrawal.run import look, withdraw
from publish.withdrawal.told import lines
from publish.withdrawn import read_withdrawn
from publish.withdrawn import withdraw as registered
from tests.publish.stores import seaweed
from tests.publish.trees import NOW
from tests.publish.withdrawal.scene import FOLDER, PHOTO, Scene, changed, published_later, small


def refused(scene: Scene) -> str:
    """What a build says, if it refuses."""
    outcomes = {outcome.slug: outcome for outcome in build_sites(scene.request, ["fessart"], Silent())}
    failed = outcomes["fessart"]
    return " ".join(problem.text(str) for problem in failed.problems) if isinstance(failed, Failed) else ""


def test_no_byte_is_left_anywhere(scene: Scene) -> None:
    page = scene.state / "visages/2022-11-08-potager.html"
    page.parent.mkdir()
    page.write_bytes(b"".join(base64.b64encode(data) for data in scene.traces.values()))
    before = scene.found()
    for place in (
        f"content/{PHOTO}",
        ".preau/store/centres/fessart/blobs/",
        ".preau/cache/photos/",
        ".preau/sites/fessart/photos/",
    ):
        assert any(where.startswith(place) for where in before), "the reader would have found it"

    outcome = withdraw(scene.place, scene.what(PHOTO))

    assert not outcome.failed
    assert len(outcome.going["fessart"].releases) == 2
    with pytest.raises(ReleaseError, match="held something that was withdrawn: it was removed on 2022-11-09"):
        rollback(scene.store, "fessart", to=outcome.going["fessart"].releases[0], now=NOW, by="camille")
    quarantined = f".preau/quarantaine/{outcome.name}/{PHOTO}"
    assert scene.found() == {quarantined}, "but for the quarantine, which empties itself"
    assert quarantine.purge(scene.place.quarantine, NOW + timedelta(days=6)) == 0
    assert quarantine.purge(scene.place.quarantine, NOW + timedelta(days=8)) == 1
    assert scene.found() == set()

    found = current(scene.store, "fessart")
    assert found is not None
    assert found[1].photos == 1
    assert not read_withdrawn(scene.store, "fessart").found_in(found[1])
    text = (scene.content / FOLDER / "article.md").read_text("utf-8")
    assert "Zoé" not in text
    assert "![Des gouttes](gouttes.jpg)" in text
    assert "Et le goûter." in text


def test_the_build_refuses_it_for_ever(scene: Scene) -> None:
    data = (scene.content / PHOTO).read_bytes()
    outcome = withdraw(scene.place, scene.what(PHOTO))
    article = scene.content / FOLDER / "article.md"
    article.write_text(f"{article.read_text('utf-8')}\n![Encore elle](autre-nom.jpg)\n", encoding="utf-8")
    (article.parent / "autre-nom.jpg").write_bytes(data)
    assert outcome.name in refused(scene)
    assert "may never be shown again" in refused(scene)
    (article.parent / "autre-nom.jpg").write_bytes(changed("coccinelle.jpg", (0.05, 0.08, 1, 0.97)))
    assert "looks like one that was withdrawn" in refused(scene)
    (article.parent / "autre-nom.jpg").write_bytes(small("oeillet-d-inde.jpg"))
    assert refused(scene) == ""


def test_what_a_family_sends_is_enough(scene: Scene) -> None:
    address = scene.address()
    digest = address.removeprefix("photos/")[:8].upper()
    asked = f"{digest[:4]}-{digest[4:]}"
    seen = [look(scene.place, scene.what(text)).plan for text in (
        PHOTO, "articles/2022-11-08-potager/coccinelle.jpg", address, f"https://centres.example.fr/fessart/{address}",
        asked, f"https://centres.example.fr/fessart/articles/2022-11-08-potager/#photo-{asked}",
    )]  # fmt: skip
    assert {plan.files for plan in seen} == {frozenset({PHOTO})}
    assert len({plan.entry.paths for plan in seen if plan.entry}) == 1
    assert len(seen[0].entry.paths if seen[0].entry else ()) >= 4


def test_a_dry_run_changes_nothing(scene: Scene) -> None:
    def everything() -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for path in scene.root.rglob("*")
            if path.is_file() and "orientations" not in path.name
        }

    before = everything()
    outcome = look(scene.place, scene.what(PHOTO))
    assert everything() == before
    assert [edit.file for edit in outcome.edits] == [PHOTO, f"{FOLDER}/article.md"]
    assert len(outcome.going["fessart"].releases) == 2
    assert outcome.going["fessart"].blobs
    assert outcome.traces.prepared
    assert outcome.traces.files


def test_a_whole_article_goes_with_its_photos(scene: Scene) -> None:
    scene.remember(f"{FOLDER}/gouttes.jpg")
    withdraw(scene.place, scene.what("articles/2022-11-08-potager/"))
    assert scene.left() == set()
    assert list((scene.content / FOLDER).iterdir()) == []
    found = current(scene.store, "fessart")
    assert found is not None
    assert not [path for path in found[1].files if "potager" in path]


def test_a_gateway_is_told_every_compressed_form_of_an_article(scene: Scene) -> None:
    """An older version's, or another machine's: its disk may hold them."""
    found, page = current(scene.store, "fessart"), "articles/2022-11-08-potager/index.html"
    assert found is not None
    forms = {"1" * 64, "2" * 64}
    for form in forms:
        coded = replace(found[1].files[page], encodings={"br": Encoding(form, 9)})
        older = replace(found[1], files={**found[1].files, page: coded})
        scene.store.put(release_key("fessart", older.id), older.to_json())
    withdraw(scene.place, scene.what("articles/2022-11-08-potager/"))
    assert read_withdrawn(scene.store, "fessart").digests >= forms


def test_content_that_can_t_be_published_keeps_nothing_in_force(scene: Scene) -> None:
    (scene.content / "fessart/rappels/faux.md").write_text("Titre: Sans fin\n\nX\n", encoding="utf-8")
    outcome = withdraw(scene.place, scene.what(PHOTO))
    assert [failed.slug for failed in outcome.failed] == ["fessart"]
    assert outcome.cut_out == ("fessart",)
    assert scene.left() == set()
    found = current(scene.store, "fessart")
    assert found is not None
    assert "index.html" in found[1].files
    (scene.content / "fessart/rappels/faux.md").unlink()
    scene.publish("fessart")


STEPS = ("settle", "texts", "moved", "published", "cut_out", "removed", "traces")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_photo_is_hidden_and_the_same_command_goes_on(
    quick: Scene, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    scene = quick

    class Killed(BaseException):
        pass

    targets = {
        "settle": (record, "write"),
        "texts": (content, "_set_aside"),
        "moved": (module, "_publish"),
        "published": (purge, "cut_out"),
        "cut_out": (purge, "remove"),
        "removed": (traces, "find"),
        "traces": (traces, "remove"),
    }

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*targets[step], die)
        with pytest.raises(Killed):
            withdraw(scene.place, scene.what(PHOTO))
    found = current(scene.store, "fessart")
    assert found is not None
    withdrawn = read_withdrawn(scene.store, "fessart")
    shown = [path for path, entry in found[1].files.items() if entry.sha256 in scene.traces]
    assert all(withdrawn.covers(path, found[1].files[path]) for path in shown), "gateways answer 410"

    withdraw(scene.place, scene.what(PHOTO))
    assert scene.left() == set()
    again = withdraw(scene.place, scene.what(PHOTO))
    assert again.name == ""
    assert (again.going["fessart"].releases, again.going["fessart"].blobs, len(again.traces)) == ((), (), 0)


@pytest.mark.parametrize("bucket", [seaweed.BUCKET, seaweed.VERSIONED])
def test_no_byte_is_left_in_any_version_on_s3(quick: Scene, s3: seaweed.Server, bucket: str) -> None:
    store = s3.store(bucket)
    scene = Scene(quick.root, store, quick.traces)
    scene.publish_built()
    shutil.rmtree(scene.state / "store")
    if bucket == seaweed.VERSIONED:  # older versions and a deletion, as other tools leave them
        key = next(where for where in scene.found() if where.startswith("s3:")).removeprefix("s3:").partition("@")[0]
        store.client.put_object(Bucket=bucket, Key=key, Body=b"other")
        store.client.delete_object(Bucket=bucket, Key=key)
    assert any(where.startswith("s3:") for where in scene.found()), "the reader would have found it"
    withdraw(scene.place, scene.what(PHOTO))
    assert scene.left() == set()


def test_a_reader_of_versions_finds_what_is_only_hidden(
    quick: Scene, s3: seaweed.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = s3.store(seaweed.VERSIONED)
    scene = Scene(quick.root, store, quick.traces)
    scene.publish_built()
    shutil.rmtree(scene.state / "store")
    monkeypatch.setattr(store, "keeps_versions", lambda: False)
    withdraw(scene.place, scene.what(PHOTO))
    assert {where[:3] for where in scene.left()} == {"s3:"}


def restored(scene: Scene, what: str) -> None:
    backup = scene.root.with_name("backup")
    shutil.rmtree(scene.root / what)
    shutil.copytree(backup / what, scene.root / what)


@pytest.mark.parametrize("what", ["content", ".preau/store"])
def test_a_restored_backup_shows_nothing_before_it_is_withdrawn_again(quick: Scene, what: str) -> None:
    scene = quick
    shutil.copytree(scene.root, scene.root.with_name("backup"))
    withdraw(scene.place, scene.what(PHOTO))
    restored(scene, what)
    assert scene.left(), "the backup brought it back"
    if what == "content":
        with pytest.raises(ReleaseError, match="--reappliquer"):
            scene.publish_built()
    withdraw(scene.place, scene.what())
    assert scene.left() == set()
    scene.publish_built()


def test_a_restored_store_is_told_at_the_next_publication(quick: Scene) -> None:
    scene = quick
    shutil.copytree(scene.root, scene.root.with_name("backup"))
    withdraw(scene.place, scene.what(PHOTO))
    restored(scene, ".preau/store")
    assert not read_withdrawn(scene.store, "fessart").digests
    scene.publish_built()
    assert read_withdrawn(scene.store, "fessart").digests >= scene.traces.keys()


def test_copies_that_look_the_same_go_with_it(quick: Scene) -> None:
    scene = quick
    folder = scene.content / "fessart/articles/2022-11-07-insectes"
    folder.mkdir()
    (folder / "bete.jpg").write_bytes(changed("coccinelle.jpg", (0.04, 0.05, 0.96, 1)))
    (folder / "article.md").write_text("Titre: Des bêtes\nPhotos: toutes\n\nUne bête.\n", encoding="utf-8")
    (folder / "légendes.txt").write_text("bete.jpg : Zoé et sa bête\n", encoding="utf-8")
    withdrawn = withdraw(scene.place, scene.what(PHOTO))
    assert withdrawn.plan.alike == {"fessart/articles/2022-11-07-insectes/bete.jpg"}
    assert (folder / "article.md").read_text("utf-8") == "Titre: Des bêtes\n\nUne bête.\n"
    assert (folder / "légendes.txt").read_text("utf-8") == ""


def test_what_was_allowed_by_name_stays(quick: Scene) -> None:
    scene = quick
    withdraw(scene.place, scene.what(PHOTO))
    other = scene.content / FOLDER / "autre.jpg"
    other.write_bytes(changed("coccinelle.jpg", (0.04, 0.05, 0.96, 1)))
    with pytest.raises(BuildError, match="is no photo"):
        allow(scene.store, scene.content, "escudier", f"{FOLDER}/autre.jpg", why="accord", now=NOW, by="ville")
    allow(scene.store, scene.content, "fessart", f"{FOLDER}/autre.jpg", why="autre-photo", now=NOW, by="ville")
    assert withdraw(scene.place, scene.what()).plan.files == frozenset()
    assert other.exists()
    shutil.copyfile(scene.place.quarantine / next(scene.place.quarantine.iterdir()).name / PHOTO, other)
    with pytest.raises(BuildError, match="stays withdrawn"):
        allow(scene.store, scene.content, "fessart", f"{FOLDER}/autre.jpg", why="accord", now=NOW, by="ville")


def test_an_image_that_only_a_person_can_take_out_is_told(quick: Scene) -> None:
    article = quick.content / FOLDER / "article.md"
    article.write_text(f"{article.read_text('utf-8')}\n![Zoé][elle]\n\n[elle]: coccinelle.jpg\n", encoding="utf-8")
    outcome = withdraw(quick.place, quick.what(PHOTO))
    assert outcome.by_hand == (f"{FOLDER}/article.md",)
    assert quick.left() == set()


def test_a_photo_of_the_city_goes_in_every_centre(scene: Scene) -> None:
    folder = scene.content / "ville/articles/2022-11-08-ville"
    shutil.copytree(scene.content / FOLDER, folder)
    shutil.rmtree(scene.content / FOLDER)
    scene.publish()
    scene.remember("ville/articles/2022-11-08-ville/coccinelle.jpg")
    outcome = withdraw(scene.place, scene.what("articles/2022-11-08-ville/coccinelle.jpg", slug="ville"))
    assert sorted(outcome.going) == ["escudier", "fessart"]
    assert scene.left() == set()


@pytest.fixture
def unpublished(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The same, where nothing is built."""
    monkeypatch.setattr(module, "_publish", lambda *args: ())
    return scene


def test_a_machine_that_is_too_old_hides_what_it_knows_and_says_so(
    unpublished: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = unpublished
    key, readable, digest = published_later(scene)
    done = withdraw(scene.place, scene.what(PHOTO))
    assert read_withdrawn(scene.store, "fessart").digests >= scene.traces.keys()
    assert scene.left() == set(), "all that it knows is gone"
    assert scene.store.exists(blob_key("fessart", digest)), "the photo of the later version is not"
    assert not done.is_complete
    assert done.as_table()["failed"] == done.as_table()["too_old_for"] == ["fessart"]
    first = next(lines("fessart", done, scene.content, scene.place.quarantine, dry_run=False))
    assert "peut-être encore visible" in first
    assert "preau withdraw fessart --reappliquer" in first

    scene.store.put(key, readable)  # the machine was updated
    with monkeypatch.context() as patch:
        patch.setattr(Planner, "_published_alike", lambda *args: set())
        assert withdraw(scene.place, scene.what()).is_complete
        assert scene.store.exists(blob_key("fessart", digest)), "only its likeness tells"
    assert withdraw(scene.place, scene.what()).is_complete
    assert not scene.store.exists(blob_key("fessart", digest))
    assert digest in read_withdrawn(scene.store, "fessart").digests
    assert not scene.store.exists(key)


@pytest.mark.parametrize("name", ["heads/000002.json", "withdrawn/000001.json"])
def test_what_a_later_version_says_of_a_centre_does_not_keep_the_photo_in_sight(unpublished: Scene, name: str) -> None:
    scene = unpublished
    found = current(scene.store, "fessart")
    assert found is not None
    key = f"centres/fessart/{name}"
    if name.startswith("withdrawn"):
        registered(scene.store, "fessart", digests=[], paths=["plan/index.html"], since=NOW, by="ville")
    older = json.loads(scene.store.get(key) or b"")
    scene.store.put(key, json.dumps({**older, "later": 1, **({"format": 2} if "format" in older else {})}).encode())
    done = withdraw(scene.place, scene.what(PHOTO))
    assert not done.is_complete
    assert [problem.values["key"] for problem in done.unread["fessart"]] == [key]
    assert scene.left() == set()
    assert scene.store.exists(release_key("fessart", found[1].id)), "the site stays, without the photo"

    scene.store.put(key, json.dumps(older).encode())  # the machine was updated
    assert read_withdrawn(scene.store, "fessart").digests >= scene.traces.keys()
    assert withdraw(scene.place, scene.what()).is_complete
    assert not scene.store.exists(release_key("fessart", found[1].id))


def test_a_photo_that_only_a_later_version_published_is_not_said_to_be_nowhere(unpublished: Scene) -> None:
    key, _readable, _digest = published_later(unpublished)
    with pytest.raises(BuildError, match=key):
        withdraw(unpublished.place, unpublished.what("ffff-ffff"))
