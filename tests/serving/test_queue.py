"""The queue's order and room; the mailbox between two threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from edgesdk.serving.mailbox import Closed, Mailbox
from edgesdk.serving.problems import ApiError
from edgesdk.serving.queue import FairQueue
from tests.waiting import until


def test_clients_take_turns() -> None:
    queue: FairQueue[str] = FairQueue(10)
    for client, item in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1")]:
        queue.put(client, item)
    assert [queue.take() for _ in range(5)] == ["a1", "b1", "c1", "a2", "a3"]


def test_there_is_so_much_room() -> None:
    queue: FairQueue[int] = FairQueue(2)
    queue.put("a", 1)
    queue.put("b", 2)
    with pytest.raises(ApiError) as full:
        queue.put("c", 3)
    assert full.value.status == 429
    assert queue.drop(1) and not queue.drop(1)
    queue.put("c", 3)
    assert len(queue) == 2
    assert queue.clear() == [2, 3]
    assert len(queue) == 0


def put(queue: FairQueue[int]) -> bool:
    try:
        queue.put("a", 1)
    except ApiError:
        return False
    return True


def test_a_queue_of_nothing_serves_who_comes_to_an_idle_device() -> None:
    queue: FairQueue[int] = FairQueue(0)
    with pytest.raises(ApiError):
        queue.put("a", 1)
    found: list[int | None] = []
    thread = threading.Thread(target=lambda: found.append(queue.take()))
    thread.start()
    until(lambda: put(queue))
    thread.join(10)
    assert found == [1]


def test_who_waits_is_told_of_the_end() -> None:
    queue: FairQueue[int] = FairQueue(2)
    found: list[int | None] = []
    thread = threading.Thread(target=lambda: found.append(queue.take()))
    thread.start()
    queue.close()
    thread.join(10)
    assert found == [None]


def test_a_writer_does_not_wait_for_its_reader() -> None:
    async def read() -> list[list[int]]:
        box: Mailbox[int] = Mailbox()
        writer = threading.Thread(target=lambda: [box.put(number) for number in range(1000)])
        writer.start()
        await asyncio.to_thread(writer.join, 10)
        assert not writer.is_alive()
        found: list[list[int]] = []
        while sum(map(len, found)) < 1000:
            found.append(await box.take())
        return found

    found = asyncio.run(read())
    assert [item for items in found for item in items] == list(range(1000))
    assert max(map(len, found)) <= 64


def test_a_reader_gets_all_that_comes_while_it_reads() -> None:
    async def read() -> list[int]:
        box: Mailbox[int] = Mailbox()
        thread = threading.Thread(target=lambda: [box.put(number) for number in range(1000)])
        thread.start()
        found: list[int] = []
        while len(found) < 1000:
            found += await box.take()
        thread.join()
        return found

    assert asyncio.run(read()) == list(range(1000))


def test_who_writes_and_who_reads_is_told_of_a_client_that_left() -> None:
    async def leave() -> None:
        box: Mailbox[int] = Mailbox()
        box.put(1)
        box.close()
        with pytest.raises(Closed):
            box.put(2)
        with pytest.raises(Closed):
            await box.take()

    asyncio.run(leave())


def test_nothing_comes_after_the_last_item() -> None:
    async def end() -> list[int]:
        box: Mailbox[int] = Mailbox()
        box.put(1)
        box.last(2)
        for late in (box.put, box.last):
            with pytest.raises(Closed):
                late(3)
        return await box.take()

    assert asyncio.run(end()) == [1, 2]
