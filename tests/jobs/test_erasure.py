"""Erasing a player, and letting go of what is old: nothing of them is left, and nothing of others goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from made_jobs import NOW, Made

from cricksy_lib.errors import JobNotFoundError, StoreError, UsageError
from cricksy_lib.jobs import deletion, layout
from cricksy_lib.jobs.erasure import erase_player, search
from cricksy_lib.jobs.folder_store import FolderStore
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.retention import let_go, old_jobs
from cricksy_lib.jobs.store import every_key
from cricksy_lib.jobs.verify import verify

NAME = "Zoë O'Neil"


def agrees(store: FolderStore) -> bool:
    return verify(store, 60, sleep=lambda _: None).agrees


def put_name(store: FolderStore, made: Made, name: str) -> None:
    """Write a job as a run does that puts the player's name into page and notebook."""
    of = made.put(store)
    store.put(layout.artefact(of, 1, "report.html"), f"<p>{name.replace(chr(39), '&#39;')}</p>".encode())
    store.put(layout.artefact(of, 1, "deep_analysis.ipynb"), f'{{"player": "{name}"}}'.encode())


@pytest.mark.parametrize("asked", [NAME, "  zoë   o'neil ", "ZOE\u0308 O'NEIL"])
def test_every_job_of_a_player_goes_and_a_search_finds_nothing(store: FolderStore, asked: str) -> None:
    theirs = [Made(number, player=NAME) for number in range(3)]
    for made in theirs:
        put_name(store, made, NAME)
    theirs += [Made(10, "queued", NAME), Made(11, "failed", NAME), Made(12, "deep_running", NAME.upper())]
    for made in theirs[3:]:
        made.put(store)
    others = [Made(20, player="Zoë"), Made(21, player=None), Made(22, "queued", "Neil")]
    for made in others:
        made.put(store)
    before = set(every_key(store, ""))
    proof = erase_player(store, asked, sleep=lambda _: None)
    after = set(every_key(store, ""))
    assert sorted(proof.jobs) == sorted(made.id for made in theirs)
    assert set(proof.deletion.deleted) == before - after | {layout.cancel(theirs[-1].id, 1)}
    assert proof.still_named == ()
    assert after == {key for made in others for key, _ in made.objects()}
    needle = NAME.encode()
    assert not [key for key in after if needle in (store.get(key) or b"")]
    assert agrees(store)


def test_a_shared_video_goes_with_the_last_job_that_names_it(store: FolderStore) -> None:
    Made(1, player="Pat", video="shared").put(store)
    Made(2, player="Pat", video="shared").put(store)
    Made(3, player="Sam", video="shared").put(store)
    video = layout.video(Made(1, video="shared").sha256, ".mp4")
    first = erase_player(store, "Pat")
    assert (first.deletion.videos_deleted, first.deletion.videos_kept) == (0, 1)
    assert store.size(video) is not None
    second = erase_player(store, "Sam")
    assert (second.deletion.videos_deleted, second.deletion.videos_kept) == (1, 0)
    assert list(every_key(store, "")) == []


def test_what_still_names_the_player_is_said(store: FolderStore) -> None:
    Made(1, player="Pat Example").put(store)
    Made(2, player="Sam", title="Sam and PAT EXAMPLE in the nets").put(store)
    store.put(layout.HOUSE_RULES, b"# agreed with Pat Example")
    Made(3, player="Patience Examples", title="Pat Examples").put(store)
    proof = erase_player(store, "Pat Example")
    assert proof.still_named == (layout.request(Made(2).id), layout.HOUSE_RULES)


@pytest.mark.parametrize(
    "text",
    [
        '{"player": "Zo\\u00eb O\'Neil"}',
        "<p>Zo&euml; O&#39;Neil</p>".replace("&euml;", "ë"),
        "Zoë O&#x27;Neil",
        "Zoë\n O'Neil",
        "Zoe\u0308 O'Neil",
    ],
)
def test_the_search_reads_a_name_however_it_is_written(store: FolderStore, text: str) -> None:
    store.put("settings/notes.txt", text.encode())
    assert search(store, [NAME]) == ["settings/notes.txt"]
    assert search(store, ["oë O'Neil"]) == []


def test_keys_that_a_late_worker_wrote_for_the_player_go_too(store: FolderStore) -> None:
    stray = layout.player_job("Pat", Made(9).id)
    store.put(stray, b"{}")
    proof = erase_player(store, "Pat")
    assert proof.deletion.deleted == (stray,)
    assert list(every_key(store, "")) == []


def test_a_worker_that_still_writes_is_waited_for(store: FolderStore) -> None:
    made = Made(1, "deep_running", "Pat")
    made.put(store)
    late = layout.artefact(made.id, 1, "state.json")
    real = deletion._left
    calls = []

    def left(*arguments: object) -> list[str]:
        if not calls:
            store.put(late, b"{}")
        calls.append(1)
        return real(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deletion, "_left", left)
        erase_player(store, "Pat", sleep=lambda _: None)
    assert len(calls) > 1
    assert list(every_key(store, "")) == []


def test_an_empty_name_erases_nobody(store: FolderStore) -> None:
    Made(1).put(store)
    with pytest.raises(UsageError):
        erase_player(store, "  ")


def test_a_deletion_that_was_cut_short_goes_on_where_it_stopped(
    store: FolderStore, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut before each object in turn: the next call, or the walk, takes what is left."""
    total = len([key for key, _ in Made(1, player="Pat").objects()])
    for cut in range(total):
        for key in list(every_key(store, "")):
            store.delete(key)
        made = Made(1, player="Pat")
        made.put(store)
        left = cut
        plain = FolderStore.delete

        def delete(self: FolderStore, key: str, plain=plain) -> bool:  # type: ignore[no-untyped-def]
            nonlocal left
            if left == 0:
                raise StoreError("The store could not be deleted from.", "Try again.")
            left -= 1
            return plain(self, key)

        monkeypatch.setattr(deletion, "in_parallel", map)
        monkeypatch.setattr(FolderStore, "delete", delete)
        with pytest.raises(StoreError):
            ledger.delete(made.id)
        monkeypatch.setattr(FolderStore, "delete", plain)
        if cut % 2:
            assert verify(store, 60, mend=True, sleep=lambda _: None).agrees
        else:
            ledger.delete(made.id)
            with pytest.raises(JobNotFoundError):
                ledger.read(made.id)
        assert list(every_key(store, "")) == [], cut


def test_only_ended_jobs_older_than_the_days_go(store: FolderStore) -> None:
    old = [Made(0), Made(1, "failed"), Made(2, "cancelled", video="shared")]
    stay = [Made(3, "queued"), Made(4, "deep_running"), Made(200_000, video="shared"), Made(200_001)]
    for made in (*old, *stay):
        made.put(store)
    keys = set(every_key(store, ""))
    found = old_jobs(store, 30, now=NOW + timedelta(days=31))
    assert [request.id for request in found.ended] == [made.id for made in old]
    assert found.unfinished == (Made(3).id, Made(4).id)
    assert set(every_key(store, "")) == keys
    gone = let_go(store, found)
    assert (gone.videos_deleted, gone.videos_kept) == (2, 1)
    assert set(every_key(store, "")) == {key for made in stay for key, _ in made.objects()}


def test_nothing_is_old_on_its_first_day(store: FolderStore) -> None:
    Made(0, start_ms=int(datetime.now(UTC).timestamp() * 1000)).put(store)
    assert old_jobs(store, 1).ended == ()
    assert len(old_jobs(store, 1, now=datetime.now(UTC) + timedelta(days=2)).ended) == 1
