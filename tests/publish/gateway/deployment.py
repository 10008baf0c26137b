"""A whole deployment on loopback: nginx over TLS as shipped, `preau serve` as processes, a provider to sign in at."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2

from publish.access import Grant
from publish.demo.ent import create_ent
from publish.demo.memory import Client
from publish.demo.people import CLAIM_NAMES
from publish.demo.serving import serving as serving_ent
from publish.language import translation
from publish.loopback import listen, port_of
from publish.stores import Store
from publish.stores.settings import S3Settings, StoreSettings
from tests.publish.gateway import nginx
from tests.publish.gateway.certificate import certificate
from tests.publish.gateway.house import CENTRES, KEY, build_house
from tests.publish.stores.seaweed import free_ports

PARENT = "responsable-fessart"
"""One of the demonstration's people, who has a child at Fessart."""

PREAU = (str(Path(sys.executable).with_name("preau")),)
CAS_ANSWER = (
    '<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess><cas:user>camille</cas:user>'
    "</cas:authenticationSuccess></cas:serviceResponse>"
)


@dataclass
class GatewayProcess:
    """One `preau serve`.

    Arguments:
        folder: of its configuration and of everything that it keeps.
        program: what Python runs.
    """

    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    program: tuple[str, ...] = PREAU
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "passerelle.sock"

    @property
    def errors(self) -> Path:
        return self.folder / "stderr"

    def start(self) -> None:
        with self.errors.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "--config", str(self.folder / "preau.toml"), "serve"],
                env=dict(self.environ), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        for _ in range(600):
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(str(self.socket)) == 0:
                    return
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(f"the gateway did not start:\n{self.errors.read_text()}")

    def kill(self) -> None:
        """As a crash of the machine's memory would: no goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def ask(
        self, address: str, path: str, cookies: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """One request to this gateway alone, past nginx."""
        headers = {
            "host": address.removeprefix("https://"),
            "accept": "text/html",
            "accept-encoding": "identity",
            "origin": address,
            "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(self.socket)), base_url="http://x") as client:
            return client.get(path, headers=headers) if form is None else client.post(path, headers=headers, data=form)


@dataclass
class Deployment:
    """nginx, gateways, and a provider.

    Arguments:
        address: public origin.
        letter: a code for Fessart that nobody typed yet.
        given: every secret that the provider gave out: codes are in addresses, tokens are here.
    """

    folder: Path
    address: str
    gateways: list[GatewayProcess]
    context: ssl.SSLContext
    letter: str
    given: list[str]

    @contextmanager
    def browser(self) -> Iterator[httpx2.Client]:
        with httpx2.Client(verify=self.context, trust_env=False, headers={"accept": "text/html"}, timeout=30) as client:
            yield client

    def at_the_provider(self, client: httpx2.Client, person: str = PARENT, ent: str = "ecoles") -> str:
        """Press the button here and the person's there; the address to come back to."""
        answer = client.post(
            f"{self.address}/-/connexion/{ent}", data={"retour": "/fessart/"}, headers={"origin": self.address}
        )
        assert answer.status_code == 303, answer.text
        return choose(client, str(answer.headers["location"]), person)

    def sign_in(self, client: httpx2.Client, person: str = PARENT) -> str:
        """Somebody signed in; the value of their cookie."""
        answer = client.get(self.at_the_provider(client, person))
        assert (answer.status_code, answer.headers.get("location")) == (303, "/fessart/"), answer.text
        return session_of(answer)

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


def choose(client: httpx2.Client, url: str, person: str) -> str:
    """Press somebody's button at the demonstration's ENT; where it sends the browser."""
    answer = client.post(url, data={"personne": person})
    assert answer.status_code in (302, 303), answer.text
    return str(answer.headers["location"])


def session_of(answer: httpx2.Response) -> str:
    (value,) = [
        found.group(1)
        for line in answer.headers.get_list("set-cookie")
        if (found := re.match(r"__Host-preau=([^;]+)", line))
    ]
    return value


def cookies_of(answer: httpx2.Response) -> dict[str, str]:
    pairs = (line.partition(";")[0].partition("=") for line in answer.headers.get_list("set-cookie"))
    return {name: value for name, _, value in pairs}


def toml(store: StoreSettings, *, address: str, issuers: Mapping[str, str], sessions: str, folder: Path) -> str:
    """A `preau.toml` as a city writes it."""
    if isinstance(store, S3Settings):
        kept = {"bucket": store.bucket, "endpoint": store.endpoint, "prefix": store.prefix}
    else:
        kept = {"folder": str(store)}
    gateway = {
        "address": address,
        "socket": str(folder / "passerelle.sock"),
        "behind": "nginx",
        "cache": str(folder / "blobs"),
        "sessions": sessions,
    }
    uais = sorted(CENTRES.values())
    tables: list[tuple[str, Mapping[str, object]]] = [
        ("[store]", kept),
        ("[gateway]", gateway),
        (
            "[[ent]]",
            {
                "kind": "oidc", "id": "ecoles", "name": "ENT", "issuer": issuers["ecoles"], "client_id": "preau",
                "client_secret_env": "PREAU_ENT", "uai": uais, "scopes": ["openid", "profile"],
            },
        ),
        ("[ent.claims]", CLAIM_NAMES),
        ("[[ent]]", {"kind": "cas", "id": "academie", "name": "CAS", "issuer": issuers["academie"], "uai": uais}),
    ]  # fmt: skip
    return "\n".join(
        line
        for head, keys in tables
        for line in (head, *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()))
    )


@contextmanager
def deployed(
    folder: Path,
    store: Store,
    settings: StoreSettings,
    *,
    gateways: int,
    environ: Mapping[str, str],
    sessions: str = "",
    program: tuple[str, ...] = PREAU,
    change: Callable[[str], str] = str,
) -> Iterator[Deployment]:
    """Everything, until the block ends.

    Arguments:
        store: what a publisher writes to.
        settings: how the gateways find it.
        environ: secrets of the gateways, besides their own.
        sessions: what they share; by default a file.
        program: what stands in the place of the command.
        change: takes a protection away from nginx's configuration.
    """
    port, issuer_port = free_ports(2)
    address, issuer = f"https://localhost:{port}", f"https://127.0.0.1:{issuer_port}"
    issuers = {"ecoles": issuer, "academie": f"{issuer}/cas"}
    letter = publish(folder, store)
    chain, key = certificate(folder, 2)
    secret = secrets.token_urlsafe(24)
    whole = {
        "PATH": os.environ["PATH"], "PREAU_ACCESS_KEY": KEY.decode(), "PREAU_ENT": secret,
        "SSL_CERT_FILE": str(chain), **environ,
    }  # fmt: skip
    made = []
    for number in range(1, gateways + 1):
        own = folder / f"gateway{number}"
        own.mkdir()
        kept = sessions or str(own / "sessions.sqlite3")
        (own / "preau.toml").write_text(
            toml(settings, address=address, issuers=issuers, sessions=kept, folder=own), "utf-8"
        )
        made.append(GatewayProcess(own, whole, program))
    given: list[str] = []
    with ExitStack() as stack:
        listener = stack.enter_context(listen(0))
        ent = create_ent(
            issuer,
            Client("preau", secret, f"{address}/-/connexion/ecoles/retour", f"{address}/-/connexion/au-revoir"),
            {slug: slug for slug in CENTRES},
            translation("fr"),
            time.time,
        )
        backend = port_of(listener)
        ent.wsgi_app = overheard(ent.wsgi_app, given)  # type: ignore[method-assign]
        stack.enter_context(serving_ent(listener, ent))
        for one in made:
            one.start()
            stack.callback(one.stop)
        block = nginx.server_block(
            port=port, backend=made[0].socket, files=made[0].folder / "blobs", log=folder / "preau-error.log",
            name="localhost", certificate=(chain, key),
        )  # fmt: skip
        if gateways > 1:
            block = nginx.with_a_second(block, made[1].socket, made[1].folder / "blobs")
        provider = f"""
server {{
    listen 127.0.0.1:{issuer_port} ssl; access_log off;
    ssl_certificate {chain}; ssl_certificate_key {key};
    location / {{ proxy_pass http://127.0.0.1:{backend}; proxy_set_header Host $http_host; }}
    location /cas/ {{ default_type text/xml; return 200 '{CAS_ANSWER}'; }}
}}
"""
        (folder / "nginx").mkdir()
        configuration = nginx.whole(folder / "nginx", change(block) + provider)
        stack.enter_context(nginx.running(folder / "nginx", configuration, port))
        trusted = ssl.create_default_context(cafile=str(chain))
        yield Deployment(folder, address, made, trusted, letter, given)


def publish(folder: Path, store: Store) -> str:
    """The three centres of the tests; a letter's code for Fessart."""
    (folder / "house").mkdir()
    with asyncio.Runner() as loop:
        house = build_house(folder / "house", loop)
        letter = house.letter("fessart", Grant.GUARDIAN, until=date(2099, 8, 31))
        house.close()
    for key, data in house.store.objects.items():
        store.put(key, data)
    return letter


def overheard(application: Callable[..., Iterable[bytes]], given: list[str]) -> Callable[..., Iterable[bytes]]:
    """The provider, whose tokens are noted as they go by."""

    def listening(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        body = b"".join(application(environ, start_response))
        if environ["PATH_INFO"] == "/jeton":
            answer = json.loads(body)
            given.extend(str(answer[name]) for name in ("access_token", "id_token") if name in answer)
        return [body]

    return listening


def said_in(url: str) -> dict[str, str]:
    """The fields of an address."""
    return dict(parse_qsl(urlsplit(url).query))
