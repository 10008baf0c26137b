"""The demonstration's servers: the ENT and the gateway over one store, wired to each other, until a block ends."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from publish.config import GatewayConfig
from publish.demo.ent import create_ent
from publish.demo.letter import DemoLetter, write_letter
from publish.demo.memory import Client
from publish.demo.people import CLAIM_NAMES, OUTSIDE_SCHOOL, SCHOOLS
from publish.demo.serving import serving as serving_ent
from publish.demo.state import State, published_centres, schools_of, write_lists
from publish.ents import ClaimsConfig, OidcConfig
from publish.errors import N_, ServeError
from publish.gateway.addresses import GOODBYE, SIGN_IN
from publish.gateway.app import create_app
from publish.gateway.server import serving as serving_gateway
from publish.gateway.sessions import Clock
from publish.language import DEFAULT, translation
from publish.loopback import LOOPBACK, listen, port_of
from publish.stores.folder import FolderStore

ENT_ID = "demo"
LAST_PORT = 65535


@dataclass(frozen=True)
class Road:
    """A demonstration that runs.

    Arguments:
        address: the gateway's origin.
        issuer: the ENT's origin.
        centres: slug → name of the published centres.
        letter: a code that opens one of them; `None` if no parent could enter with one.
    """

    address: str
    issuer: str
    centres: Mapping[str, str]
    letter: DemoLetter | None = None


@contextmanager
def sockets(port: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Listening sockets for the gateway and the ENT, both on loopback.

    Arguments:
        port: the gateway's (0: a free one). The ENT takes the next one, so that its address, which is part of every
            list, stays the same from one run to the next; if that is taken, a free one.

    Raises:
        ServeError: the gateway's port is taken.
    """
    with listen(port) as gateway:
        following = port_of(gateway) + 1
        try:
            ent = listen(following if port and following <= LAST_PORT else 0)
        except ServeError:
            ent = listen(0)
        with ent:
            yield gateway, ent


def utc_now() -> datetime:
    """The real moment."""
    return datetime.now(UTC)


@contextmanager
def open_road(state: State, gateway: socket.socket, ent: socket.socket, *, clock: Clock = utc_now) -> Iterator[Road]:
    """Serve what is published until the block ends.

    Arguments:
        state: where the store is.
        gateway, ent: listening sockets; closed at the end.
        clock: the moment of both, by which sessions and tokens live.

    Raises:
        ServeError: nothing is published, or a part does not start.
    """
    store = FolderStore(state.store)
    centres = published_centres(store)
    if not centres:
        raise ServeError(N_("no centre could be published: there is nothing to show"))
    # Two names for one machine: to a browser, the ENT is another site than the gateway, as it is in a city.
    address, issuer = f"http://{LOOPBACK}:{port_of(gateway)}", f"http://localhost:{port_of(ent)}"
    key = state.access_key()
    write_lists(store, centres, issuer, key, clock())
    letter = write_letter(store, centres, key, clock())
    client = Client(
        id="preau",
        secret=secrets.token_urlsafe(32),
        redirect_uri=f"{address}{SIGN_IN}/{ENT_ID}/retour",
        after_sign_out=f"{address}{GOODBYE}",
    )
    config = GatewayConfig(
        address=address,
        store=state.store,
        sessions=state.sessions,
        ents=(
            OidcConfig(
                id=ENT_ID,
                name=translation(DEFAULT).gettext(N_("the demonstration ENT")),
                issuer=issuer,
                client_id=client.id,
                secret=client.secret,
                uais=frozenset({*SCHOOLS.values(), OUTSIDE_SCHOOL}) | schools_of(store, centres),
                scopes=("openid", "profile"),
                claims=ClaimsConfig(**CLAIM_NAMES, display_name="name"),
            ),
        ),
        access_key=key,
        host=LOOPBACK,
        port=port_of(gateway),
        demonstration=True,
    )
    pages = create_ent(issuer, client, centres, translation(DEFAULT), lambda: clock().timestamp())
    with state.security_log.open("a", buffering=1, encoding="utf-8") as log:
        app = create_app(config, store, clock=clock, security_log=log)
        with serving_ent(ent, pages), serving_gateway(app, gateway):
            yield Road(address, issuer, centres, letter)
