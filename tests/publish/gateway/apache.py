"""A real Apache with mod_auth_openidc in front of a gateway: it signs people in, and says so at one address."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.publish.gateway.front import RETURN, SECRET, SECRET_HEADER
from tests.publish.gateway.web_server import listening

MODULES = Path("/usr/lib/apache2/modules")
LOADED = (
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "headers",
    "proxy",
    "proxy_http",
    "auth_openidc",
)
CALLBACK = "/-/passerelle"
"""Where the provider sends back to Apache; never passed on."""

CLIENT_SECRET = "apache's secret at the provider"


def client(address: str) -> dict[str, object]:
    """Apache as a client of the provider."""
    return {
        "client_id": "apache",
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [f"{address}{CALLBACK}"],
        "post_logout_redirect_uris": [f"{address}/-/connexion/au-revoir"],
    }


def configuration(folder: Path, *, address: str, issuer: str, backend: int) -> str:
    """As docs/connexion.md shows it, with this test's values."""
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED)
    # As root (CI), children change to a user of no rights; they need no file.
    user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
    return f"""
ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
LogLevel warn
Listen {address.removeprefix("http://")}
ServerName {address}
StartServers 1
ThreadsPerChild 10
MinSpareThreads 1
MaxSpareThreads 20
MaxRequestWorkers 10
Mutex sem
{user}
{modules}

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret "{CLIENT_SECRET}"
OIDCRedirectURI {address}{CALLBACK}
OIDCCryptoPassphrase "only for tests, and long enough for them"
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCPassClaimsAs headers

<Location {CALLBACK}>
    AuthType openid-connect
    Require valid-user
</Location>
<Location {RETURN}>
    AuthType openid-connect
    Require valid-user
    RequestHeader set {SECRET_HEADER} "{SECRET}"
    RequestHeader unset Connection
</Location>

AllowEncodedSlashes NoDecode
ProxyPreserveHost On
ProxyPass {CALLBACK} !
ProxyPass / http://127.0.0.1:{backend}/ nocanon
"""


@contextmanager
def running(folder: Path, configuration: str, port: int) -> Iterator[None]:
    """Apache until the block ends."""
    program = shutil.which("apache2") or "/usr/sbin/apache2"
    assert Path(program).exists(), "Apache is missing: run `make setup-tests`"
    assert (MODULES / "mod_auth_openidc.so").exists(), "mod_auth_openidc is missing: run `make setup-tests`"
    path = folder / "httpd.conf"
    path.write_text(configuration)
    path.chmod(0o600)
    with listening("Apache", [program, "-f", str(path), "-DFOREGROUND"], port, folder / "output"):
        yield
