"""LemonLDAP::NG, Debian's, as the CAS and OpenID server of an academy: its portal in the foreground, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from joserfc.jwk import RSAKey

from publish.gateway.server import listen

PORTAL = Path("/usr/share/perl5/Lemonldap/NG/Portal/Main.pm")
SECRET = "the client's secret at llng"
ATTRIBUTES = ("uid", "name", "ENTPersonProfils", "ENTPersonStructRattachUAI")

PSGI = """\
use Plack::Builder; use Lemonldap::NG::Portal::Main;
my $app = Lemonldap::NG::Portal::Main->run({
  configStorage => { type => 'File', dirName => '%(folder)s/conf' },
  logger => 'Lemonldap::NG::Common::Logger::Std', userLogger => 'Lemonldap::NG::Common::Logger::Std',
  logLevel => 'notice', templateDir => '/usr/share/lemonldap-ng/portal/templates', staticPrefix => '/static',
  languages => 'fr' });
builder {
  enable 'Static', path => sub { s{^/static/}{} }, root => '/usr/share/lemonldap-ng/portal/htdocs/static/';
  # Its cookies always name a domain, which a bare address has not: make them host-only.
  enable sub { my $inner = shift; sub { my $r = $inner->(@_);
    if (ref $r eq 'ARRAY') { for (my $i = 0; $i < @{$r->[1]}; $i += 2) {
      $r->[1][$i + 1] =~ s/; *domain=[^;]*//i if lc $r->[1][$i] eq 'set-cookie' } } $r } };
  $app;
};
"""

# Without GD and Image::Magick its own captcha stops it at start, asked for or not.
CAPTCHA = "package NoCaptcha; use Mouse; extends 'Lemonldap::NG::Portal::Main::Plugin'; sub init {1} 1;"


@contextmanager
def running(
    folder: Path,
    people: Mapping[str, Mapping[str, object]],
    *,
    service: str,
    redirect_uri: str,
    goodbye: str,
) -> Iterator[str]:
    """A portal that knows `people`, each with their name as password; its origin.

    Its CAS address is `/cas` below, its OpenID issuer the origin with a slash.

    Arguments:
        service: prefix of the CAS services that it lets in.
        redirect_uri, goodbye: of the OpenID client `preau`.
    """
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    plackup = shutil.which("plackup")
    if plackup is None or not PORTAL.exists():
        pytest.fail("LemonLDAP::NG is missing: run `make setup-tests`", pytrace=False)
    for name in ("conf", "sessions/lock", "psessions/lock"):
        (folder / name).mkdir(parents=True)
    _people(folder / "users.db", people)
    settings = _settings(folder, port, service=service, redirect_uri=redirect_uri, goodbye=goodbye)
    (folder / "conf" / "lmConf-1.json").write_text(json.dumps(settings))
    (folder / "NoCaptcha.pm").write_text(CAPTCHA)
    (folder / "portal.psgi").write_text(PSGI % {"folder": folder})
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            # At a sign-out it calls services and waits: with one worker, a service that asks back would wait for ever.
            [plackup, "-I", folder, "-E", "deployment", "-s", "Starman", "--host", "127.0.0.1", "--port", str(port),
             "--workers", "3", "--no-default-middleware", folder / "portal.psgi"],
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        _wait(process, port, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    address = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
    with httpx2.Client(trust_env=False) as client:
        for _ in range(600):
            assert process.poll() is None, log.read_text("utf-8", "replace")
            try:
                if client.get(address, timeout=30).status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8", "replace"))


def _people(file: Path, people: Mapping[str, Mapping[str, object]]) -> None:
    rows = []
    for key, claims in people.items():
        values = [
            "; ".join(stated) if isinstance(stated := claims.get(name, ""), list) else stated for name in ATTRIBUTES[1:]
        ]
        rows.append((key, *values, key))
    marks = ", ".join("?" * (len(ATTRIBUTES) + 1))
    with sqlite3.connect(file) as db:
        db.execute(f"CREATE TABLE users ({', '.join(ATTRIBUTES)}, password)")
        db.executemany(f"INSERT INTO users VALUES ({marks})", rows)
    db.close()


def _settings(folder: Path, port: int, *, service: str, redirect_uri: str, goodbye: str) -> dict[str, object]:
    base, own = f"http://127.0.0.1:{port}", {name: name for name in ATTRIBUTES}
    key = RSAKey.generate_key(2048)

    def files(name: str) -> dict[str, str]:
        return {
            "Directory": str(folder / name),
            "LockDirectory": str(folder / name / "lock"),
            "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256",
        }

    return {
        "cfgNum": 1, "cfgVersion": "2.16.1", "cfgAuthor": "test", "cfgDate": "1",
        "portal": f"{base}/", "domain": "ent.test", "cookieName": "lemonldap", "securedCookie": 0, "timeout": 72000,
        "key": "0123456789abcdef0123456789abcdef", "checkXSS": 1, "requireToken": 1, "tokenUseGlobalStorage": 1,
        "authentication": "DBI", "userDB": "Same", "passwordDB": "Null", "registerDB": "Null",
        "dbiAuthChain": f"dbi:SQLite:dbname={folder / 'users.db'}", "dbiAuthUser": "", "dbiAuthPassword": "",
        "dbiAuthTable": "users", "dbiUserTable": "users", "dbiAuthLoginCol": "uid",
        "dbiAuthPasswordCol": "password", "dbiAuthPasswordHash": "", "userPivot": "uid",
        "dbiExportedVars": own, "exportedVars": {}, "multiValuesSeparator": "; ", "whatToTrace": "uid",
        "macros": {}, "groups": {}, "locationRules": {}, "exportedHeaders": {}, "trustedDomains": "127.0.0.1",
        "globalStorage": "Apache::Session::File", "globalStorageOptions": files("sessions"),
        "persistentStorage": "Apache::Session::File", "persistentStorageOptions": files("psessions"),
        "localSessionStorage": "Cache::NullCache", "localSessionStorageOptions": {}, "loginHistoryEnabled": 0,
        "captcha": "NoCaptcha", "portalDisplayResetPassword": 0, "portalDisplayRegister": 0, "notification": 0,
        "portalSkin": "bootstrap",
        "issuerDBCASActivation": 1, "issuerDBCASPath": "^/cas/", "casAccessControlPolicy": "error", "casAttr": "uid",
        "casTicketExpiration": 15, "casBackChannelSingleLogout": 1, "casStrictMatching": 1,
        "casAppMetaDataOptions": {
            "preau": {"casAppMetaDataOptionsService": service, "casAppMetaDataOptionsUserAttribute": "uid"}
        },
        "casAppMetaDataExportedVars": {"preau": own}, "casAppMetaDataMacros": {"preau": {}},
        "issuerDBOpenIDConnectActivation": 1, "issuerDBOpenIDConnectPath": "^/oauth2/",
        "oidcServicePrivateKeySig": key.as_pem(private=True).decode(),
        "oidcServicePublicKeySig": key.as_pem(private=False).decode(), "oidcServiceKeyIdSig": "tests",
        "oidcServiceAllowAuthorizationCodeFlow": 1, "oidcServiceIgnoreScopeForClaims": 1,
        "oidcRPMetaDataOptions": {
            "preau": {
                "oidcRPMetaDataOptionsClientID": "preau", "oidcRPMetaDataOptionsClientSecret": SECRET,
                "oidcRPMetaDataOptionsDisplayName": "preau", "oidcRPMetaDataOptionsBypassConsent": 1,
                "oidcRPMetaDataOptionsRequirePKCE": 1, "oidcRPMetaDataOptionsRedirectUris": redirect_uri,
                "oidcRPMetaDataOptionsPostLogoutRedirectUris": goodbye, "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256",
                "oidcRPMetaDataOptionsUserIDAttr": "uid", "oidcRPMetaDataOptionsLogoutBypassConfirm": 1,
            }
        },
        "oidcRPMetaDataExportedVars": {
            "preau": {
                "name": "name",
                # « always »: a JSON list, even of one value.
                "ENTPersonProfils": "ENTPersonProfils;string;always",
                "ENTPersonStructRattachUAI": "ENTPersonStructRattachUAI;string;always",
            }
        },
        "oidcRPMetaDataOptionsExtraClaims": {"preau": {}}, "oidcRPMetaDataMacros": {"preau": {}},
    }  # fmt: skip
