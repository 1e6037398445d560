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


def make_client() -> Any:
    """Return a client that several threads may share.

    Where the endpoint is not Amazon's, the bucket goes into the path, as other servers have no host name for
    each bucket, and checksums that not all of them know are sent only where S3 asks for them. What
    ``~/.aws/config`` says about either counts before this.
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
    client = session.client("s3", config=base)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return client
    of_user = client.meta.config.s3 or {}
    other = Config(
        s3={**of_user, "addressing_style": of_user.get("addressing_style", "path")},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return session.client("s3", config=base.merge(other))
