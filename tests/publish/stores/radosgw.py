"""Ceph's object gateway, the S3 of many public clouds: one monitor, one store in memory and radosgw, on loopback."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tests.publish.stores.seaweed import ADMIN, Server, free_ports

PARTS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "ceph-authtool", "monmaptool")

SETTINGS = """\
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{mon}]
auth_allow_insecure_global_id_reclaim = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = {first}
ms_bind_port_max = {last}
run_dir = {folder}
admin_socket = {folder}/$name.asok
log_file = {folder}/$name.log
keyring = {folder}/keyring
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 1073741824
osd_data = {folder}/osd
mon_data = {folder}/mon
mon_data_avail_crit = 1
mon_data_avail_warn = 1
osd_class_load_list = *
osd_class_default_list = *
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_thread_pool_size = 32
rgw_enable_usage_log = false
[osd]
keyring = {folder}/osd/keyring
"""


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A gateway with the buckets `sites` and `versions`; it holds everything in memory and leaves nothing."""
    missing = [part for part in PARTS if shutil.which(part) is None]
    assert not missing, f"missing: {', '.join(missing)}; run `make setup-tests-long`"
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()
    port, mon, first = free_ports(3)
    fsid = "-".join(secrets.token_hex(size) for size in (4, 2, 2, 2, 6))
    conf = folder / "ceph.conf"
    conf.write_text(
        SETTINGS.format(fsid=fsid, mon=mon, first=first, last=first + 40, folder=folder, port=port), encoding="utf-8"
    )

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr[-2000:]}"

    daemons: list[subprocess.Popen] = []

    def start(*command: str) -> None:
        with (folder / f"{command[0]}.out").open("wb") as output:
            daemons.append(
                subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            )

    config = ("-c", str(conf))
    keyring = str(folder / "keyring")
    try:
        run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        caps = [word for part in ("mon", "osd", "mgr") for word in ("--cap", part, "allow *")]
        run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *caps)
        run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon}]", str(folder / "monmap"))
        run("ceph-mon", *config, "-i", "a", "--mkfs", "--monmap", str(folder / "monmap"), "--keyring", keyring)
        start("ceph-mon", *config, "-f", "-i", "a")
        osd = "-".join(secrets.token_hex(size) for size in (4, 2, 2, 2, 6))
        run("ceph", *config, "osd", "new", osd)
        rights = ["mon", "allow profile osd", "mgr", "allow profile osd", "osd", "allow *"]
        run("ceph", *config, "auth", "get-or-create", "osd.0", *rights, "-o", str(folder / "osd/keyring"))
        run("ceph-osd", *config, "-i", "0", "--mkfs", "--osd-uuid", osd)
        start("ceph-osd", *config, "-f", "-i", "0")
        start("radosgw", *config, "-f", "-n", "client.admin")
        run(
            "radosgw-admin", *config, "user", "create", "--uid=admin", "--display-name=admin",
            f"--access-key={ADMIN[0]}", f"--secret-key={ADMIN[1]}",
        )  # fmt: skip
        server = Server(f"http://127.0.0.1:{port}")
        _wait(server, daemons)
        yield server
    finally:
        for daemon in reversed(daemons):
            daemon.kill()
            daemon.wait()


def _wait(server: Server, daemons: list[subprocess.Popen]) -> None:
    """Until the buckets can be made."""
    last: Exception | None = None
    for _ in range(600):
        try:
            server.make_buckets()
        except (BotoCoreError, ClientError) as error:
            last = error
            assert all(daemon.poll() is None for daemon in daemons), "a part of Ceph ended"
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"radosgw did not answer: {last}")
