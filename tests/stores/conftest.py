"""One store of each kind, each test with an empty place of its own in it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stores.s3_servers import BUCKET, lead_to

from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.s3_store import S3Store
from cricksy_lib.jobs.store import Store, every_key
from cricksy_lib.settings import Settings

MakeS3 = Callable[..., S3Store]


REAL = os.environ.get("CRICKSY_TEST_S3")  # s3://bucket/prefix at Amazon, with its usual settings set
SERVERS = ["moto", "swift", *(["amazon"] if REAL else [])]


def _maker(place: str) -> MakeS3:
    def make(**options: object) -> S3Store:
        """Open the test's place; the delay of creations takes no time unless a test wants it to."""
        own = {name: options.pop(name) for name in list(options) if name in Settings.model_fields}
        timed = {"clock": lambda: 0.0, "sleep": lambda _: None, **options}
        return S3Store(place, Settings(**own), **timed)  # type: ignore[arg-type]

    return make


@pytest.fixture
def on_moto(moto_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> MakeS3:
    """Open a store on moto."""
    lead_to(moto_settings, monkeypatch)
    return _maker(f"s3://{BUCKET}/{uuid.uuid4()}")


@pytest.fixture
def on_swift(swift_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> MakeS3:
    """Open a store on Swift."""
    lead_to(swift_settings, monkeypatch)
    return _maker(f"s3://{BUCKET}/{uuid.uuid4()}")


@pytest.fixture
def on_amazon() -> Iterator[MakeS3]:
    """Open a store at Amazon, emptied afterwards."""
    make = _maker(f"{REAL}/{uuid.uuid4()}")
    yield make
    store = make()
    for key in list(every_key(store, "")):
        store.delete(key)


@pytest.fixture(params=SERVERS)
def on_s3(request: pytest.FixtureRequest) -> MakeS3:
    """Open a store on each server."""
    make: MakeS3 = request.getfixturevalue(f"on_{request.param}")
    return make


@pytest.fixture(params=["folder", *SERVERS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind."""
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    made: Store = request.getfixturevalue(f"on_{request.param}")()
    return made
