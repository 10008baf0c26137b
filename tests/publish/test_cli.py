"""The command, as a person types it: what it says (in French), and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publish import __version__, report, session
from publish.cli import main
from publish.errors import ServeError
from publish.heads import current
from publish.paris import PARIS
from publish.session import Session
from publish.stores.folder import FolderStore
from tests.project import ROOT
from tests.publish.contents import write_content
from tests.publish.started import PREAU
from tests.publish.trees import NOW, write_tree

SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True)
class Place:
    """A content folder, settings and a store of their own."""

    root: Path

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def store(self) -> FolderStore:
        return FolderStore(self.root / "store")

    def run(self, *args: str, now: datetime = NOW) -> Result:
        options = ["--content", str(self.content), "--config", str(self.root / "preau.toml")]
        return CliRunner().invoke(main, [*options, *args], obj=Session(clock=lambda: now), prog_name="preau")


def place_in(root: Path) -> Place:
    write_content(root / "content")
    (root / "preau.toml").write_text('[store]\nfolder = "store"\n[build]\ncache = "work/cache"\n')
    return Place(root)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Published on 9 November, then again after a change on the 10th, while `escudier` is in error."""
    place = place_in(tmp_path_factory.mktemp("published"))
    first = place.run("publish", "--by", "Camille", "--jobs", "2")
    (place.root / "first.txt").write_text(first.output + f"\n{first.exit_code}")
    reminder = place.content / "fessart/rappels/2022-11-07-bottes.md"
    reminder.write_text(reminder.read_text("utf-8").replace("Pour le jardin", "Et un manteau"), "utf-8")
    (place.content / "escudier/infos/venir.md").write_text("Bus 123\n", "utf-8")
    second = place.run("publish", now=datetime(2022, 11, 10, 8, 0, tzinfo=PARIS))
    (place.root / "second.txt").write_text(second.output + f"\n{second.exit_code}")
    return place


def said(result: Result) -> str:
    return result.output.translate(SPACES)


def test_publishing(published: Place) -> None:
    text = (published.root / "first.txt").read_text("utf-8").translate(SPACES)
    assert text.endswith("\n0")
    assert "Pas montré aujourd’hui :" in text
    assert "fessart/rappels/2022-11-20-secret.md : paraîtra le 20 novembre 2022" in text
    assert text.count("en ligne") == 3
    assert "2 sites, " in text
    assert "1 photo ; " in text
    assert "Traceback" not in text


def test_publishing_again_with_a_centre_in_error(published: Place) -> None:
    text = (published.root / "second.txt").read_text("utf-8").translate(SPACES)
    assert text.endswith("\n1")
    assert "Ni publié ni modifié : escudier" in text
    assert "escudier/infos/venir.md" in text
    found = current(published.store, "escudier")
    assert found is not None
    assert found[0].number == 1, "its site stays as it was"
    found = current(published.store, "fessart")
    assert found is not None
    assert found[0].number == 2


def test_history_and_rollback(published: Place) -> None:
    result = published.run("releases", "fessart")
    lines = said(result).splitlines()
    assert lines[0].split() == ["Version", "Depuis", "Par", "Pourquoi", "Pages", "Photos", "État", "Changements"]
    assert lines[1].startswith(current(published.store, "fessart")[0].release[:12])  # type: ignore[index]
    assert "10/11/2022 08:00" in lines[1]
    assert lines[1].endswith("en ligne  1 rappel modifié")
    assert "09/11/2022 09:00  Camille  publiée" in lines[2]
    assert lines[2].endswith("1 rappel ajouté, 1 article ajouté, 5 pages d’informations ajoutées, 1 photo ajoutée")
    rows = json.loads(published.run("releases", "fessart", "--json").stdout)["releases"]
    assert [(row["head"], row["in_force"], row["why"]) for row in rows] == [(2, True, "publish"), (1, False, "publish")]
    result = published.run("rollback", "fessart", "--by", "Ville")
    assert result.exit_code == 0
    assert "est de nouveau en ligne. Les droits d’entrée n’ont pas changé." in said(result)
    found = current(published.store, "fessart")
    assert found is not None
    assert (found[0].number, found[0].release, found[0].by) == (3, rows[1]["release"], "Ville")
    again = published.run("rollback", "fessart", rows[1]["release"])
    assert again.exit_code == 1
    assert "est déjà en ligne" in said(again)
    back = published.run("rollback", "fessart", rows[0]["release"][:10], "--json")
    assert json.loads(back.stdout)["head"] == 4


def test_a_centre_that_was_never_published(published: Place) -> None:
    for command in ("releases", "rollback"):
        result = published.run(command, "fesart")
        assert result.exit_code == 1
        assert "« fesart » n’a jamais été publié ; vouliez-vous dire « fessart » ?" in said(result)
    assert "les centres publiés sont : escudier, fessart" in said(published.run("releases", "zzz"))
    assert published.run("releases", "../../x").exit_code == 1


def test_building(place: Place) -> None:
    result = place.run("build", "fessart", "--output", str(place.root / "out"), "--date", "2022-11-21", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {site["slug"] for site in answer["sites"]} == {"ville", "fessart"}
    assert answer["failed"] == []
    home = (place.root / "out/fessart/index.html").read_text("utf-8")
    assert "Plus tard" in home, "a build may be for a day to come"


@pytest.mark.parametrize(("day", "written"), [("2022-11-10", "10/11/2022"), ("2031-01-01", "01/01/2031")])
def test_publish_refuses_a_day_to_come(place: Place, day: str, written: str) -> None:
    result = place.run("publish", "--date", day)
    assert result.exit_code == 2
    assert f"le {written} n’est pas encore venu (nous sommes le 09/11/2022)" in said(result)
    assert not place.store.root.exists()


def test_the_day_is_that_of_paris(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    evening = datetime.fromisoformat("2022-11-09T23:30:00+00:00").astimezone(PARIS)
    monkeypatch.setattr("publish.sites.publish_sites", lambda *_, **__: ())
    assert place.run("publish", "--date", "2022-11-10", now=evening).exit_code == 0
    assert place.run("publish", "--date", "2022-11-11", now=evening).exit_code == 2
    assert session.paris_now().utcoffset() is not None


def test_a_later_day_would_be_published_without_the_check(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[datetime] = []
    monkeypatch.setattr("publish.sites.publish_sites", lambda request, *_, **__: [days.append(request.now)][:0])
    place.run("publish", "--date", "2022-11-20")
    assert days == []
    monkeypatch.setattr("publish.commands.publish.refuse_later", lambda day, today: None)
    place.run("publish", "--date", "2022-11-20")
    assert [moment.day for moment in days] == [20]


USAGE: dict[str, tuple[list[str], int, str]] = {
    "no such command": (["biuld"], 2, "La commande « biuld » n’existe pas. Vouliez-vous dire 'build' ?"),
    "no such option": (["build", "--ouput", "x"], 2, "L’option « --ouput » n’existe pas."),
    "missing option": (["build"], 2, "Il manque l’option '--output'."),
    "missing argument": (["rollback"], 2, "Il manque l’argument 'CENTRE'."),
    "too many": (["releases", "a", "b"], 2, "Il y a un argument de trop (b)"),
    "no day": (["build", "--output", "x", "--date", "demain"], 2, "« demain » n’est pas un jour"),
    "short day": (["build", "--output", "x", "--date", "2022-11"], 2, "« 2022-11 » n’est pas un jour"),
    "no number": (["build", "--output", "x", "--jobs", "x"], 2, "« x » n’est pas un nombre entier"),
    "out of range": (["build", "--output", "x", "--jobs", "0"], 2, "0 n’est pas dans les bornes"),
    "no value": (["build", "--output"], 2, "L’option « --output » demande une valeur."),
    "unknown centre": (["publish", "Fesart"], 1, "il n’y a pas de centre « Fesart » ; vouliez-vous dire « fessart » ?"),
    "serve without settings": (["serve"], 2, "preau.toml ne nomme aucun [[ent]]"),
}


@pytest.mark.parametrize(("args", "code", "words"), USAGE.values(), ids=USAGE.keys())
def test_mistakes_are_said_in_french(place: Place, args: list[str], code: int, words: str) -> None:
    result = place.run(*args)
    assert result.exit_code == code
    assert words in said(result)
    assert result.stdout == ""


def test_content_is_never_built_over(place: Place) -> None:
    result = place.run("build", "--output", str(place.content))
    assert result.exit_code == 1
    assert "doit en rester séparé" in said(result)


def test_settings_that_can_t_be_used(place: Place) -> None:
    (place.root / "preau.toml").write_text("[store]\nfoldr = 1\n[gatway]\n")
    result = place.run("releases", "fessart")
    assert result.exit_code == 2
    assert "n’a pas de clé « foldr » ; vouliez-vous dire « folder » ?" in said(result)
    assert "n’a pas de clé « gatway » ; vouliez-vous dire « gateway » ?" in said(result)
    result = CliRunner().invoke(main, ["--config", str(place.root / "other.toml"), "releases", "x"])
    assert result.exit_code == 2
    assert "ce fichier n’existe pas" in said(result)


def test_languages(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert "Commandes" in place.run("--help").output
    assert "Commands" in place.run("--lang", "en", "--help").output
    assert "No such command" in place.run("--lang", "en", "biuld").output
    (place.root / "preau.toml").write_text('language = "en"\n')
    assert "was never published" in place.run("releases", "x").output
    assert "n’a jamais été publié" in place.run("--lang", "fr", "releases", "x").output
    assert "LANGUAGE" not in os.environ


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)], ids=str)
def test_help_is_all_french(command: list[str]) -> None:
    text = CliRunner().invoke(main, [*command, "--help"], prog_name="preau").output
    assert text.startswith("Usage")
    for word in (" the ", "Show ", " of ", "message and exit", "DIR ", "FILE", "Commands", "default:", "required"):
        assert word not in text
    english = CliRunner().invoke(main, ["--lang", "en", *command, "--help"], prog_name="preau").output
    assert "Show this message and exit." in english


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"], prog_name="preau").output == f"preau, version {__version__}\n"


Raise = Callable[..., None]


def failing(error: BaseException) -> Raise:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_fault_of_the_program_shows_no_trace_unless_asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "check_known", failing(ZeroDivisionError("oups")))
    result = place.run("releases", "fessart")
    assert result.exit_code == 70
    assert "une erreur qui vient de lui (ZeroDivisionError : oups)" in said(result)
    assert "Traceback" not in result.output
    assert isinstance(place.run("--debug", "releases", "fessart").exception, ZeroDivisionError)


def test_stopping_by_hand(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "check_known", failing(KeyboardInterrupt()))
    result = place.run("releases", "fessart")
    assert result.exit_code == 1
    assert "Interrompu" in result.output


def test_serving_passes_settings_secrets_and_store(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from publish.gateway import server

    (place.root / "preau.toml").write_text(
        '[store]\nfolder = "store"\n[gateway]\naddress = "https://centres.example"\n[[ent]]\nid = "ecoles"\n'
        'name = "ENT"\n'
        'issuer = "https://ent.example"\nclient_id = "preau"\nclient_secret_env = "PREAU_ENT"\nuai = ["0929010U"]\n'
    )
    monkeypatch.setenv("PREAU_ENT", "secret")
    monkeypatch.setenv("PREAU_ACCESS_KEY", "k" * 32)
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(server, "serve", lambda *args: calls.append(args))
    assert place.run("serve").exit_code == 0
    ((config, store),) = calls
    assert config.address == "https://centres.example"  # type: ignore[attr-defined]
    assert repr(store) == repr(place.store)
    monkeypatch.setattr(server, "serve", failing(ServeError("port {port}", port=8000)))
    result = place.run("serve")
    assert result.exit_code == 5
    assert "port 8000" in result.output


def test_the_demonstration_gets_its_options(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from publish.demo import run as demo

    calls: list[dict[str, object]] = []
    monkeypatch.setattr(demo, "run", lambda **options: calls.append(options))
    result = place.run("demo", "--port", "9999", "--state", str(place.root / "demo"), "--date", "2022-10-05")
    assert result.exit_code == 0, result.output
    (options,) = calls
    assert options["port"] == 9999
    assert options["state"] == place.root / "demo"
    assert str(options["date"]) == "2022-10-05"


def preau(*args: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PREAU, *args],
        cwd=root,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_as_a_process(tmp_path: Path) -> None:
    done = preau("releases", "x", root=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Erreur" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [], "reading writes nothing"


def test_a_full_disk_while_publishing(place: Place) -> None:
    """A real one where the machine allows a file system of its own to a test: 200 KB for the store."""
    tree = write_tree(place.root / "tree")
    store = place.root / "store"
    store.mkdir()
    program = (
        "import os, sys; from pathlib import Path; from tests.publish.trees import NOW, release\n"
        "from publish.publication import publish; from publish.stores.folder import FolderStore\n"
        "from publish.heads import current; from publish.errors import StoreError; from publish.language import say\n"
        "store, tree = FolderStore(Path(sys.argv[1])), Path(sys.argv[2])\n"
        "publish(store, release(tree), now=NOW, by='x')\n"
        "before = current(store, 'fessart')\n"
        "(tree / 'photos/ffffffffffffffffffffffff-960.webp').write_bytes(os.urandom(400_000))\n"
        "try: publish(store, release(tree), now=NOW, by='x')\n"
        "except StoreError as error: print(error.text(say))\n"
        "assert current(store, 'fessart') == before\n"
        "(tree / 'photos/ffffffffffffffffffffffff-960.webp').write_bytes(b'small')\n"
        "assert publish(store, release(tree), now=NOW, by='x').head.number == 2\n"
    )
    mount = f'mount -t tmpfs -o size=200k none {store} && exec {sys.executable} -c "$1" {store} {tree}'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode and ("unshare" in done.stderr or "mount" in done.stderr):
        return  # no user namespaces here; tests/publish/stores covers a full quota on every machine
    assert done.returncode == 0, done.stderr
    assert "est plein : libérez de la place, puis relancez la même commande" in done.stdout.translate(SPACES)


def test_a_reader_that_leaves_early_is_no_fault(place: Place) -> None:
    """As `preau check | head`."""
    ours, theirs = os.pipe()
    os.close(ours)
    options = ["--content", str(place.content), "--config", str(place.root / "preau.toml")]
    with os.fdopen(theirs, "wb") as nobody:
        run = [*PREAU, *options, "check"]
        done = subprocess.run(run, cwd=ROOT, stdout=nobody, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
