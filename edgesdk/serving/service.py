"""What all parts of one server share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .job import Job
from .mailbox import Mailbox
from .metrics import Metrics
from .queue import FairQueue
from .requests import Wanted
from .settings import Settings
from .worker import READY, Worker


@dataclass(frozen=True)
class Served:
    """One request and what became of it, for a log; never its text."""

    method: str
    path: str
    status: int
    seconds: float
    prompt: int = 0
    written: int = 0
    left: bool = False  # not complete: the client hung up, or the device failed
    fault: str = ""  # where this program failed, if it did


@dataclass
class Service:
    """The settings, the device's thread, the queue before it, and the counters."""

    settings: Settings
    worker: Worker
    queue: FairQueue[Job]
    metrics: Metrics
    on_request: Callable[[Served], None]
    answers: int = 0  # that are under way

    def submit(
        self, prompts: tuple[tuple[int, ...], ...], wanted: Wanted, client: str, begun: float
    ) -> Job:
        """Queue a request of ``begun``. Raises ``ApiError`` 429 and 503. In the loop only."""
        deadline = begun + self.settings.timeout
        job = Job(prompts, wanted, Mailbox(), deadline, begun=begun)
        self.queue.put(client, job)
        self.answers += 1
        try:
            self.worker.check()  # it may have failed, and emptied the queue, a moment ago
        except Exception:
            self.queue.drop(job)
            self.answers -= 1
            raise
        return job

    def forget(self, job: Job) -> None:
        """Its answer is complete, or nobody wants it: no more work for it."""
        self.answers -= 1
        if self.queue.drop(job):
            self.metrics.cancelled()
        job.cancel()

    def health(self) -> tuple[int, dict[str, str]]:
        """Status and body of ``/health``."""
        worker = self.worker
        document = {"status": worker.state, "model": self.settings.name}
        if worker.problem is not None:
            document["problem"] = f"{worker.problem.what} [{worker.problem.id}]"
        return (200 if worker.state == READY else 503), document

    def page(self) -> str:
        """The page of ``/metrics``."""
        worker = self.worker
        return self.metrics.text(
            waiting=len(self.queue), running=worker.job is not None, ready=worker.state == READY
        )
