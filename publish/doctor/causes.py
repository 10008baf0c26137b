"""Why an address does not answer, in words that say where to look: what libraries call it means nothing to a city."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx2

from publish.errors import N_, Reason

_UNTRUSTED = {
    9: N_("it is not valid yet: is this machine's clock right?"),
    10: N_("it has expired"),
    18: N_("it is its own authority, which this machine does not know"),
    19: N_("its authority is home-made, and this machine does not know it"),
    20: N_("its authority is not known here, or a certificate in between is missing"),
    21: N_("its authority is not known here, or a certificate in between is missing"),
    62: N_("it is for another name"),
    64: N_("it is for another address"),
}
"""Codes of OpenSSL (x509_vfy.h)."""

_UNREACHED = {
    errno.ECONNREFUSED: N_("the connection is refused: nothing listens there, or a firewall says no"),
    errno.ECONNRESET: N_("the connection is cut"),
    errno.EPIPE: N_("the connection is cut"),
    errno.EHOSTUNREACH: N_("no road leads there"),
    errno.ENETUNREACH: N_("no road leads there"),
    errno.ETIMEDOUT: N_("too slow: no answer in time"),
}


def why_unreached(error: httpx2.HTTPError) -> Reason:
    """What kept a request from an answer."""
    if isinstance(error, httpx2.TimeoutException):
        return Reason(N_("too slow: no answer in time"))
    for cause in _chain(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return Reason(N_("its certificate is not trusted: {why}"), {"why": why_untrusted(cause)})
            case ssl.SSLError():
                return Reason(N_("encryption (TLS) does not come about"))
            case socket.gaierror():
                return Reason(N_("its name is not found"))
            case OSError() if cause.errno in _UNREACHED:
                return Reason(_UNREACHED[cause.errno])
    if isinstance(error, httpx2.ProtocolError):
        return Reason(N_("it cuts the connection, or does not speak HTTP"))
    return Reason(N_("the connection is cut"))


def untrusted(error: httpx2.HTTPError) -> ssl.SSLCertVerificationError | None:
    """The certificate that was refused, if that is why."""
    return next((cause for cause in _chain(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)


def why_untrusted(error: ssl.SSLCertVerificationError) -> Reason:
    """What is wrong with a certificate; in OpenSSL's own words where nobody met that before."""
    known = _UNTRUSTED.get(error.verify_code)
    return Reason(known) if known else Reason("{text}", {"text": error.verify_message})


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it, every attempt of several included."""
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop(0)
        if one is not None:
            yield one
            waiting += [one.__cause__ or one.__context__]
            if isinstance(one, BaseExceptionGroup):
                waiting += one.exceptions
