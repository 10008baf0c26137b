"""`preau withdraw` on a terminal: what is said, in French, and the exit codes."""

from __future__ import annotations

import json
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.layout import release_key
from publish.session import Session
from publish.stores.folder import FolderStore
from publish.withdrawal import content, record
from tests.publish.test_cli import SPACES
from tests.publish.trees import NOW
from tests.publish.withdrawal.scene import FOLDER, PHOTO, Scene, changed, in_folder, small


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    scene = in_folder(tmp_path_factory.mktemp("withdraw-command"))
    scene.publish("fessart")
    return scene


def preau(scene: Scene, *args: str) -> Result:
    config = scene.root / "preau.toml"
    config.write_text(f'[store]\nfolder = "{scene.state}/store"\n[build]\ncache = "{scene.state}/cache"\n', "utf-8")
    common = ["--content", str(scene.content), "--config", str(config)]
    return CliRunner().invoke(main, [*common, *args], obj=Session(clock=lambda: NOW))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("fessart",), "l’un des trois"),
        (("fessart", PHOTO), "--motif famille | erreur | conservation | autre"),
        (("fessart", PHOTO, "--motif", "accord"), "--motif famille"),
        (("fessart", "--autoriser", PHOTO, "--motif", "famille"), "--motif autre-photo | accord"),
        (("fessart", PHOTO, "--motif", "Zoé"), "Zoé"),
        (("fessart", "--autoriser", PHOTO, "--motif", "accord", "--dry-run"), "rien n’a été fait"),
        (("fesart", PHOTO, "--motif", "famille"), "fessart"),
        (("fessart", "9999-0000", "--motif", "famille"), "n’a pas de telle photo"),
        (("fessart", "coccinele.jpg", "--motif", "famille"), "vouliez-vous dire"),
        (("fessart", "fessart/infos/venir.md", "--motif", "famille"), "un article entier"),
        (("fessart", "fessart/centre.toml", "--motif", "famille"), "un article entier"),
        (("fessart", "../preau.toml", "--motif", "famille"), "n’a pas de telle photo"),
        (("escudier", PHOTO, "--motif", "famille"), "preau withdraw fessart"),
        (("fessart", "--autoriser", "fessart/articles/rien.jpg", "--motif", "accord"), "n’est pas une photo"),
    ],
)
def test_what_can_t_be_done_is_said_and_nothing_is(made: Scene, args: tuple[str, ...], said: str) -> None:
    before = {path: path.read_bytes() for path in made.content.rglob("*") if path.is_file()}
    result = preau(made, "withdraw", *args)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert {path: path.read_bytes() for path in made.content.rglob("*") if path.is_file()} == before
    assert not list(FolderStore(made.state / "store").keys("centres/fessart/withdrawn/"))


@pytest.mark.parametrize(
    ("step", "replaced", "said"),
    [
        (record, False, "Arrêté avant que tout soit caché"),
        (content, False, "est déjà caché"),
        (content, True, "Arrêté avant que tout soit caché"),
    ],
    ids=["before", "after", "after, of a file that is not what families saw"],
)
def test_stopped_by_hand_it_says_whether_the_photo_is_hidden(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, step: ModuleType, replaced: bool, said: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if replaced:
        (scene.content / PHOTO).write_bytes(small("coccinelle.jpg")[:9000])
    monkeypatch.setattr(step, "settle" if step is record else "apply", stop)
    result = preau(scene, "withdraw", "fessart", PHOTO, "--motif", "famille")
    assert result.exit_code == 1
    assert said in result.output
    assert "relancez la même commande" in result.output
    assert result.output.endswith("Interrompu.\n")
    assert bool(list(scene.store.keys("centres/fessart/withdrawn/"))) is (step is content)


def test_a_dry_run_stopped_by_hand_says_nothing_of_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(content, "edits", stop)
    result = preau(scene, "withdraw", "fessart", PHOTO, "--motif", "famille", "--dry-run")
    assert result.output.strip() == "Interrompu."


def test_a_machine_that_is_too_old_says_so_first(made: Scene) -> None:
    store = FolderStore(made.state / "store")
    key = release_key("fessart", "f" * 32)
    store.put(key, b'{"format":2}')
    try:
        dry = preau(made, "withdraw", "fessart", PHOTO, "--motif", "famille", "--dry-run")
    finally:
        store.delete(key)
    assert dry.exit_code == 1
    assert dry.output.translate(SPACES).startswith("fessart : ce poste a une version trop ancienne de Préau")
    assert key in dry.output


def test_dry_run_then_for_good_then_a_lookalike(made: Scene) -> None:
    (made.root / ".git").mkdir()
    dry = preau(made, "withdraw", "fessart", PHOTO, "--motif", "famille", "--dry-run", "--json")
    told = json.loads(dry.output)
    assert told["dry_run"]
    assert told["moved"] == [PHOTO]
    assert told["edited"] == [f"{FOLDER}/article.md"]
    assert len(told["store"]["fessart"]["releases"]) == 1
    said = preau(made, "withdraw", "fessart", PHOTO, "--motif", "famille", "--dry-run").output
    assert said.startswith("Essai à blanc, rien n’a été changé. Partiraient")

    done = preau(made, "withdraw", "fessart", PHOTO, "--motif", "famille")
    assert done.exit_code == 0, done.output
    assert "est en vigueur" in done.output
    assert f"filter-repo --invert-paths --force --path content/{PHOTO}" in done.output
    register = (made.content / "ville/retraits.json").read_text("utf-8")
    assert "coccinelle" not in register
    assert "Zoé" not in register

    data = next((made.state / "quarantaine").glob("*/fessart/articles/*/*.jpg")).read_bytes()
    article = made.content / FOLDER / "article.md"
    before = article.read_text("utf-8")
    (made.content / FOLDER / "elle.jpg").write_bytes(data)
    article.write_text(f"{before}\n![Elle](elle.jpg)\n", encoding="utf-8")
    checked = preau(made, "check", "fessart")
    assert checked.exit_code == 1
    assert "Cette photo a été retirée le 09/11/2022" in checked.output
    (made.content / FOLDER / "elle.jpg").unlink()
    article.write_text(before, encoding="utf-8")

    article.write_text(f"{article.read_text('utf-8')}\n![Elle](autre.jpg)\n", encoding="utf-8")
    (made.content / FOLDER / "autre.jpg").write_bytes(changed("coccinelle.jpg", (0.06, 0.04, 0.97, 1)))
    checked = preau(made, "check", "fessart")
    assert checked.exit_code == 0
    assert "à moins qu’une photo ne ressemble à une photo retirée (" in checked.output
    refused = preau(made, "publish", "fessart")
    assert refused.exit_code == 1
    assert "Cette photo ressemble à une photo retirée le 09/11/2022" in refused.output
    command = refused.output.partition("preau withdraw ")[2].splitlines()[0].split()
    assert command == ["fessart", "--autoriser", f"{FOLDER}/autre.jpg", "--motif", "autre-photo"]
    allowed = preau(made, "withdraw", *command)
    assert allowed.exit_code == 0, allowed.output
    assert preau(made, "publish", "fessart").exit_code == 0


def test_a_damaged_register_stops_everything(made: Scene) -> None:
    register = made.content / "ville/retraits.json"
    before = register.read_bytes() if register.exists() else None
    register.write_bytes(b"{}")
    try:
        wanted = ("withdraw", "fessart", PHOTO, "--motif", "famille")
        for command in (("publish", "fessart"), ("check", "fessart"), wanted):
            result = preau(made, *command)
            assert result.exit_code == 1
            assert "Le registre des retraits est abîmé" in result.output
    finally:
        if before is None:
            register.unlink()
        else:
            register.write_bytes(before)


def test_prune_says_what_it_does(made: Scene) -> None:
    dry = preau(made, "prune", "--dry-run", "--json")
    assert dry.exit_code == 0, dry.output
    assert {one["site"] for one in json.loads(dry.output)["sites"]} == {"fessart", "ville"}
    said = preau(made, "prune", "fessart")
    assert said.exit_code == 0
    assert "Gardées" in said.output
    assert preau(made, "prune", "fesart").exit_code == 1
