"""The one place that makes a client for S3: endpoint, region and credentials by the usual AWS settings."""

from __future__ import annotations

import logging
import os
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
TRIES = 4
_CONNECTIONS = 16

# What these say below a warning can hold signatures.
for _name in ("boto3", "botocore", "s3transfer"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def make_client(bucket: str) -> Any:
    """Return a client for a bucket that several threads may share.

    At Amazon the bucket is part of the host name: only then does a presigned URL lead to the bucket's own
    region. Elsewhere it goes into the path, as other servers have no host name for each bucket, and checksums
    that not all of them know are sent only where S3 asks for them. A style that ``~/.aws/config`` chooses is
    kept.
    """
    base = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=_CONNECTIONS,
        signature_version="s3v4",
    )
    # boto3 alone among Amazon's libraries does not read this variable.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)
    plain = session.client("s3", config=base).meta
    amazon = (urlsplit(plain.endpoint_url).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn"))
    # A dot in the bucket's name would not match the certificate of its host.
    style = "virtual" if amazon and "." not in bucket else "path"
    chosen = plain.config.s3 or {}
    more = Config(s3={**chosen, "addressing_style": chosen.get("addressing_style", style)})
    if not amazon:
        when = "when_required"
        more = more.merge(Config(request_checksum_calculation=when, response_checksum_validation=when))
    return session.client("s3", config=base.merge(more))
