"""`[store]` of preau.toml → a store."""

from __future__ import annotations

from importlib.util import find_spec

from publish.errors import N_, ConfigError
from publish.stores import Store
from publish.stores.folder import FolderStore
from publish.stores.settings import S3Settings, StoreSettings


def open_store(settings: StoreSettings, *, serving: bool = False) -> Store:
    """The store that the settings name; nothing is read yet.

    Arguments:
        serving: families wait for its answers.

    Raises:
        ConfigError: it is on S3, and the extra `s3` is not installed.
    """
    if not isinstance(settings, S3Settings):
        return FolderStore(settings)
    if any(find_spec(part) is None for part in ("boto3", "httptools")):
        raise ConfigError(N_("a store on S3 needs one more part: run `pip install preau[s3]`"))
    from publish.stores.s3 import PUBLISHING, SERVING, S3Store

    return S3Store(settings, SERVING if serving else PUBLISHING)
