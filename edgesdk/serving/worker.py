"""The thread that owns the device: opens the model, works on one job at a time, opens it again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from ..errors import EdgeError, InternalFault, UsageError
from .generating import Model
from .job import Cancelled, Finished, Job, Text
from .metrics import Metrics
from .problems import ApiError, internal, of_edge_error, out_of_time, place_of, unavailable
from .queue import FairQueue

LOADING, READY, BROKEN, STOPPING = "loading", "ready", "broken", "stopping"
Open = Callable[[], AbstractContextManager[Model]]


class _TimeOver(Exception):
    """A job's time ended before the first token of one of its texts."""


class Worker:
    """Takes jobs from the queue until ``stop``; ``state`` may be read from any thread.

    A device that fails makes it ``broken``: what waits is refused, and the model is opened anew
    every ``reopen_after`` seconds. The very first opening is not repeated: ``problem`` is then why.
    """

    def __init__(
        self, open: Open, queue: FairQueue[Job], metrics: Metrics, *, reopen_after: float
    ) -> None:
        self._open = open
        self._queue = queue
        self._metrics = metrics
        self._reopen_after = reopen_after
        self._refusing = False  # from the beginning of the end
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="device", daemon=True)
        self.opened = threading.Event()  # the first opening has ended, well or not
        self.state = LOADING
        self.model: Model | None = None
        self.problem: EdgeError | None = None
        self.job: Job | None = None

    def start(self) -> None:
        """Begin to open the model."""
        self._thread.start()

    def refuse_new(self) -> None:
        """Finish the job at work, and refuse all others."""
        self._refusing = True
        self.state = STOPPING
        self._refuse_waiting()

    def stop(self, timeout: float) -> bool:
        """Leave the job at work and close the model. Returns whether that was done in time."""
        self.refuse_new()
        self._stop.set()
        self._queue.close()
        job = self.job
        if job is not None:
            job.end(unavailable("The server is being stopped", "stopping"))
            job.leave()
        if self._thread.ident is not None:  # it was started
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def check(self) -> Model:
        """The model, ready to work. Raises ``ApiError`` 503 when it is not."""
        model = self.model
        if self.state == READY and model is not None:
            return model
        what = {LOADING: "The model is being loaded", STOPPING: "The server is being stopped"}
        why = f": {self.problem.what}" if self.problem else ""
        raise unavailable(what.get(self.state, f"The device has failed{why}"), self.state)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._open() as model:
                    self._serve(model)
                    return
            except EdgeError as error:
                self._broke(error)
            except Exception as error:  # a defect must not end the thread in silence
                why = f"{type(error).__name__}: {error}"
                self._broke(InternalFault("The model could not be opened", evidence=why))
            if not self._again():
                return

    def _broke(self, error: EdgeError) -> None:
        self.problem = error
        self.model = None
        self.state = STOPPING if self._refusing else BROKEN
        self._refuse_waiting()

    def _again(self) -> bool:
        """Wait before the next opening; False when there shall be none."""
        first = not self.opened.is_set()
        self.opened.set()
        return not first and not self._stop.wait(self._reopen_after)

    def _refuse_waiting(self) -> None:
        for job in self._queue.clear():
            job.end(unavailable("The server stopped or its device failed", self.state))

    def _serve(self, model: Model) -> None:
        """Work until stopped. Raises what the device raised."""
        self.model, self.problem = model, None
        self.state = STOPPING if self._refusing else READY
        self.opened.set()
        while (job := self._queue.take()) is not None:
            self._work(model, job)

    def _work(self, model: Model, job: Job) -> None:
        """One job, from its first token to its last event."""
        self.job = job
        model.session.ask = lambda: _ask(job)
        try:
            if self._stop.is_set():  # it was taken a moment before
                job.leave()
            job.end(self._answered(model, job))
        finally:
            self.job = None
            self._metrics.read(job.usage.prompt, job.usage.cached)

    def _answered(self, model: Model, job: Job) -> ApiError | None:
        """Generate. Returns what the client is told of a failure; raises one of the device."""
        try:
            self._generate(model, job)
        except Cancelled:
            self._metrics.cancelled()
        except ApiError as error:
            return error
        except UsageError as error:
            return of_edge_error(error)
        except EdgeError as error:
            job.end(of_edge_error(error))
            raise
        except Exception as error:  # a defect: this job fails, the next begins afresh
            job.fault = place_of(error)
            job.end(internal())
            model.forget()
        return None

    def _generate(self, model: Model, job: Job) -> None:
        number = 0
        for prompt in job.prompts:
            for _ in range(job.wanted.choices):
                try:
                    self._choice(model, job, prompt, number)
                except _TimeOver:
                    if job.first is None:
                        raise out_of_time(job.deadline - job.begun) from None
                    job.tell(Finished(number, "length"))
                number += 1

    def _choice(self, model: Model, job: Job, prompt: tuple[int, ...], number: int) -> None:
        """One text. Raises ``_TimeOver`` when there was no time for its first token."""
        last = None
        job.writing = False
        for event in model.continued(prompt, job, number):
            if isinstance(event, Text) and event.tokens:
                last = self._count(job, event.tokens, last)
            job.tell(event)

    def _count(self, job: Job, tokens: int, last: float | None) -> float:
        now = time.monotonic()
        job.writing = True
        if job.first is None:
            job.first = now
            self._metrics.first_token(now - job.begun)
        elif last is not None:
            self._metrics.next_token((now - last) / tokens)
        job.usage.written += tokens
        self._metrics.written(tokens)
        return now


def _ask(job: Job) -> None:
    """Between two steps of the device: is the job still wanted, and its text begun in time?"""
    job.check()
    if job.late and not job.writing:
        raise _TimeOver
