"""What the project relies on in Pelican 4.12, and the hazards that it goes around; an upgrade that changes one is seen.

Each runs in a process of its own: importing Pelican changes the process (H11). The numbers H1 to H13 name
hazards; docs/decisions/001 says what follows from them.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

START = """
import sys, os, logging
from pathlib import Path
from types import SimpleNamespace
import pelican
from pelican import Pelican, signals
from pelican.settings import read_settings
pelican.console.quiet = True
HERE = Path(sys.argv[1])
PATHS = {"PATH": str(HERE / "content"), "OUTPUT_PATH": str(HERE / "output")}
def write(name, text):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
def settings(**more):
    quiet = dict(FEED_ALL_ATOM=None, CATEGORY_FEED_ATOM=None, TRANSLATION_FEED_ATOM=None, PLUGINS=[], SITEURL="")
    return read_settings(None, override={**PATHS, **quiet, **more})
def ours(**more):
    return settings(ARTICLE_PATHS=[], PAGE_PATHS=[], STATIC_PATHS=[], THEME_STATIC_PATHS=[],
                    DIRECT_TEMPLATES=[], TEMPLATE_PAGES={},
                    CATEGORY_SAVE_AS="", AUTHOR_SAVE_AS="", TAG_SAVE_AS="", CATEGORIES_SAVE_AS="", AUTHORS_SAVE_AS="",
                    TAGS_SAVE_AS="", ARCHIVES_SAVE_AS="", **more)
def output():
    files = (p.relative_to(HERE) for p in HERE.rglob("*") if p.is_file())
    return sorted(p.as_posix() for p in files if p.parts[0] != "content")
write("content/a.md", "Title: A\\nDate: 2022-11-01\\n\\nx")
"""


@pytest.fixture
def pelican(tmp_path: Path):
    """Run lines after `START` in a new process; what they print."""

    def run(program: str, *, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", START + textwrap.dedent(program), str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == code, done.stderr
        return done.stdout.strip()

    return run


def test_h1_save_as_leaves_the_output_by_a_prefix(pelican) -> None:
    said = pelican("""
        write("content/a.md", "Title: A\\nDate: 2022-11-01\\nSave_as: ../output-bis/x.html\\n\\nx")
        Pelican(settings(THEME_STATIC_PATHS=[])).run()
        print("output-bis/x.html" in output())
    """)
    assert said == "True"


def test_h3_h4_h6_empty_paths_read_and_write_nothing(pelican) -> None:
    said = pelican("""
        write("content/a.md", "Title: A\\nDate: 2022-11-01\\nStatus: draft\\n\\n![x]({attach}p.jpg)")
        write("content/pages/b.md", "Title: B\\n\\nx")
        write("content/p.jpg", "photo")
        Pelican(settings(THEME_STATIC_PATHS=[], STATIC_PATHS=[""])).run()
        print(sorted(n for n in output() if n.endswith((".jpg", ".md")) or "draft" in n))
        import shutil; shutil.rmtree(HERE / "output")
        Pelican(ours()).run()
        print(output())
    """)
    assert said.splitlines() == ["['output/drafts/a.html', 'output/drafts/p.jpg', 'output/p.jpg']", "[]"]


def test_h5_autoescape_is_off_unless_asked_for(pelican) -> None:
    said = pelican("""
        from jinja2 import StrictUndefined
        from pelican.generators import Generator
        asked = {"autoescape": True, "undefined": StrictUndefined, "extensions": ["jinja2.ext.i18n"]}
        for more in ({}, {"JINJA_ENVIRONMENT": asked}):
            one = ours(**more)
            where = {"path": one["PATH"], "theme": one["THEME"], "output_path": one["OUTPUT_PATH"]}
            made = Generator(context={}, settings=one, **where)
            print(made.env.from_string("{{ x }}").render(x="<b>"))
    """)
    assert said.splitlines() == ["<b>", "&lt;b&gt;"]


def test_h6_a_missing_template_comes_from_another_theme_unless_the_loader_is_replaced(pelican) -> None:
    said = pelican("""
        from jinja2 import FileSystemLoader, TemplateNotFound
        from pelican.generators import Generator
        (HERE / "theme/templates").mkdir(parents=True)
        one = ours(THEME=str(HERE / "theme"))
        made = Generator(context={}, settings=one, path=one["PATH"], theme=one["THEME"], output_path=one["OUTPUT_PATH"])
        print(made.get_template("article").name)
        made.env.loader = FileSystemLoader(HERE / "theme/templates")
        try:
            made.env.get_template("article.html")
        except TemplateNotFound:
            print("refused")
    """)
    assert said.splitlines() == ["article.html", "refused"]


def test_h8_a_plugin_that_can_not_register_is_only_logged_but_is_not_in_the_list(pelican) -> None:
    said = pelican("""
        def register(): raise RuntimeError("no")
        logging.disable()
        made = Pelican(ours(PLUGINS=[SimpleNamespace(register=register)]))
        print(made.plugins, made.settings["PLUGINS"])
    """)
    assert said == "[] []"


@pytest.mark.parametrize("signal", ["initialized", "finalized", "get_generators"])
def test_h10_an_error_in_the_receivers_that_we_use_stops_the_run(pelican, signal: str) -> None:
    said = pelican(f"""
        def receiver(_): raise ValueError("stop")
        signals.{signal}.connect(receiver)
        try:
            Pelican(ours()).run()
        except ValueError as error:
            print(error)
    """)
    assert said == "stop"


def test_h10_an_error_in_a_generator_stops_the_run(pelican) -> None:
    said = pelican("""
        from pelican.generators import Generator
        class Ours(Generator):
            def generate_output(self, writer): raise ValueError("stop")
        def receiver(_): return Ours
        signals.get_generators.connect(receiver)
        try:
            Pelican(ours()).run()
        except ValueError as error:
            print(error)
    """)
    assert said == "stop"


def test_h11_importing_pelican_replaces_the_logger_class(pelican) -> None:
    assert pelican("print(logging.getLoggerClass() is logging.Logger)") == "False"


def test_h13_without_articles_the_outputs_that_we_turned_off_do_no_harm(pelican) -> None:
    assert pelican("Pelican(ours()).run(); print(output())") == "[]"


def test_the_path_is_absolute_and_the_plugins_are_named_when_a_run_begins(pelican) -> None:
    said = pelican("""
        def receiver(run): print(os.path.isabs(run.settings["PATH"]), run.settings["PLUGINS"])
        signals.initialized.connect(receiver)
        Pelican(ours())
    """)
    assert said == "True []"


def test_what_initialized_puts_into_the_settings_reaches_the_generators(pelican) -> None:
    said = pelican("""
        from pelican.generators import Generator
        class Ours(Generator):
            def generate_output(self, writer): print(self.settings["PREAU_SITE"], self.env.filters["shout"]("a"))
        def begin(run): run.settings["PREAU_SITE"] = 1; run.settings["JINJA_FILTERS"] = {"shout": str.upper}
        def receiver(_): return Ours
        signals.initialized.connect(begin); signals.get_generators.connect(receiver)
        Pelican(ours()).run()
    """)
    assert said == "1 A"


def test_the_writer_refuses_to_write_a_page_twice(pelican) -> None:
    said = pelican("""
        from pelican.writers import Writer
        page = SimpleNamespace(render=lambda context: "x")
        writer = Writer(str(HERE / "output"), settings=ours())
        writer.write_file("a.html", page, {"localsiteurl": None})
        try:
            writer.write_file("a.html", page, {"localsiteurl": None})
        except RuntimeError:
            print("refused")
    """)
    assert said == "refused"


def test_the_command_uses_our_class_and_lets_system_exit_through(pelican) -> None:
    said = pelican(
        """
        write("conf.py", "from pelican import Pelican\\nclass Ours(Pelican):\\n"
              "    def __init__(self, settings):\\n        raise SystemExit(7)\\n"
              "PELICAN_CLASS = Ours\\nPLUGINS = []\\n")
        pelican.main([str(HERE / "content"), "-s", str(HERE / "conf.py"), "-o", str(HERE / "output")])
    """,
        code=7,
    )
    assert "Traceback" not in said
