"""Files into a bucket: in one request, or in parts that become an object all at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

PART_BYTES = 16 * 1024 * 1024
MAX_PARTS = 10_000
_AT_ONCE = 4


def upload(
    client: Any,
    target: Mapping[str, str],
    content: bytes | Path,
    attributes: Mapping[str, Any],
    condition: Mapping[str, str],
    part_bytes: int = PART_BYTES,
) -> bool:
    """Write an object, whole or not at all; large files in parts, several at once, each tried again alone.

    boto3's own transfers cannot set a condition: here it holds for the request that makes the object.

    Parameters
    ----------
    target : ``Bucket`` and ``Key``.
    attributes : content type, encryption and the like.
    condition : ``IfNoneMatch`` for an object that must not be there yet, or nothing.
    part_bytes : files larger than this go in parts of this size.

    Returns
    -------
    Whether the request that made the object was sent once only.
    """
    if isinstance(content, bytes):
        return _once(client.put_object(**target, **attributes, **condition, Body=content))
    size = content.stat().st_size
    if size <= part_bytes:
        with content.open("rb") as body:
            return _once(client.put_object(**target, **attributes, **condition, Body=body))
    part_bytes = max(part_bytes, -(-size // MAX_PARTS))
    upload_id = client.create_multipart_upload(**target, **attributes)["UploadId"]
    try:

        def send(number: int) -> dict[str, Any]:
            with content.open("rb") as source:
                source.seek((number - 1) * part_bytes)
                body = source.read(part_bytes)
            sent = client.upload_part(**target, UploadId=upload_id, PartNumber=number, Body=body)
            return {"ETag": sent["ETag"], "PartNumber": number}

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            parts = list(pool.map(send, range(1, -(-size // part_bytes) + 1)))
        return _once(
            client.complete_multipart_upload(
                **target, **condition, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
        )
    except BaseException:
        with suppress(ClientError, BotoCoreError):  # a rule of the bucket clears up what is left
            client.abort_multipart_upload(**target, UploadId=upload_id)
        raise


def _once(answer: Mapping[str, Any]) -> bool:
    return int(answer["ResponseMetadata"].get("RetryAttempts", 0)) == 0
