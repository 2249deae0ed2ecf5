"""An agent host: takes offers of one role, claims them, does the work, reports. The contract is docs/protocol.md.

1. Every claim that is granted ends in at most one report, which is sent until an owner confirms it.
2. Work stops at 0.8 of its lease, counted from when the last answered heartbeat was sent: nobody else has it before.
3. Offers are asked for by free seats, never more.
"""

import asyncio
import json
import logging
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from artifacts import ArtifactMissing, Artifacts
from nats_client import Message, NatsClient, NatsError, NoResponders
from offers import Offer, OfferQueue

log = logging.getLogger("troupe")

CLAIM_TRIES = 3
CLAIM_TIMEOUT_S = 2
BEAT_TIMEOUT_S = 2
BEATS_PER_LEASE = 3
BEATS_AT_ONCE = 512
USABLE_PART_OF_LEASE = 0.8
WRITE_TIMEOUT_S = 5
FIRST_CONFIRMATION_S = 10
LONGEST_CONFIRMATION_S = 320
PRESENCE_S = 5
DEADLINE_SLACK_S = 1
STOP_GRACE_S = 2
REPORT_GRACE_S = 5
NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


class AgentFailure(Exception):
    """Raised by work that failed. `kind`: crash, timeout, invalid-output, refusal, rate-limit or fatal."""

    def __init__(
        self, message: str, kind: str = "crash", details: Any = None, retry_after_ms: float | None = None
    ) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {"class": kind, "message": message}
        if details is not None:
            self.error["details"] = details
        if retry_after_ms is not None:
            self.error["retryAfterMs"] = retry_after_ms


class Stopped(Exception):
    """Raised inside work that is to end: nobody wants its result any more."""


Work = Callable[[dict[str, Any], "Attempt"], Any]
"""Gets the request and the attempt, runs in a thread of its own, returns the output as JSON."""


@dataclass(eq=False)
class Attempt:
    """One granted claim."""

    execution: str
    step: str
    attempt: int
    partition: int
    fence: int
    token: str
    lease_s: float
    report_subject: str
    lease_from: float
    """When the claim, or its last confirmed heartbeat, was sent; on the monotonic clock."""
    deadline: float = float("inf")
    tell: Callable[[Any], None] = lambda progress: None
    started_at: float = field(default_factory=time.monotonic)
    cause: str | None = None
    """Why it was stopped: cancelled, lease-lost, timeout or host-stopping."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    # --- for the work ---

    def progress(self, value: Any) -> None:
        """Tells whoever watches; JSON. Not kept."""
        self.check()
        self.tell(value)

    def check(self) -> None:
        """Raises Stopped when the work is to end. Call it now and then."""
        if self._stop.is_set():
            raise Stopped(self.cause)

    def sleep(self, seconds: float) -> None:
        """Raises Stopped as soon as the work is to end."""
        if self._stop.wait(seconds):
            raise Stopped(self.cause)

    # --- for the host ---

    @property
    def key(self) -> str:
        return f"{self.execution}/{self.step}/{self.attempt}"

    @property
    def beat(self) -> dict[str, Any]:
        return {"execution": self.execution, "step": self.step, "attempt": self.attempt, "fence": self.fence}

    @property
    def usable_until(self) -> float:
        return self.lease_from + self.lease_s * USABLE_PART_OF_LEASE

    def stop(self, cause: str) -> None:
        # An order of the orchestrator outranks what the host found by itself.
        if self.cause is None or cause == "cancelled":
            self.cause = cause
        self._stop.set()
        self.stopping.set()


class Host:
    def __init__(
        self, nats: NatsClient, *, namespace: str, role: str, work: Work, host: str, concurrency: int
    ) -> None:
        for name in (namespace, role, host):
            if not NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be part of a subject: use letters, digits, _ and -")
        self._nats = nats
        self._root = f"troupe.{namespace}"
        self._presence_subject = f"$KV.TROUPE_{namespace}_AGENTS.{host}"
        self._artifacts = Artifacts(nats, namespace)
        self._offers = OfferQueue(nats, namespace, role, self._free_seats, self._receive, self._give_up)
        self._role, self._work, self._host, self._concurrency = role, work, host, concurrency
        self._started_at = time.time()
        self._process = uuid.uuid4().hex
        self._taken: set[str] = set()
        """Attempts being claimed or at work: the busy seats."""
        self._held: dict[int, Attempt] = {}
        """Granted, and the report not through, by identity."""
        self._claiming = 0
        self._cancelled_early: set[tuple[str, int]] = set()
        self._unconfirmed: dict[str, asyncio.Event] = {}
        self._work_tasks: set[asyncio.Task] = set()
        self._tasks: set[asyncio.Task] = set()
        self._wake_keeper = asyncio.Event()
        self._wake_beats = asyncio.Event()
        self._next_beat_at = float("inf")
        self._draining = False

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.failed: asyncio.Future[Exception] = self._loop.create_future()
        """Has a result when the host can do nothing any more."""
        self._nats.subscribe(f"{self._root}.host.{self._host}.*", self._on_order)
        self._nats.on_reconnect(self._offers.start)
        self._spawn(self._keep_leases())
        self._spawn(self._beat_regularly())
        self._spawn(self._show_presence())
        self._offers.start()

    async def stop(self, drain_s: float) -> None:
        """Takes no more offers, lets the work at hand end for `drain_s`, then stops it and gives it back."""
        self._draining = True
        self._offers.stop()
        if self._work_tasks:
            await asyncio.wait(self._work_tasks, timeout=drain_s)
        self.stop_work()
        if self._work_tasks:
            await asyncio.wait(self._work_tasks, timeout=STOP_GRACE_S + REPORT_GRACE_S)
        for task in self._tasks | self._work_tasks:
            task.cancel()
        self._nats.publish(self._presence_subject, b"", headers={"KV-Operation": "DEL"})

    def _give_up(self, reason: Exception) -> None:
        if not self.failed.done():
            self.failed.set_result(reason)

    def _free_seats(self) -> int:
        return self._concurrency - len(self._taken)

    def stop_work(self) -> None:
        for attempt in self._held.values():
            attempt.stop("host-stopping")

    # --- from the offer to the report ---

    def _receive(self, offer: Offer) -> None:
        if offer.key in self._taken:  # the same attempt once more
            self._offers.top_up()
            return
        self._taken.add(offer.key)
        task = asyncio.create_task(self._perform(offer))
        self._work_tasks.add(task)
        task.add_done_callback(self._forget_task)

    async def _perform(self, offer: Offer) -> None:
        attempt = report = None
        try:
            granted = await self._claim(offer)
            if granted is not None:
                attempt, answer = granted
                self._hold(attempt)
                report = await self._run(attempt, answer)
        finally:
            # The seat is free as soon as the work is over; the report may take its time.
            self._taken.discard(offer.key)
            self._offers.top_up()
            if attempt is not None and report is None:
                del self._held[id(attempt)]
        if attempt is not None and report is not None:
            await self._deliver(attempt, report)
            del self._held[id(attempt)]

    def _hold(self, attempt: Attempt) -> None:
        self._held[id(attempt)] = attempt
        self._next_beat_at = min(self._next_beat_at, attempt.lease_from + attempt.lease_s / BEATS_PER_LEASE)
        self._wake_beats.set()
        self._wake_keeper.set()

    async def _claim(self, offer: Offer) -> tuple[Attempt, dict[str, Any]] | None:
        """None when the attempt is not ours. A question whose answer is lost is asked again, with the same claim id."""
        asked = {"execution": offer.execution, "step": offer.step, "attempt": offer.attempt}
        claim = json.dumps({**asked, "claimId": uuid.uuid4().hex}).encode()
        subject = f"{self._root}.rpc.{offer.partition}.{self._role}.{self._host}.claim"
        asked_at = time.monotonic()
        self._claiming += 1
        try:
            for attempt in range(1, CLAIM_TRIES + 1):
                try:
                    answer = (await self._nats.request(subject, claim, CLAIM_TIMEOUT_S)).json()
                    break
                except (TimeoutError, NoResponders, ValueError) as problem:
                    log.warning("%s: the claim was not answered: %s", offer.key, problem or "no answer")
                    await asyncio.sleep(0.1 * attempt)
            else:
                return None
            if answer.get("kind") != "granted":
                log.info("%s: refused: %s", offer.key, answer.get("reason"))
                return None
            attempt = Attempt(
                **asked,
                partition=offer.partition,
                fence=answer["fence"],
                token=answer["token"],
                lease_s=answer["leaseMs"] / 1000,
                report_subject=answer["report"],
                lease_from=asked_at,
            )
            attempt.tell = lambda progress: self._tell(attempt, progress)
            if (attempt.execution, attempt.fence) in self._cancelled_early:
                attempt.stop("cancelled")
            return attempt, answer
        finally:
            self._claiming -= 1
            if self._claiming == 0:
                self._cancelled_early.clear()

    async def _run(self, attempt: Attempt, answer: dict[str, Any]) -> dict[str, Any] | None:
        """The record that ends the attempt; None when its work could not be ended."""
        try:
            request = await self._load_request(answer)
        except (ArtifactMissing, NatsError, TimeoutError, ValueError) as problem:
            error = {"class": "crash", "message": f"the input could not be read: {problem}"}
            return self._record(attempt, "step.failed", {"error": error})
        if "deadline" in request:
            attempt.deadline = time.monotonic() + request["deadline"] / 1000 - time.time() + DEADLINE_SLACK_S
            self._wake_keeper.set()
        if time.monotonic() >= attempt.usable_until:
            attempt.stop("lease-lost")
        if self._draining:
            attempt.stop("host-stopping")
        if attempt.cause is not None:
            return self._record(attempt, "claim.released", {})
        log.info("%s: at work", attempt.key)
        outcome = await self._run_in_thread(attempt, request)
        if outcome is None:
            log.error("%s: the work goes on although it was told to end; its lease will run out", attempt.key)
            return None
        return await self._outcome_record(attempt, *outcome)

    async def _outcome_record(self, attempt: Attempt, type_: str, said: dict[str, Any]) -> dict[str, Any]:
        if attempt.cause == "timeout":
            type_, said = "step.failed", {"error": {"class": "timeout", "message": "The time of the attempt is up."}}
        elif attempt.cause is not None:
            type_, said = "claim.released", {}
        if type_ == "step.succeeded":
            try:
                said = {"output": await self._artifacts.store_if_large(said["output"])}
            except (TypeError, ValueError) as problem:
                error = {"class": "invalid-output", "message": f"the output is no JSON: {problem}"}
                type_, said = "step.failed", {"error": error}
            except (NatsError, TimeoutError) as problem:
                error = {"class": "crash", "message": f"the output could not be stored: {problem}"}
                type_, said = "step.failed", {"error": error}
        if type_ != "claim.released":
            said["durationMs"] = round((time.monotonic() - attempt.started_at) * 1000)
        return self._record(attempt, type_, said)

    def _record(self, attempt: Attempt, type_: str, said: dict[str, Any]) -> dict[str, Any]:
        data = {"step": attempt.step, "attempt": attempt.attempt, "fence": attempt.fence, "token": attempt.token}
        return {"id": uuid.uuid4().hex, "type": type_, "data": {**data, "host": self._host, **said}}

    async def _load_request(self, answer: dict[str, Any]) -> dict[str, Any]:
        request = answer.get("request")
        if "requestRef" in answer:
            request = json.loads(await self._artifacts.get(answer["requestRef"]["$artifact"]))
        if not isinstance(request, dict):
            raise ValueError("there is no request in the answer")
        for part in ("input", "outputs", "results", "item"):
            if part in request:
                request[part] = await self._artifacts.load(request[part])
        return request

    async def _run_in_thread(self, attempt: Attempt, request: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """How the work ended; None when it was told to end and did not within the grace."""
        done: asyncio.Future[tuple[str, dict[str, Any]]] = self._loop.create_future()

        def work() -> None:
            try:
                outcome = "step.succeeded", {"output": self._work(request, attempt)}
            except Stopped:
                outcome = "claim.released", {}
            except AgentFailure as failure:
                outcome = "step.failed", {"error": failure.error}
            except Exception as problem:
                log.exception("%s: the work failed", attempt.key)
                error = {"class": "crash", "message": f"{type(problem).__name__}: {problem}"}
                outcome = "step.failed", {"error": error}
            self._loop.call_soon_threadsafe(lambda: done.done() or done.set_result(outcome))

        threading.Thread(target=work, name=attempt.key, daemon=True).start()
        stopping = asyncio.create_task(attempt.stopping.wait())
        await asyncio.wait([done, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await asyncio.wait([done], timeout=STOP_GRACE_S)
        return done.result() if done.done() else None

    async def _deliver(self, attempt: Attempt, record: dict[str, Any]) -> None:
        """Writes the record into the log until an owner says that it was folded. It is the same record every time."""
        content = json.dumps(record, allow_nan=False).encode()
        if len(content) > self._nats.max_payload:
            message = f"The report has {len(content)} bytes, which is more than a message may have."
            error = {"class": "invalid-output", "message": message}
            small = self._record(attempt, "step.failed", {"error": error})
            record, content = small, json.dumps(small).encode()
        confirmed = self._unconfirmed[record["id"]] = asyncio.Event()
        patience_s, pause_s = FIRST_CONFIRMATION_S, 0.1
        try:
            while True:
                try:
                    answer = (await self._nats.request(attempt.report_subject, content, WRITE_TIMEOUT_S)).json()
                    if "error" in answer or not answer.get("seq"):
                        raise NatsError(answer.get("error", {}).get("description", "the log did not take it"))
                    await asyncio.wait_for(confirmed.wait(), patience_s)
                    log.info("%s: %s", attempt.key, record["type"])
                    return
                except (NatsError, TimeoutError, ValueError) as problem:
                    log.warning("%s: the report is not through: %s", attempt.key, problem or "not confirmed")
                if confirmed.is_set():
                    return
                await asyncio.sleep(pause_s)
                patience_s, pause_s = min(patience_s * 2, LONGEST_CONFIRMATION_S), min(pause_s * 2, 5)
        finally:
            del self._unconfirmed[record["id"]]

    # --- what owners say ---

    def _on_order(self, message: Message) -> None:
        verb, order = message.subject.rpartition(".")[2], message.json()
        if verb == "confirmed":
            for report in order["reports"]:
                if report in self._unconfirmed:
                    self._unconfirmed[report].set()
        elif verb == "cancel":
            place = (order["execution"], order["fence"])
            found = [one for one in self._held.values() if (one.execution, one.fence) == place]
            for attempt in found:
                attempt.stop("cancelled")
            if not found and self._claiming > 0:
                self._cancelled_early.add(place)  # it overtook the answer to the claim

    # --- leases ---

    async def _keep_leases(self) -> None:
        """Stops what may no longer be worked at, in time."""
        while True:
            now = time.monotonic()
            next_at = float("inf")
            for attempt in self._held.values():
                if now >= attempt.usable_until:
                    attempt.stop("lease-lost")
                elif now >= attempt.deadline:
                    attempt.stop("timeout")
                else:
                    next_at = min(next_at, attempt.usable_until, attempt.deadline)
            await self._sleep_until(next_at, self._wake_keeper)

    async def _sleep_until(self, at: float, wake: asyncio.Event) -> None:
        """Until then, or until somebody wakes it."""
        wake.clear()
        try:
            await asyncio.wait_for(wake.wait(), min(at - time.monotonic(), 60))
        except TimeoutError:
            pass

    async def _beat_regularly(self) -> None:
        """Says of everything held that it is still here, three times per lease, until its report is through."""
        while True:
            now = time.monotonic()
            if now >= self._next_beat_at:
                shortest = min((attempt.lease_s for attempt in self._held.values()), default=float("inf"))
                self._next_beat_at = now + shortest / BEATS_PER_LEASE
                self._beat_all()
            await self._sleep_until(self._next_beat_at, self._wake_beats)

    def _beat_all(self) -> None:
        partitions: dict[int, list[Attempt]] = {}
        for attempt in self._held.values():
            partitions.setdefault(attempt.partition, []).append(attempt)
        for partition, attempts in partitions.items():
            for start in range(0, len(attempts), BEATS_AT_ONCE):
                self._spawn(self._beat(partition, attempts[start : start + BEATS_AT_ONCE]))

    async def _beat(self, partition: int, attempts: list[Attempt]) -> None:
        sent_at = time.monotonic()
        subject = f"{self._root}.rpc.{partition}.{self._role}.{self._host}.heartbeat"
        beats = json.dumps({"beats": [attempt.beat for attempt in attempts]}).encode()
        try:
            answers = (await self._nats.request(subject, beats, BEAT_TIMEOUT_S)).json()["answers"]
        except (TimeoutError, NoResponders, ValueError, KeyError, TypeError):
            return  # nothing is confirmed: the next beat is on its way, and the lease decides
        for attempt, answer in zip(attempts, answers, strict=False):
            if answer == "ok":
                attempt.lease_from = max(attempt.lease_from, sent_at)
            elif answer == "cancel":
                attempt.stop("cancelled")

    # --- presence and progress ---

    async def _show_presence(self) -> None:
        while True:
            role = {"role": self._role, "concurrency": self._concurrency, "busy": len(self._taken)}
            presence = {
                "host": self._host,
                "process": self._process,
                "pid": os.getpid(),
                "hostname": socket.gethostname(),
                "startedAt": round(self._started_at * 1000),
                "seenAt": round(time.time() * 1000),
                "roles": [role],
            }
            self._nats.publish(self._presence_subject, json.dumps(presence).encode())
            await asyncio.sleep(PRESENCE_S)

    def _tell(self, attempt: Attempt, progress: Any) -> None:
        """Called in the thread of the work."""
        said = {"execution": attempt.execution, "step": attempt.step, "attempt": attempt.attempt}
        content = json.dumps({**said, "agent": self._role, "progress": progress}, allow_nan=False).encode()
        if len(content) <= self._nats.max_payload:
            subject = f"{self._root}.live.{attempt.execution}.{attempt.step}"
            self._loop.call_soon_threadsafe(self._nats.publish, subject, content)

    # --- tasks ---

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget_task)

    def _forget_task(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        self._work_tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("unexpected", exc_info=problem)
