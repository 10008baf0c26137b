"""A whole build of an article whose faces are to be blurred: every file that families could get is looked into."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from plugins.photos.faces import find_faces
from publish.build import BuildRequest, Silent, build_sites
from publish.jobs import Built
from tests.publish.contents import write_content
from tests.publish.trees import NOW

ASTRONAUT = Path(__file__).parents[1] / "plugins/photos/data/astronaute.jpg"
RIGHTS = "Titre: L'espace\nDroit à l'image: vérifié par Inès Modèle le 8 novembre 2022\n"


def group(path: Path) -> None:
    """A photo with one face at three sizes."""
    ground = Image.new("RGB", (2400, 1500), "#6b8e9b")
    with Image.open(ASTRONAUT) as portrait:
        for left, side in ((60, 1200), (1300, 600), (1950, 300)):
            ground.paste(portrait.resize((side, side), Image.Resampling.LANCZOS), (left, 150))
    ground.save(path, quality=90)


@pytest.mark.parametrize(("wish", "faces"), [("Flou: visages\n", 0), ("", 3)])
def test_no_file_of_a_site_shows_a_face_that_was_to_be_blurred(tmp_path: Path, wish: str, faces: int) -> None:
    content = write_content(tmp_path / "content")
    folder = content / "fessart/articles/2022-11-08-espace"
    folder.mkdir()
    (folder / "article.md").write_text(f"{RIGHTS}{wish}\n![Trois portraits](groupe.jpg)\n", "utf-8")
    group(folder / "groupe.jpg")
    done = build_sites(BuildRequest(content, tmp_path / "sites", tmp_path / "cache", NOW, 2), ["fessart"], Silent())
    (site,) = (outcome for outcome in done if outcome.slug == "fessart")
    assert isinstance(site, Built), site
    files = sorted((site.tree / "photos").iterdir())
    assert {file.suffix for file in files} == {".webp", ".jpg"}
    assert len(files) == 8, "three sizes of the group, one of the other photo, in two formats"
    found = find_faces([Image.open(file).convert("RGB") for file in files])
    assert max(len(each) for each in found) == faces
