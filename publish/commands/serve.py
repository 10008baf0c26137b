"""`preau serve`: the gateway."""

from __future__ import annotations

import os

import click

from publish.command import Command
from publish.config_reader import gateway_config
from publish.errors import N_
from publish.session import Session, session
from publish.stores.opening import open_store


@click.command(cls=Command, help=N_("Serve the published sites to the people who may see them."))
@session
def serve(run: Session) -> None:
    """Serve the published sites."""
    from publish.gateway.server import serve as serve_gateway

    serve_gateway(gateway_config(run.config, os.environ), open_store(run.config.store, serving=True))
