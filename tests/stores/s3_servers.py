"""S3 servers on loopback for tests, and the AWS settings that lead to them and to nothing else."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.s3 import responses
from moto.server import ThreadedMotoServer
from stores import swift_server
from stores.swift_server import ACCESS_KEY, SECRET_KEY

BUCKET = "academy"


def aws_settings(endpoint: str, access_key: str, secret_key: str, nowhere: Path) -> dict[str, str]:
    """Return the environment for a server; no file of this user's and no cloud's own service is asked."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_CONFIG_FILE": str(nowhere / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(nowhere / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def make_bucket(settings: dict[str, str]) -> None:
    """Make the bucket of the tests on a server."""
    client = boto3.client(
        "s3",
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        region_name=settings["AWS_REGION"],
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket=BUCKET)


def lead_to(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let boto3 in this process, and in those that it starts, find a server."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@contextmanager
def swift(folder: Path) -> Iterator[dict[str, str]]:
    """Run Swift; gives the AWS settings that lead to it."""
    server = swift_server.start(folder / "swift")
    try:
        settings = aws_settings(server.endpoint, ACCESS_KEY, SECRET_KEY, folder)
        make_bucket(settings)
        yield settings
    finally:
        server.stop()


@contextmanager
def moto(nowhere: Path) -> Iterator[dict[str, str]]:
    """Run moto on a thread; gives the AWS settings that lead to it.

    Amazon compares and writes in one step; moto does one after the other, so its puts are let in singly.
    """
    alone = threading.Lock()
    plain = responses.S3Response.put_object

    def put_object(self: Any) -> Any:
        with alone:
            return plain(self)

    responses.S3Response.put_object = put_object
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = aws_settings(f"http://{host}:{port}", "moto", "moto-secret", nowhere)
    try:
        make_bucket(settings)
        yield settings
    finally:
        server.stop()
        responses.S3Response.put_object = plain
