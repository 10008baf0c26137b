"""Real builds of a small content folder, each centre in its own process."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from plugins.photos.cache import SEEN
from publish import build as module
from publish.access import Admission, MembershipKind
from publish.build import BuildRequest, Silent, build_sites
from publish.centres import choose_centres, find_centres
from publish.errors import BuildError
from publish.jobs import Built, Failed, Outcome
from publish.staging import WORK
from tests.project import ROOT
from tests.publish.contents import write_content
from tests.publish.trees import NOW, write_tree

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def request_for(tmp_path: Path, cache: Path) -> BuildRequest:
    return BuildRequest(write_content(tmp_path / "content"), tmp_path / "out", cache, NOW, jobs=2)


@dataclass(frozen=True)
class Done:
    request: BuildRequest
    outcomes: tuple[Outcome, ...]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Done:
    """The content as it is, built once."""
    folder = tmp_path_factory.mktemp("done")
    request = BuildRequest(write_content(folder / "content"), folder / "out", cache, NOW, jobs=2)
    return Done(request, build_sites(request, (), Silent()))


def files(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sites(output: Path) -> dict[str, Files]:
    return {path.name: files(path) for path in output.iterdir() if path.name != WORK}


def differing(one: Files, two: Files) -> list[str]:
    """Paths that are not the same in both, so that a failure names them."""
    return sorted(path for path in one.keys() | two.keys() if one.get(path) != two.get(path))


def told(outcome: Outcome) -> str:
    assert isinstance(outcome, Failed), outcome
    return "\n".join(problem.text(str) for problem in outcome.problems)


def changed_settings(folder: Path, line: str) -> Path:
    """The project's own settings, with one line more."""
    text = (ROOT / "pelicanconf.py").read_text("utf-8")
    assert "Path(__file__).resolve().parent" in text
    folder.mkdir()
    (folder / "pelicanconf.py").write_text(
        text.replace("Path(__file__).resolve().parent", f"Path({str(ROOT)!r})") + f"\n{line}\n", "utf-8"
    )
    return folder / "pelicanconf.py"


def test_centres_and_the_city_are_built(done: Done) -> None:
    output = done.request.output
    city, escudier, fessart = done.outcomes
    assert isinstance(city, Built)
    assert isinstance(fessart, Built)
    assert isinstance(escudier, Built)
    legal = {"mentions-legales.html", "accessibilite.html", "donnees-personnelles.html", "charte.html"}
    assert set(files(city.tree)) == {"ville.json", *legal}
    assert fessart.tree == output / "fessart"
    assert (fessart.name, fessart.photos, escudier.photos) == ("Fessart", 1, 0)
    assert fessart.admission == Admission(
        frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.CHILD, MembershipKind.GUARDIAN})
    )
    made = files(fessart.tree)
    posts = {"rappels/2022-11-07-bottes/index.html", "articles/2022-11-08-potager/index.html"}
    assert {"index.html", "404.html", *posts} <= set(made)
    assert not any("secret" in path or b"Plus tard" in data for path, data in made.items())
    assert any("2022-11-20-secret.md" in note.text(str) for note in fessart.waiting)
    assert set(sites(output)) == {"ville", "fessart", "escudier"}
    assert {path.name for path in (output / WORK).iterdir()} == {"lock", "building", "records"}


def test_nothing_of_one_centre_reaches_another(done: Done) -> None:
    pages = {path: data for path, data in files(done.request.output / "escudier").items() if path.endswith(".html")}
    assert len(pages) > 10
    for path, data in pages.items():
        assert "potager" not in path
        assert b"potager" not in data
        assert b"fessart" not in data.lower()


def test_the_same_content_gives_the_same_bytes(done: Done, request_for: BuildRequest) -> None:
    build_sites(request_for, ["fessart"], Silent())
    first = sites(done.request.output)
    assert sites(request_for.output) == {"ville": first["ville"], "fessart": first["fessart"]}


def test_photos_are_made_ready_once_for_all(request_for: BuildRequest) -> None:
    seen: list[tuple[int, int]] = []

    class Watch(Silent):
        def photos(self, done: int, total: int) -> None:
            seen.append((done, total))

    module.prepare_photos(request_for, ["fessart", "escudier"], Watch())
    assert seen == [(1, 1)]


REMINDER = "rappels/2022-11-07-bottes.md"
PHOTO = "articles/2022-11-08-potager/feuilles.jpg"
Spoil = Callable[[Path], object]
SPOILED: dict[str, tuple[Spoil, str]] = {
    "sans-titre": (lambda folder: (folder / REMINDER).write_text("Jusqu'au: 2022-11-30\n\nx\n"), REMINDER),
    "sans-reglages": (lambda folder: (folder / "centre.toml").unlink(), "centre.toml"),
    "reglages-casses": (lambda folder: (folder / "centre.toml").write_text("nom = "), "centre.toml"),
    "photo-illisible": (lambda folder: (folder / PHOTO).write_bytes(b"x"), PHOTO),
    "lien-dehors": (lambda folder: (folder / "infos/x.md").symlink_to(folder.parent / "escudier"), "infos/x.md"),
    "fichier-voisin": (
        lambda folder: (folder / REMINDER).write_text(
            "Titre: x\nJusqu'au: 2022-11-30\n\n[x](../../escudier/centre.toml)\n"
        ),
        REMINDER,
    ),
    "dossier-lie": (
        lambda folder: [folder.rename(folder.parent.parent / "elsewhere"), folder.symlink_to("../elsewhere")],
        "dossier-lie",
    ),
    "Escudier": (lambda folder: None, "two folders for the centre “escudier”"),
    "Île Seguin": (lambda folder: None, "small letters"),
}


def test_a_disk_that_is_full_while_photos_are_prepared_is_said(
    request_for: BuildRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(answer: dict[str, object], wanted: object) -> OSError:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("plugins.photos.workers._outcome", full)
    before = files(write_tree(request_for.output / "fessart"))
    with pytest.raises(BuildError, match=r"photos can't be prepared in .*: the disk is full; free some space"):
        build_sites(replace(request_for, cache=tmp_path / "small"), (), Silent())
    assert files(request_for.output / "fessart") == before


def test_a_photo_or_a_folder_that_can_t_be_read_stops_its_centre_alone(
    request_for: BuildRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("plugins.photos.source.open_file", refused)
    module.prepare_photos(request_for, ["fessart", "escudier"], Silent())


@pytest.mark.parametrize("paranoid", [False, True])
def test_what_is_noted_of_files_is_believed_unless_somebody_asks_that_all_be_read(
    request_for: BuildRequest, paranoid: bool
) -> None:
    note = request_for.cache / SEEN / "ab/note.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("{}")
    module.prepare_photos(replace(request_for, paranoid=paranoid), ["fessart"], Silent())
    assert note.exists() is not paranoid


def test_a_centre_that_computes_for_ever_ends_and_says_so(tmp_path: Path) -> None:
    program = (
        "from publish.errors import BuildError\nfrom publish.worker import limit_work\nimport re\nlimit_work(1)\n"
        "try:\n    re.match('(a|a)*b', 'a' * 60)\nexcept BuildError as error:\n    print(error.text(str))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "more than 10 minutes of computing" in done.stdout


def test_centres_in_error_keep_their_trees_and_stop_no_other(request_for: BuildRequest) -> None:
    old = {"index.html": b"the old site"}
    for slug, (spoil, _) in SPOILED.items():
        shutil.copytree(request_for.content / "fessart", request_for.content / slug)
        spoil(request_for.content / slug)
        write_tree(request_for.output / slug, old)
    outcomes = {outcome.slug: outcome for outcome in build_sites(request_for, (), Silent())}
    for slug, (_, words) in SPOILED.items():
        assert words in told(outcomes[slug])
        assert files(request_for.output / slug) == old
    for slug in ("ville", "fessart", "escudier"):
        assert isinstance(outcomes[slug], Built)
    assert (request_for.output / "escudier/index.html").is_file()


def test_a_mistake_of_the_city_s_stops_every_centre(request_for: BuildRequest) -> None:
    (request_for.content / "ville/ville.toml").write_text("nom = 1")
    outcomes = build_sites(request_for, (), Silent())
    assert all("ville/ville.toml" in told(outcome) for outcome in outcomes)
    assert sites(request_for.output) == {}


def test_warnings_of_a_library_stop_a_centre(request_for: BuildRequest, tmp_path: Path) -> None:
    line = "import logging; logging.getLogger('some.library').warning('half of it was lost')"
    request = replace(request_for, settings=changed_settings(tmp_path / "settings", line))
    outcome = build_sites(request, ["escudier"], Silent())[1]
    assert "some.library: half of it was lost" in told(outcome)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("PLUGINS = PLUGINS[:-1]", "leaving"),
        ("import types; PLUGINS = [*PLUGINS, types.ModuleType('more')]; PLUGINS[-1].register = print", "more"),
        ("raise RuntimeError('broken')", "RuntimeError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed"),
    ],
    ids=["plugin missing", "plugin too many", "fault", "killed"],
)
def test_a_run_that_is_not_as_it_should_is_no_site(
    request_for: BuildRequest, tmp_path: Path, line: str, words: str
) -> None:
    request = replace(request_for, settings=changed_settings(tmp_path / "settings", line), jobs=1)
    outcome = build_sites(request, ["escudier"], Silent())[1]
    assert words in told(outcome)
    assert not (request.output / "escudier").exists()


@pytest.mark.parametrize("whose", ["getpid", "getppid"], ids=["its own", "the server's"])
def test_a_centre_whose_process_is_killed_once_is_built_all_the_same(
    request_for: BuildRequest, tmp_path: Path, whose: str
) -> None:
    line = (
        f"import os, signal; kill = not os.path.exists({str(tmp_path / 'killed')!r}); "
        f"open({str(tmp_path / 'killed')!r}, 'w'); kill and os.kill(os.{whose}(), signal.SIGKILL)"
    )
    request = replace(request_for, settings=changed_settings(tmp_path / "settings", line))
    assert all(isinstance(outcome, Built) for outcome in build_sites(request, (), Silent()))
    assert (tmp_path / "killed").exists()


def test_a_server_that_is_killed_each_time_ends_no_build(request_for: BuildRequest, tmp_path: Path) -> None:
    line = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    request = replace(request_for, settings=changed_settings(tmp_path / "settings", line))
    assert "was killed" in told(build_sites(request, ["escudier"], Silent())[1])


LOADED = "import sys; raise RuntimeError(' '.join(sorted({known} & set(sys.modules))) or 'nothing')"
TAKES_LONG = {
    "docutils",
    "pygments",
    "markdown",
    "rich.table",
    "http.server",
    "anyio",
    "xml.sax",
    "PIL",
    "pikepdf",
    "pi_heif",
}


def test_each_process_has_its_limit_and_loads_nothing_that_no_site_uses(
    request_for: BuildRequest, tmp_path: Path
) -> None:
    line = LOADED.format(known=TAKES_LONG)
    request = replace(request_for, settings=changed_settings(tmp_path / "settings", line))
    assert "RuntimeError: nothing;" in told(build_sites(request, ["escudier"], Silent())[1])
    assert "RuntimeError: PIL pi_heif;" in told(build_sites(request, ["fessart"], Silent())[1]), "once for all centres"
    (request.content / "escudier/menu.PDF").touch()
    assert "RuntimeError: pikepdf;" in told(build_sites(request, ["escudier"], Silent())[1])
    line = "import resource, signal; raise RuntimeError((resource.getrlimit(resource.RLIMIT_CPU), signal.getsignal(2)))"
    request = replace(request_for, settings=changed_settings(tmp_path / "limits", line))
    assert "((600, 660), <Handlers.SIG_IGN: 1>)" in told(build_sites(request, ["escudier"], Silent())[1])


def test_the_pelican_command_which_loads_all_of_pelican_makes_the_same_site(done: Done, tmp_path: Path) -> None:
    where = [str(done.request.content / "fessart"), "-s", str(ROOT / "pelicanconf.py"), "-o", str(tmp_path / "made")]
    more = ["-e", f'PREAU_NOW="{NOW:%Y-%m-%d} à 9 h"', f'PREAU_PHOTO_CACHE="{done.request.cache}"']
    command = [sys.executable, "-m", "pelican", *where, *more]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert differing(files(tmp_path / "made"), files(done.request.output / "fessart")) == []


def test_choosing_centres(tmp_path: Path) -> None:
    content = write_content(tmp_path / "content")
    (content / ".git").mkdir()
    (content / "_modeles").mkdir()
    for name in ("$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir", "__MACOSX"):
        (content / name).mkdir()
        (content / "fessart/rappels" / name).mkdir()
    (content / "LISEZMOI.md").write_text("x")
    assert find_centres(content) == ("escudier", "fessart")
    assert choose_centres(content, ()) == ("escudier", "fessart")
    assert choose_centres(content, ["fessart", "fessart"]) == ("fessart",)
    with pytest.raises(BuildError, match="did you mean “fessart”"):
        choose_centres(content, ["Fesart"])
    with pytest.raises(BuildError, match="the centres are: escudier, fessart"):
        choose_centres(content, ["zzz"])
    with pytest.raises(BuildError, match="no centre “ville”"):
        choose_centres(content, ["ville"])
    for bad in ("..", "../content", "/etc", ""):
        with pytest.raises(BuildError):
            choose_centres(content, [bad])
    with pytest.raises(BuildError, match="can't be read"):
        find_centres(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BuildError, match="holds no centre"):
        choose_centres(tmp_path / "empty", ())


BUILD = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from publish import build
from publish.build import BuildRequest, Silent, build_sites
class Killer(Silent):
    def photos(self, done, total):
        if sys.argv[4] == "photos":
            os.kill(os.getpid(), signal.SIGKILL)
    def built(self, outcome, done, total):
        if sys.argv[4] == "first centre":
            os.kill(os.getpid(), signal.SIGKILL)
real = build.Workers._order
def order(workers, *what):
    answers = real(workers, *what)
    if sys.argv[4] == "start of the centres":
        os.kill(os.getpid(), signal.SIGKILL)
    return answers
build.Workers._order = order
def keep(finished):
    if sys.argv[4] == "before the notes":
        os.kill(os.getpid(), signal.SIGKILL)
    real_keep(finished)
real_keep, build.Finished.keep = build.Finished.keep, keep
if __name__ == "__main__":
    content, output, cache = map(Path, sys.argv[1:4])
    build_sites(BuildRequest(content, output, cache, datetime.fromisoformat(sys.argv[5]), 2), (), Killer())
"""


@pytest.mark.parametrize("moment", ["photos", "start of the centres", "first centre", "before the notes"])
def test_killed_and_built_again(done: Done, request_for: BuildRequest, tmp_path: Path, moment: str) -> None:
    whole = sites(done.request.output)
    write_tree(request_for.output / "fessart", whole["fessart"])
    (tmp_path / "program.py").write_text(BUILD)
    command = [str(request_for.content), str(request_for.output), str(tmp_path / "cache"), moment, NOW.isoformat()]
    # The answer comes when every process that holds the pipe is gone: workers too end with their command.
    killed = subprocess.run(
        [sys.executable, str(tmp_path / "program.py"), *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    for slug, tree in sites(request_for.output).items():
        assert differing(tree, whole[slug]) == [], "a final name shows one whole tree"
    build_sites(request_for, (), Silent())
    assert set(sites(request_for.output)) == set(whole)
    for slug, tree in sites(request_for.output).items():
        assert differing(tree, whole[slug]) == []
