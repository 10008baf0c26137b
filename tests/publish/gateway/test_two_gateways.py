"""Two gateways behind nginx, as processes, over SeaweedFS and a real Valkey or Redis: to a family they are one."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.publish.gateway import nginx
from tests.publish.gateway.deployment import (
    Deployment,
    GatewayProcess,
    choose,
    cookies_of,
    deployed,
    session_of,
)
from tests.publish.gateway.house import files
from tests.publish.gateway.redis_peer import PASSWORD, RedisPeer
from tests.publish.stores import seaweed

THREADS, EACH, BEFORE = 4, 100, 120
PHOTO = "photos/0123456789abcdef-640.webp"
SITE = files("fessart")


@pytest.fixture(scope="module")
def sessions_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisPeer]:
    """One of its own: what the other tests' server holds is emptied between them."""
    peer = RedisPeer(tmp_path_factory.mktemp("sessions"), seaweed.free_ports(1)[0])
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture(scope="module")
def city(
    tmp_path_factory: pytest.TempPathFactory, s3_server: seaweed.Server, sessions_server: RedisPeer
) -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", seaweed.PUBLISHER[0])
        patch.setenv("AWS_SECRET_ACCESS_KEY", seaweed.PUBLISHER[1])
        settings = s3_server.settings()
        store = s3_server.store(prefix=settings.prefix)
        environ = {
            # The gateways' key can only read.
            "AWS_ACCESS_KEY_ID": seaweed.READER[0],
            "AWS_SECRET_ACCESS_KEY": seaweed.READER[1],
            "AWS_EC2_METADATA_DISABLED": "true",
            "PREAU_SESSIONS_PASSWORD": PASSWORD,
        }
        shared = f"unix://{sessions_server.socket}"
        with deployed(
            tmp_path_factory.mktemp("city"), store, settings, gateways=2, environ=environ, sessions=shared
        ) as found:
            yield found


def signed_in_at(city: Deployment, gateway: GatewayProcess) -> dict[str, str]:
    """The cookie of a parent who never met another gateway than this one."""
    start = gateway.ask(city.address, "/-/connexion/ecoles", {}, {"retour": "/fessart/"})
    assert start.status_code == 303, start.text
    with city.browser() as browser:
        back = choose(browser, str(start.headers["location"]), "responsable-fessart")
    answer = gateway.ask(city.address, back.removeprefix(city.address), cookies_of(start))
    assert answer.status_code == 303, answer.text
    return {"__Host-preau": session_of(answer)}


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 0)])
def test_signed_in_on_one_reads_on_the_other_and_signed_out_on_either_is_out_of_both(
    city: Deployment, sessions_server: RedisPeer, here: int, there: int
) -> None:
    one, other = city.gateways[here], city.gateways[there]
    for leaving in (one, other):
        cookie = signed_in_at(city, one)
        assert cookie["__Host-preau"].encode() not in dump(sessions_server), "the server holds cookies"
        for gateway in (one, other):
            read = gateway.ask(city.address, "/fessart/", cookie)
            # The page itself is nginx's to send: the gateway names the file in its own cache.
            assert (read.status_code, read.headers["x-accel-redirect"]) == (200, "@octets")
            assert (gateway.folder / "blobs" / read.headers["x-preau-file"]).read_bytes() == SITE["index.html"]
            assert gateway.ask(city.address, "/escudier/", cookie).status_code == 403
        page = leaving.ask(city.address, "/-/compte", cookie).text
        token = page.partition('name="jeton" value="')[2].partition('"')[0]
        assert leaving.ask(city.address, "/-/deconnexion", cookie, {"jeton": token}).status_code == 303
        for gateway in (one, other):
            assert gateway.ask(city.address, "/fessart/", cookie).status_code == 303


def dump(server: RedisPeer) -> bytes:
    """Every key and every value."""
    client = server.client()
    found = b"\n".join(key + b" " + (client.dump(key) or b"") for key in client.scan_iter())
    client.close()
    return found


def test_nginx_finds_the_file_of_the_gateway_that_answered(city: Deployment) -> None:
    """A photo that only the second gateway has in its cache, asked of both in turn."""
    with city.browser() as browser:
        city.sign_in(browser)
        for path in (PHOTO, "embleme.svg", "calendrier.ics"):
            for _ in range(4):
                answer = browser.get(f"{city.address}/fessart/{path}")
                assert (answer.status_code, answer.content) == (200, SITE[path])
    caches = [{path.name for path in (one.folder / "blobs").rglob("*")} for one in city.gateways]
    assert all(len(found) > 3 for found in caches), "one gateway answered everything"


def test_one_is_killed_under_load_and_nobody_sees_it(city: Deployment) -> None:
    """Four families read; one gateway dies without a goodbye. At most what was in flight is lost, and POST is never
    sent again."""
    seen: Counter[str] = Counter()
    reached = threading.Event()
    with city.browser() as browser:
        cookie = city.sign_in(browser)

    def read() -> None:
        with city.browser() as family:
            headers = {"cookie": f"__Host-preau={cookie}"}
            for number in range(EACH):
                path = (PHOTO, "", "plan/", "embleme.svg")[number % 4]
                whole = SITE[path if "." in path else f"{path}index.html"]
                try:
                    answer = family.get(f"{city.address}/fessart/{path}", headers=headers)
                except httpx2.TransportError:
                    seen["lost"] += 1
                else:
                    right = answer.status_code == 200 and answer.content == whole
                    seen["right" if right else f"answer {answer.status_code}"] += 1
                if sum(seen.values()) >= BEFORE:
                    reached.set()

    families = [threading.Thread(target=read) for _ in range(THREADS)]
    for family in families:
        family.start()
    assert reached.wait(60)
    city.gateways[0].kill()
    for family in families:
        family.join(120)
    total = THREADS * EACH
    assert sum(seen.values()) == total
    assert seen["right"] >= total - THREADS, seen
    with city.browser() as browser:
        city.sign_in(browser)
        assert browser.get(f"{city.address}/fessart/").status_code == 200
        city.gateways[0].start()
        # And the other way round: the one that came back knows everybody.
        city.gateways[1].kill()
        for _ in range(3):
            assert browser.get(f"{city.address}/fessart/").status_code == 200
    city.gateways[1].start()


SHIPPED = "proxy_next_upstream error timeout;"


@pytest.mark.parametrize(
    ("method", "policy", "status"),
    [
        ("POST", SHIPPED, 503),
        ("GET", SHIPPED, 200),
        # Without the protection, the other gateway takes the form too.
        ("POST", "proxy_next_upstream error timeout non_idempotent;", 303),
    ],
)
def test_a_form_is_never_sent_to_a_second_gateway(
    city: Deployment, tmp_path: Path, method: str, policy: str, status: int
) -> None:
    """A gateway that takes a request and dies before it answers: nginx asks the other one, but not for a form."""
    taken: list[bytes] = []
    first, port = city.gateways[0], seaweed.free_ports(1)[0]
    blobs = first.folder / "blobs"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "dies.sock"))
        listener.listen(8)

        def die() -> None:
            connection, _ = listener.accept()
            taken.append(connection.recv(65536))
            connection.close()

        block = nginx.server_block(
            port=port, backend=tmp_path / "dies.sock", files=blobs, log=tmp_path / "error.log", name="localhost"
        )
        assert SHIPPED in block
        block = nginx.with_a_second(block.replace(SHIPPED, policy), first.socket, blobs)
        dying = threading.Thread(target=die)
        dying.start()
        headers = {
            "host": city.address.removeprefix("https://"),
            "accept": "text/html",
            "origin": city.address,
        }
        with nginx.running(tmp_path, nginx.whole(tmp_path, block), port), httpx2.Client(trust_env=False) as client:
            path = "/-/connexion/ecoles" if method == "POST" else "/-/connexion"
            data = {"retour": "/"} if method == "POST" else None
            answer = client.request(method, f"http://127.0.0.1:{port}{path}", data=data, headers=headers)
        dying.join(10)
    assert answer.status_code == status
    assert [data.split(b" ")[0].decode() for data in taken] == [method]


def test_without_the_map_a_file_of_the_second_gateway_is_missing(city: Deployment, tmp_path: Path) -> None:
    """Why nginx looks where the gateway that answered keeps its files: here it is told of the first one's alone."""
    (tmp_path / "blobs").mkdir()
    cookie = signed_in_at(city, city.gateways[1])
    headers = {"host": city.address.removeprefix("https://"), "cookie": f"__Host-preau={cookie['__Host-preau']}"}
    second = city.gateways[1]
    found: list[int] = []
    for files_of_the_second in (second.folder / "blobs", tmp_path / "blobs"):
        folder, port = tmp_path / str(len(found)), seaweed.free_ports(1)[0]
        folder.mkdir()
        block = nginx.server_block(
            port=port,
            backend=tmp_path / "nobody.sock",
            files=tmp_path / "blobs",
            log=folder / "e.log",
            name="localhost",
        )
        block = nginx.with_a_second(block, second.socket, files_of_the_second)
        with nginx.running(folder, nginx.whole(folder, block), port), httpx2.Client(trust_env=False) as client:
            found.append(client.get(f"http://127.0.0.1:{port}/fessart/{PHOTO}", headers=headers).status_code)
    assert found == [200, 503]
