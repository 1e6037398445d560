"""What a bucket's server can do, found out with one small object that is removed again."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cricksy_lib.jobs.s3_errors import code_of, status_of

logger = logging.getLogger(__name__)

# Reserved: nothing else has keys below it.
PROBE = "probe/"
_NO_ETAG = f'"{"0" * 32}"'


@dataclass(frozen=True)
class Conditions:
    """How a server treats conditions on writing.

    Attributes
    ----------
    atomic : it checks and writes in one step, as Amazon's does.
    refuses : it refuses to create what is there already, when nobody races.
    """

    atomic: bool
    refuses: bool


def probe_conditions(client: Any, bucket: str, prefix: str) -> Conditions:
    """Find out which conditions on writing a server knows.

    No number of tries would show that a race has one winner. What shows it is the other condition,
    ``If-Match``: servers that compare and write in one step know both (Amazon S3, and what follows it).
    OpenStack Swift knows ``If-None-Match`` alone, and checks it well before it writes.
    """
    target = {"Bucket": bucket, "Key": f"{prefix}{PROBE}{secrets.token_hex(8)}"}
    try:
        first = _put(client, target, IfNoneMatch="*")
        refuses = first == 200 and _put(client, target, IfNoneMatch="*") == 412
        atomic = refuses and _put(client, target, IfMatch=_NO_ETAG) == 412
    finally:
        client.delete_object(**target)
    if not atomic:
        logger.warning(
            "This store cannot create an object exactly once by itself: each creation is read back after a "
            "delay (CRICKSY_S3_SETTLE_SECONDS) before it counts."
        )
    return Conditions(atomic, refuses)


def _put(client: Any, target: dict[str, str], **condition: str) -> int:
    """Return the status of a conditional put, 412 and "not implemented" included; other errors are raised."""
    try:
        client.put_object(**target, Body=b"probe", **condition)
    except ClientError as error:
        known = code_of(error) in ("NotImplemented", "InvalidArgument", "InvalidRequest")
        if status_of(error) in (412, 501) or known:
            return status_of(error)
        raise
    return 200
