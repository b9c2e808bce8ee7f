"""The queue's order and room; the mailbox between two threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from edgesdk.serving.mailbox import Closed, Mailbox
from edgesdk.serving.problems import ApiError
from edgesdk.serving.queue import FairQueue

from .running import wait_for


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
    assert wait_for(lambda: put(queue))
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


def test_a_writer_waits_for_its_reader() -> None:
    async def read() -> tuple[list[int], int]:
        box: Mailbox[int] = Mailbox(4)
        most = 0

        def write() -> None:
            for number in range(1000):
                box.put(number)

        thread = threading.Thread(target=write)
        thread.start()
        found: list[int] = []
        while len(found) < 1000:
            items = await box.take()
            most = max(most, len(items))
            found += items
        thread.join()
        return found, most

    found, most = asyncio.run(read())
    assert found == list(range(1000))
    assert most <= 4


def test_a_writer_that_waits_is_told_when_nobody_reads_any_more() -> None:
    async def leave() -> list[str]:
        box: Mailbox[int] = Mailbox(1)
        told: list[str] = []

        def write() -> None:
            box.put(1)
            try:
                box.put(2)
            except Closed:
                told.append("closed")

        thread = threading.Thread(target=write)
        thread.start()
        await asyncio.sleep(0.01)
        box.close()
        thread.join()
        with pytest.raises(Closed):
            await box.take()
        return told

    assert asyncio.run(leave()) == ["closed"]


def test_nothing_comes_after_the_last_item() -> None:
    async def end() -> list[int]:
        box: Mailbox[int] = Mailbox(1)
        box.put(1)
        box.last(2)
        for late in (box.put, box.last):
            with pytest.raises(Closed):
                late(3)
        return await box.take()

    assert asyncio.run(end()) == [1, 2]
