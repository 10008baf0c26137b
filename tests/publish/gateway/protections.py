"""Every protection, by name; see protection.py."""

from __future__ import annotations

from collections.abc import Mapping

from tests.publish.gateway import (
    attacks_on_bytes,
    attacks_on_cas,
    attacks_on_codes,
    attacks_on_identity_headers,
    attacks_on_oauth2,
    attacks_on_sessions,
    attacks_on_sign_in,
    attacks_on_single_logout,
    attacks_on_sites,
)
from tests.publish.gateway.protection import Protection

PROTECTIONS: Mapping[str, Protection] = {
    **attacks_on_bytes.PROTECTIONS,
    **attacks_on_sessions.PROTECTIONS,
    **attacks_on_codes.PROTECTIONS,
    **attacks_on_sign_in.PROTECTIONS,
    **attacks_on_single_logout.PROTECTIONS,
    **attacks_on_sites.PROTECTIONS,
    **attacks_on_cas.PROTECTIONS,
    **attacks_on_identity_headers.PROTECTIONS,
    **attacks_on_oauth2.PROTECTIONS,
}
