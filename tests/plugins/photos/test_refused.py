"""The register of what was withdrawn, and the builds that it stops."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from plugins.errors import ContentError, SettingsError
from plugins.photos import likeness, prepare
from plugins.photos.blur import Blur
from plugins.photos.blurring import prepare_blurred
from plugins.photos.cache import Cache
from plugins.photos.model import Photo
from plugins.photos.refused import FILE, Register, Withdrawal, parse_register, read_register
from plugins.photos.treatment import Box
from tests.plugins.making import NOW
from tests.project import ROOT

SOURCE = ROOT / "content/fessart/articles/2022-09-28-jardin/coccinelle.jpg"
OTHER = ROOT / "content/fessart/articles/2022-09-28-jardin/gouttes-de-pluie.jpg"
NAME = "fessart/articles/jardin/photo.jpg"


def saved(change: Callable[[Image.Image], Image.Image]) -> bytes:
    out = BytesIO()
    with Image.open(SOURCE) as image:
        change(image.convert("RGB")).save(out, "JPEG", quality=60)
    return out.getvalue()


@pytest.fixture(scope="module")
def withdrawn() -> Withdrawal:
    with Image.open(SOURCE) as image:
        out = BytesIO()
        image.convert("RGB").save(out, "JPEG")
    known = likeness.likenesses(likeness.picture(out.getvalue()))
    return Withdrawal(
        since=NOW,
        by="ville",
        why="famille",
        centres=frozenset({"fessart"}),
        sources=frozenset({hashlib.sha256(SOURCE.read_bytes()).hexdigest()}),
        likenesses=tuple(likeness.to_hex(known)),
    )


@pytest.fixture
def register(withdrawn: Withdrawal) -> Register:
    return Register().with_entry(withdrawn)


Try = Callable[..., Photo]


@pytest.fixture
def attempt(tmp_path: Path, register: Register) -> Try:
    """Prepare a photo as a build would."""
    cache = Cache(tmp_path / "cache", lambda: 0.0)

    def run(data: bytes, register: Register = register) -> Photo:
        path = tmp_path / "content" / NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return prepare.prepare_photo(path, tmp_path / "content", "x", "", cache, register=register)

    return run


def test_the_same_bytes_never_pass_again(attempt: Try, tmp_path: Path, withdrawn: Withdrawal) -> None:
    with pytest.raises(ContentError, match=withdrawn.name) as caught:
        attempt(SOURCE.read_bytes())
    assert caught.value.problems[0].file == NAME
    assert "may never be shown again" in str(caught.value)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()], "nor do they stay in the cache"


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: image.resize((700, 700 * image.height // image.width)),
        lambda image: image.transpose(Image.Transpose.ROTATE_270),
        lambda image: image.crop((image.width // 12, image.height // 12, image.width, image.height)),
    ],
    ids=("saved again", "smaller", "turned", "cropped"),
)
def test_what_looks_the_same_is_refused_by_name(
    attempt: Try, withdrawn: Withdrawal, change: Callable[[Image.Image], Image.Image]
) -> None:
    with pytest.raises(ContentError, match=f"looks like.*{withdrawn.name}.*--autoriser {NAME}"):
        attempt(saved(change))


def test_another_photo_passes(attempt: Try) -> None:
    assert attempt(OTHER.read_bytes()).variants


def test_what_is_allowed_by_name_passes_and_nothing_else(attempt: Try, register: Register) -> None:
    data = saved(lambda image: image.resize((800, 800 * image.height // image.width)))
    with pytest.raises(ContentError):
        attempt(data)
    digest = hashlib.sha256(data).hexdigest()
    allowing = register.with_entry(
        Withdrawal(NOW, "ville", "autre-photo", frozenset({"fessart"}), allowed=frozenset({digest}))
    )
    assert attempt(data, allowing).variants
    with pytest.raises(ContentError, match="looks like"):
        attempt(saved(lambda image: image), allowing)
    exact = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    allowing = register.with_entry(
        Withdrawal(NOW, "ville", "accord", frozenset({"fessart"}), allowed=frozenset({exact}))
    )
    with pytest.raises(ContentError, match="may never be shown again"):
        attempt(SOURCE.read_bytes(), allowing)


def test_without_the_check_a_withdrawn_photo_comes_back(attempt: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_refuse_withdrawn", lambda *args: None)
    assert attempt(SOURCE.read_bytes()).variants


def test_the_register_is_written_and_read_again(tmp_path: Path, register: Register) -> None:
    assert read_register(tmp_path) == Register()
    (tmp_path / "ville").mkdir()
    (tmp_path / FILE).write_bytes(register.to_json())
    assert read_register(tmp_path) == register


def _changed(register: Register, **values: object) -> bytes:
    raw = json.loads(register.to_json())
    next(iter(raw["withdrawals"].values())).update(values)
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda register: register.to_json()[:-40],
        lambda register: b"[]",
        lambda register: b'{"format": 2, "withdrawals": {}}',
        lambda register: _changed(register, sources=[]),
        lambda register: _changed(register, why="parce que Zoé le veut"),
        lambda register: _changed(register, likenesses=["ab"]),
        lambda register: _changed(register, since="hier"),
        lambda register: _changed(register, name="Zoé"),
    ],
)
def test_a_damaged_register_stops_every_build(
    tmp_path: Path, register: Register, damage: Callable[[Register], bytes]
) -> None:
    (tmp_path / "ville").mkdir()
    (tmp_path / FILE).write_bytes(damage(register))
    with pytest.raises(SettingsError, match="register of what was withdrawn is damaged"):
        read_register(tmp_path)


def test_an_entry_has_the_same_name_everywhere(withdrawn: Withdrawal) -> None:
    (name,) = parse_register(Register().with_entry(withdrawn).to_json()).entries
    assert name == withdrawn.name
    assert name.startswith(f"{NOW:%Y%m%d}-")
    assert replace(withdrawn, by="autre").name != name


def test_blurring_does_not_hide_a_withdrawn_photo(tmp_path: Path, register: Register) -> None:
    path = tmp_path / "content" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(saved(lambda image: image))
    most = Blur(zones=(Box(500, 500, 9500, 9500),))
    cache = Cache(tmp_path / "cache", lambda: 0.0)
    assert prepare_blurred(path, tmp_path / "content", "x", "", most, cache).variants
    with pytest.raises(ContentError, match="looks like"):
        prepare_blurred(path, tmp_path / "content", "x", "", most, cache, register=register)
