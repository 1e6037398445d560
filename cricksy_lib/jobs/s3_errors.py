"""What goes wrong with a bucket, as one sentence of cause and one of advice, with no secret in either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import S3DownloadFailedError, S3ValidationError

from cricksy_lib.errors import StoreError

_CREDENTIALS = "Check the credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_RIGHTS = "Check that the credentials may list, read, write and delete where CRICKSY_STORE points."
_REGION = "Set AWS_REGION to the region of the bucket."
_OPTIONS = (
    "Check CRICKSY_S3_SSE and CRICKSY_S3_STORAGE_CLASS: this store, or these credentials, may not have them."
)
_NETWORK = "Check the network, AWS_ENDPOINT_URL and AWS_REGION, then try again."
_LATER = "Try again in a minute."
_BUCKET = "Create it, or set CRICKSY_STORE to a bucket that there is."

_ADVICE = {
    **dict.fromkeys(("NoSuchBucket", "InvalidBucketName"), _BUCKET),
    **dict.fromkeys(("AccessDenied", "403", "Forbidden", "AllAccessDisabled"), _RIGHTS),
    **dict.fromkeys(
        (
            *("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"),
            *("TokenRefreshRequired", "401", "Unauthorized"),
        ),
        _CREDENTIALS,
    ),
    **dict.fromkeys(
        (
            *("PermanentRedirect", "AuthorizationHeaderMalformed", "301", "307"),
            *("IllegalLocationConstraintException", "400"),
        ),
        _REGION,
    ),
    "RequestTimeTooSkewed": "Set the clock of this machine.",
    **dict.fromkeys(("NotImplemented", "501", "InvalidStorageClass", "InvalidArgument"), _OPTIONS),
    **dict.fromkeys(
        ("EntityTooLarge", "QuotaExceeded", "507", "InsufficientStorage"), "Make room in the store."
    ),
}
_NO_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.ProfileNotFound,
    boto.ConfigParseError,
    boto.ConfigNotFound,
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
)


def code_of(error: ClientError) -> str:
    """Return S3's word for an error, or its HTTP status where an answer had no body (to a HEAD)."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """Return the HTTP status of an error."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def retried(error: ClientError) -> bool:
    """Say whether the request was sent more than once, so that an earlier one may have been carried out."""
    return int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) > 0


def is_absent(error: ClientError) -> bool:
    """Say whether an error means that there is no such object (a missing bucket is another matter)."""
    return status_of(error) == 404 and code_of(error) != "NoSuchBucket"


@contextmanager
def typed(doing: str, place: str) -> Iterator[None]:
    """Turn whatever boto3 raises into a `StoreError`.

    Parameters
    ----------
    doing : what was tried, as in "could not be ...".
    place : the store as ``s3://bucket/prefix``.
    """
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError, S3DownloadFailedError, S3ValidationError) as error:
        cause, advice = _in_words(error)
        raise StoreError(f"The store {place} could not be {doing} ({cause}).", advice) from error


def _in_words(error: Exception) -> tuple[str, str]:
    """Return cause and advice; the texts of boto3's own errors are not repeated: a URL may be in them."""
    if isinstance(error, ClientError):
        code, status = code_of(error), status_of(error)
        advice = _ADVICE.get(code) or (_OPTIONS if code.startswith("KMS.") else None)
        if advice is None:
            advice = _LATER if status >= 500 or status in (408, 429) else _RIGHTS
        return code or f"status {status}", advice
    if isinstance(error, _NO_CREDENTIALS):
        return type(error).__name__, _CREDENTIALS
    if isinstance(error, boto.NoRegionError):
        return type(error).__name__, _REGION
    if isinstance(error, boto.ParamValidationError):
        return type(error).__name__, _BUCKET
    return type(error).__name__, _NETWORK
