"""What stands in front of the gateway, as preau.toml says it."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from publish.errors import ConfigError
from publish.front import Front
from tests.publish.test_config_reader import FULL, read, refused

S3 = '[store]\nbucket = "centres"\n'


def test_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "").gateway.front == Front()
    assert read(tmp_path, S3).gateway.front == Front(cache=tmp_path / ".preau/blobs")


def test_everything_given(tmp_path: Path) -> None:
    text = (
        '[gateway]\nsocket = "run/passerelle.sock"\nbehind = "nginx"\nproxies = ["10.0.0.4", "fd00::/8"]\n'
        'cache = "/var/cache/preau"\ncache_gigabytes = 2\nrequests_per_minute = 3000\n'
    )
    assert read(tmp_path, text).gateway.front == Front(
        socket=tmp_path / "run/passerelle.sock",
        behind_nginx=True,
        proxies=(ip_network("10.0.0.4"), ip_network("fd00::/8")),
        cache=Path("/var/cache/preau"),
        cache_limit=2 * 1000**3,
        per_minute=3000,
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('behind = "apache"', "behind must be one of: nginx"),
        ('socket = "s"\nport = 8000', "a socket, and a host or a port"),
        ('proxies = ["everybody"]', "“everybody” is not an address"),
        ('proxies = ["10.0.0.4/8"]', "“10.0.0.4/8” is not an address"),
        ('proxies = "10.0.0.4"', "must be a list"),
        ("cache_gigabytes = 0", "from 1 to"),
        ("requests_per_minute = 5", "from 60 to"),
    ],
)
def test_what_can_t_be_used(tmp_path: Path, line: str, said: str) -> None:
    (reason,) = refused(tmp_path, f"[gateway]\n{line}\n")
    assert said in reason


def test_behind_nginx_a_bucket_needs_a_cache(tmp_path: Path) -> None:
    from dataclasses import replace

    from publish.config_reader import gateway_config
    from publish.stores.settings import S3Settings
    from tests.publish.test_config_reader import ENVIRON

    config = gateway_config(read(tmp_path, FULL), ENVIRON)
    with pytest.raises(ConfigError, match="behind nginx"):
        replace(config, store=S3Settings("centres"), front=Front(behind_nginx=True))
