"""Photos near the end of their time are listed; those past it go for good, and their articles stay."""

from __future__ import annotations

import json

import pytest

from publish.heads import current
from publish.withdrawal.retention import kept
from tests.publish.trees import NOW
from tests.publish.withdrawal.scene import FOLDER, PHOTO, Scene, in_folder
from tests.publish.withdrawal.test_command import preau


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    scene = in_folder(tmp_path_factory.mktemp("retention"))
    scene.publish("fessart")
    scene.remember()
    scene.remember(f"{FOLDER}/gouttes.jpg")
    return scene


def until(scene: Scene, day: str, file: str = "ville/ville.toml") -> None:
    path = scene.content / file
    text, _, _ = path.read_text("utf-8").partition("[conservation]")
    end = '[charte]\nversion = "2022-09-01"\n' if file.startswith("ville") else ""
    path.write_text(f'{text.rstrip()}\n[conservation]\nphotos = "{day}"\n{end}', "utf-8")


def test_by_default_the_school_year_and_a_month(scene: Scene) -> None:
    before = (scene.content / "ville/ville.toml").read_text("utf-8")
    (scene.content / "ville/ville.toml").write_text(
        before.replace('[conservation]\nphotos = "2023-08-31"\n', ""), "utf-8"
    )
    (one,) = kept(scene.content, ["fessart", "escudier"], NOW)
    assert (one.slug, one.until.isoformat(), len(one.photos)) == ("fessart", "2023-09-30", 2)
    (scene.content / "ville/ville.toml").write_text(before, "utf-8")


def test_listed_then_withdrawn(scene: Scene) -> None:
    assert "Aucune photo" in preau(scene, "retention").output
    until(scene, "2022-11-25")
    told = json.loads(preau(scene, "retention", "--json").output)
    assert [(one["file"], one["until"], one["past"]) for one in told["articles"]] == [
        (f"{FOLDER}/article.md", "2022-11-25", False)
    ]
    assert "bientôt passé" in preau(scene, "retention").output
    nothing = preau(scene, "retention", "--apply")
    assert nothing.exit_code == 0
    assert (scene.content / PHOTO).exists(), "what is only near its end stays"

    until(scene, "1 mois")
    until(scene, "2022-11-08", "fessart/centre.toml")
    said = preau(scene, "retention", "fessart").output
    assert "passé : à retirer" in said.replace("\u00a0", " ")
    assert "--apply" in said
    assert (scene.content / PHOTO).exists(), "a list changes nothing"
    done = preau(scene, "retention", "--apply")
    assert done.exit_code == 0, done.output
    assert scene.left() == set()
    text = (scene.content / FOLDER / "article.md").read_text("utf-8")
    assert "Les bottes aux pieds." in text
    assert "![" not in text
    found = current(scene.store, "fessart")
    assert found is not None
    assert "articles/2022-11-08-potager/index.html" in found[1].files
    assert "Aucune photo" in preau(scene, "retention").output


def test_a_wrong_length_withdraws_nothing(scene: Scene) -> None:
    before = (scene.content / "ville/ville.toml").read_text("utf-8")
    until(scene, "longtemps")
    result = preau(scene, "retention", "--apply")
    (scene.content / "ville/ville.toml").write_text(before, "utf-8")
    assert result.exit_code == 1
    assert "ne dit pas combien de temps" in result.output
