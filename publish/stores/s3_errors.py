"""What an S3 service or the network says → a sentence that tells what to do. Answers are never quoted whole."""

from __future__ import annotations

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)
from botocore.exceptions import (
    ConnectionError as LostConnection,
)

from publish.errors import N_, StoreError

_CLOCK = {"RequestTimeTooSkewed", "RequestExpired", "RequestNotYetValid"}
_UNKNOWN_KEY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurity", "AuthorizationHeaderMalformed"}
_EXPIRED = {"ExpiredToken", "TokenRefreshRequired", "InvalidToken", "ExpiredTokenException"}
_REFUSED = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "AccountProblem", "401", "Unauthorized"}
_NO_BUCKET = {"NoSuchBucket"}
_FULL = {"507", "InsufficientStorage", "XMinioStorageFull", "QuotaExceeded", "InsufficientCapacity"}
_REGION = {"PermanentRedirect", "AuthorizationHeaderMalformed", "301", "307", "IllegalLocationConstraintException"}

WRONG_CLOCK = N_("{store}: the clock of this machine and the service's differ too much; set this machine's clock")
WRONG_KEY = N_("{store} does not know this access key, or its secret is wrong: check AWS_ACCESS_KEY_ID and its secret")
EXPIRED_KEY = N_("{store}: the access key has expired; ask for a new one")
NO_KEY = N_(
    "{store}: no access key was found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write ~/.aws/credentials"
)
REFUSED = N_("{store} refuses this to the access key ({key}): check its rights")
NO_BUCKET = N_("{store}: there is no such bucket; create it, or correct [store] bucket")
FULL = N_("{store} is full: make room or raise its quota, then run the same command again")
OTHER_REGION = N_("{store}: the bucket is in another region; correct [store] region")
BROKEN = N_("{store} does not work as it should ({code}); what was published stays; run the same command again later")
SILENT = N_("{store} can't be reached; what was published stays; check the network, then run the same command again")
CUT = N_("{store}: the connection was cut ({key}); what was published stays; run the same command again")
NO_TRUST = N_("{store}: its certificate can't be trusted; check the address, and this machine's certificates")
UNUSABLE = N_("{store} can't be used ({key}): {code}")

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,60}")


def code_of(error: ClientError) -> str:
    """The code of an answer (`NoSuchKey`, or the status where it has no body)."""
    return str(error.response.get("Error", {}).get("Code", ""))


def store_error(error: Exception, store: str, key: str, refused: str | None = None) -> StoreError:
    """The sentence for an error of boto3.

    Arguments:
        store: as people know it; holds no secret.
        key: of the object, empty if the call was about the bucket.
        refused: said instead of `REFUSED`.
    """
    message, code = _of_answer(error, refused) if isinstance(error, ClientError) else _of_network(error)
    if not _CODE.fullmatch(code):
        code = type(error).__name__
    return StoreError(message, store=store, key=key or "–", code=code)


def _of_answer(error: ClientError, refused: str | None) -> tuple[str, str]:
    code = code_of(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    for codes, message in (
        (_CLOCK, WRONG_CLOCK),
        (_EXPIRED, EXPIRED_KEY),
        (_REGION, OTHER_REGION),
        (_UNKNOWN_KEY, WRONG_KEY),
        (_NO_BUCKET, NO_BUCKET),
        (_FULL, FULL),
        (_REFUSED, refused or REFUSED),
    ):
        if code in codes:
            return message, code
    if status == 507:
        return FULL, code
    if status >= 500:
        return BROKEN, code
    return UNUSABLE, code


def _of_network(error: Exception) -> tuple[str, str]:
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return NO_KEY, ""
    if isinstance(error, SSLError):
        return NO_TRUST, ""
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return SILENT, ""
    if isinstance(
        error,
        LostConnection | ReadTimeoutError | HTTPClientError | IncompleteReadError | ResponseStreamingError | OSError,
    ):
        return CUT, ""
    return UNUSABLE, type(error).__name__ if isinstance(error, BotoCoreError) else str(error)
