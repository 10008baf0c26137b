"""What a gateway is measured with and beside: nginx in front, Apache mod_auth_openidc, and a provider to sign in at."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx2

from tests.bench.gateway_process import SCHOOL
from tests.project import ROOT
from tests.publish.gateway import nginx
from tests.publish.gateway.real import client, real_provider
from tests.publish.gateway.web_server import listening

SECRET = "the client's secret"
FAMILY = "guardian-fessart"
"""Somebody whom the provider knows, with a child at the bench's school."""

MODULES = Path("/usr/lib/apache2/modules")


@dataclass(frozen=True)
class Served:
    """A gateway in a process of its own, as nginx's upstream.

    Arguments:
        address: nginx's.
        plain: nginx again, on another port: the same files to everybody, at the same paths.
        pid, nginx: of the gateway, and of nginx's first process.
        cookie: of the family that is signed in.
    """

    address: str
    plain: str
    pid: int
    nginx: int
    cookie: str


@dataclass(frozen=True)
class Peer:
    """Another server of the same files: its address, and its first process."""

    address: str
    pid: int


@contextmanager
def gateway(folder: Path, site: Path, ports: tuple[int, int], issuer: str) -> Iterator[Served]:
    """One gateway and one nginx worker.

    Arguments:
        folder: holds `store`, already published.
        site: the same files by their own names, for plain nginx.
        ports: of nginx: in front of the gateway, as the provider knows it, and plain.
    """
    port, plain = ports
    address, backend = f"http://127.0.0.1:{port}", folder / "passerelle.sock"
    settings = {
        "folder": str(folder), "address": address, "issuer": issuer, "socket": str(backend), "secret": SECRET,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.gateway_process", json.dumps(settings)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready, pid, cookie = process.stdout.readline().split()
        assert ready == "ready"
        block = nginx.server_block(
            port=port, backend=backend, files=folder / "store", log=folder / "nginx.log", name="127.0.0.1"
        )
        block += f"\nserver {{ listen 127.0.0.1:{plain}; access_log off; root {site}; }}\n"
        (folder / "nginx").mkdir()
        with nginx.running(folder / "nginx", nginx.whole(folder / "nginx", block), port) as front:
            yield Served(address, f"http://127.0.0.1:{plain}", int(pid), front.pid, cookie)
    finally:
        process.stdin.close()
        process.wait(20)


@contextmanager
def provider(folder: Path, registered: dict[str, object]) -> Iterator[str]:
    """npm oidc-provider with one client; its issuer."""
    folder.mkdir()
    with real_provider(folder, ROOT / ".venv/bin/node", ROOT / "tests/peers/node_modules", registered) as issuer:
        yield issuer


def gateway_client(port: int) -> dict[str, object]:
    """The gateway behind nginx, as the provider knows it."""
    return client(f"http://127.0.0.1:{port}", SECRET, session_required=True)


def apache_client(*ports: int) -> dict[str, object]:
    """Apache at each of these ports, as its provider knows it."""
    return {
        "client_id": "preau",
        "client_secret": SECRET,
        "redirect_uris": [f"http://127.0.0.1:{port}/oidc/retour" for port in ports],
    }


@contextmanager
def apache(folder: Path, site: Path, port: int, issuer: str, threads: int) -> Iterator[Peer]:
    """Apache with one process of so many threads, which lets in whoever has the school among their claims."""
    program = shutil.which("apache2") or "/usr/sbin/apache2"
    assert (MODULES / "mod_auth_openidc.so").exists(), "mod_auth_openidc is missing: run `make setup-bench-gateway`"
    folder.mkdir()
    names = ("mpm_event", "authn_core", "authz_core", "authz_user", "dir", "mime", "auth_openidc")
    loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    (folder / "httpd.conf").write_text(f"""
ServerRoot {folder}
PidFile {folder}/pid
Listen 127.0.0.1:{port}
ServerName 127.0.0.1:{port}
{loaded}
TypesConfig /etc/mime.types
AddType image/webp .webp
User www-data
Group www-data
ErrorLog {folder}/error.log
LogLevel warn
ServerLimit 1
StartServers 1
ThreadsPerChild {threads}
MaxRequestWorkers {threads}
KeepAlive On
MaxKeepAliveRequests 0
EnableSendfile On
Mutex file:{folder} default
DocumentRoot {site}
DirectoryIndex index.html
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID preau
OIDCClientSecret "{SECRET}"
OIDCRedirectURI http://127.0.0.1:{port}/oidc/retour
OIDCCryptoPassphrase 0123456789abcdef0123456789abcdef
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCSessionType server-cache
OIDCCacheType shm
OIDCPassClaimsAs none
<Directory {site}>
  AllowOverride None
</Directory>
<Location />
  AuthType openid-connect
  Require claim ENTPersonStructRattachUAI:{SCHOOL}
</Location>
""")
    command = [program, "-f", str(folder / "httpd.conf"), "-DFOREGROUND"]
    with listening("Apache", command, port, folder / "output") as process:
        yield Peer(f"http://127.0.0.1:{port}", process.pid)


async def through_provider(browser: httpx2.AsyncClient, url: str, home: str) -> str:
    """Sign in at the provider as a browser does; the address at which it comes back.

    Arguments:
        home: what that address begins with.
    """
    for _ in range(12):
        if url.startswith(home):
            return url
        asked = f"{url}{'&' if '?' in url else '?'}as={FAMILY}" if "/interaction/" in url else url
        answer = await browser.get(asked)
        assert answer.status_code in (302, 303), f"{answer.status_code} at the provider"
        url = urljoin(url, answer.headers["location"])
    raise AssertionError("the provider sends round in circles")


async def sign_in(address: str) -> httpx2.AsyncClient:
    """A browser in which the family signed in at the gateway; whoever asked closes it."""
    browser = httpx2.AsyncClient(base_url=address, headers={"accept": "text/html"}, trust_env=False, timeout=20)
    try:
        asked = await browser.post("/-/connexion/ecoles", data={"retour": "/fessart/"}, headers={"origin": address})
        assert asked.status_code == 303, asked.status_code
        back = await browser.get(await through_provider(browser, asked.headers["location"], address))
        assert (back.status_code, back.headers.get("location")) == (303, "/fessart/"), back.status_code
    except BaseException:
        await browser.aclose()
        raise
    return browser


async def apache_cookie(address: str) -> str:
    """The cookie of a family that signed in at Apache."""
    async with httpx2.AsyncClient(headers={"accept": "text/html"}, trust_env=False, timeout=20) as browser:
        first = await browser.get(f"{address}/fessart/index.html")
        assert first.status_code == 302, first.status_code
        back = await through_provider(browser, first.headers["location"], address)
        answer = await browser.get(back)
        assert answer.status_code in (302, 303), answer.status_code
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar if "session" in cookie.name)
