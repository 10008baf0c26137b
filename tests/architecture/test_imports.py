"""Arrows of the design, sizes of modules, and what stands at the top of the tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import backward_arrows, misplaced_pelican, registry_addresses, too_long
from tests.project import ROOT, project_files

PYTHON = [file for file in project_files() if file.suffix == ".py"]
MODULES = [file for file in PYTHON if file.parts[0] in ("plugins", "publish")]

TOP_FOLDERS = {".ci", "content", "docs", "plugins", "publish", "tests", "themes"}
TOP_FILES = {
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pelicanconf.py",
    "preau.toml",
    "pyproject.toml",
    "requirements-tests.txt",
    "requirements-visages.txt",
    "requirements.txt",
}


def test_there_are_modules_to_look_at() -> None:
    assert Path("plugins/errors.py") in MODULES
    assert Path("publish/errors.py") in MODULES


def test_only_the_edges_import_pelican() -> None:
    assert misplaced_pelican(ROOT, MODULES) == []


def test_arrows_go_one_way() -> None:
    assert backward_arrows(ROOT, MODULES) == []


def test_modules_are_short() -> None:
    read = [file for file in project_files() if file.suffix in (".py", ".html", ".js") and file.parts[0] != "content"]
    assert too_long(ROOT, read) == []


def test_the_top_level_is_fixed() -> None:
    folders = {file.parts[0] for file in project_files() if len(file.parts) > 1}
    files = {file.name for file in project_files() if len(file.parts) == 1}
    assert folders - TOP_FOLDERS == set()
    assert files - TOP_FILES == set()
    assert TOP_FILES - files == set(), "a usual project file is missing"


def test_no_file_names_a_registry() -> None:
    assert registry_addresses(ROOT, project_files()) == []


def loaded_after_importing(*modules: str) -> set[str]:
    """Top-level packages that a new interpreter holds once these modules are imported."""
    program = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


def dotted(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def test_the_gateway_loads_neither_pelican_nor_plugins() -> None:
    gateway = [dotted(file) for file in MODULES if file.parts[:2] == ("publish", "gateway")]
    assert "publish.gateway" in gateway
    assert loaded_after_importing("publish.access", *gateway) & {"pelican", "plugins"} == set()


def test_pure_modules_do_not_load_pelican() -> None:
    pure = [dotted(file) for file in MODULES if file.parts[0] == "plugins" and file.name != "plugin.py"]
    loaded = loaded_after_importing(*pure)
    assert "plugins" in loaded
    assert "pelican" not in loaded


def test_the_command_loads_neither_pelican_nor_what_takes_long() -> None:
    """An unchanged city is told so in a fifth of a second: numpy and Pillow alone would double that."""
    loaded = loaded_after_importing("publish.cli", "publish.commands.build", "publish.build")
    assert loaded & {"pelican", "numpy", "PIL", "starlette", "boto3", "brotli", "multiprocessing", "rich"} == set()


def test_the_command_that_has_photos_made_loads_no_library_of_pictures() -> None:
    """Their memory is for the processes that decode: the command only finds photos, names and counts them."""
    parts = ("plugins.site.wanted", "plugins.photos.prepare", "plugins.photos.seen")
    assert loaded_after_importing(*parts) & {"PIL", "pi_heif", "markdown_it", "nh3", "numpy", "email"} == set()


def test_a_store_on_s3_loads_no_client_but_its_own() -> None:
    """boto3 takes 0.15 s, and the standard library's client 10 ms, most of them for its reader of mail."""
    assert loaded_after_importing("publish.stores.s3") & {"boto3", "email", "urllib3"} == set()


def test_loading_is_really_measured() -> None:
    assert "pelican" in loaded_after_importing("pelican")


@pytest.mark.parametrize(
    ("name", "source", "caught"),
    [
        ("plugins/posts/keys.py", "from pelican import signals", True),
        ("plugins/posts/keys.py", "def late():\n    import pelican.readers", True),
        ("plugins/posts/plugin.py", "from pelican import signals", False),
        ("plugins/posts/keys.py", "import pelicanconf", False),
        ("publish/build.py", "import pelican", True),
        ("publish/build.py", "def run():\n    from pelican import Pelican", False),
    ],
)
def test_a_misplaced_import_of_pelican_is_caught(tmp_path: Path, name: str, source: str, caught: bool) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(source)
    assert bool(misplaced_pelican(tmp_path, [Path(name)])) is caught


def test_a_second_starter_of_pelican_is_caught(tmp_path: Path) -> None:
    (tmp_path / "publish").mkdir()
    files = [Path("publish/build.py"), Path("publish/other.py")]
    for file in files:
        (tmp_path / file).write_text("def run():\n    from pelican import Pelican")
    assert {item.file.name for item in misplaced_pelican(tmp_path, files)} == {"other.py"}


@pytest.mark.parametrize(
    ("name", "source", "caught"),
    [
        ("plugins/posts/keys.py", "from publish.errors import N_", True),
        ("plugins/posts/keys.py", "from plugins.errors import N_", False),
        ("publish/gateway/app.py", "from plugins.site import model", True),
        ("publish/gateway/app.py", "def late():\n    import pelican", True),
        ("publish/gateway/app.py", "from ...plugins import site", True),
        ("publish/access.py", "import plugins", True),
        ("publish/build.py", "from plugins.errors import PluginError", False),
    ],
)
def test_a_backward_arrow_is_caught(tmp_path: Path, name: str, source: str, caught: bool) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(source)
    assert bool(backward_arrows(tmp_path, [Path(name)])) is caught


def test_a_registry_address_and_a_long_module_are_caught(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text("--index-url https://" + "pypi" + ".org/simple")
    (tmp_path / "long.py").write_text("x = 1\n" * 401)
    (tmp_path / "fine.py").write_text("# a map" + "pypi" + ".organism\n" * 400)
    files = [Path("lock.txt"), Path("long.py"), Path("fine.py")]
    assert registry_addresses(tmp_path, files) == ["lock.txt: pypi" + ".org"]
    assert too_long(tmp_path, files) == ["long.py: 401 lines"]
