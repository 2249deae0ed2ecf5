"""Takes offers of a role from the work queue: as many as there are free seats, and never more."""

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass

from nats_client import Message, NatsClient, NatsError

log = logging.getLogger("offers")

PROTOCOL = 1
REQUEST_TIMEOUT_S = 5
RETRY_S = 1
EXPIRES_S = 30
GRACE_S = 5
NANOS = 1_000_000_000
CONSUMER_EXISTS = (10012, 10013, 10148)
"""https://github.com/nats-io/nats-server/blob/main/server/errors.json"""


class ProtocolTooNew(Exception):
    """The namespace speaks a protocol that this host does not know."""


@dataclass(frozen=True)
class Offer:
    execution: str
    step: str
    attempt: int
    partition: int

    @property
    def key(self) -> str:
        return f"{self.execution}/{self.step}/{self.attempt}"


class OfferQueue:
    """Everything begins again on new inboxes whenever client and server may not agree on what was asked for."""

    def __init__(
        self,
        nats: NatsClient,
        namespace: str,
        role: str,
        free_seats: Callable[[], int],
        receive: Callable[[Offer], None],
        give_up: Callable[[Exception], None],
    ) -> None:
        """`receive` takes an offer, which is acknowledged already. `free_seats` counts those that nobody sits on.

        `give_up` is called when no offer can ever come, with the reason.
        """
        self._nats = nats
        self._namespace = namespace
        self._stream = f"TROUPE_{namespace}_OFFER"
        self._consumer = f"role-{role}"
        self._filter = f"troupe.{namespace}.offer.{role}.>"
        self._free_seats = free_seats
        self._receive = receive
        self._give_up = give_up
        self._asked: dict[int, int] = {}
        """Offers that are still owed, by the subscription on which they come."""
        self._preparing: asyncio.Task | None = None
        self._stopped = False

    def start(self) -> None:
        """Again after a reconnect: what was asked for on the connection before is lost."""
        self._drop_requests()
        if self._preparing is None and not self._stopped:
            self._preparing = asyncio.create_task(self._prepare())

    def stop(self) -> None:
        self._stopped = True
        self._drop_requests()
        if self._preparing is not None:
            self._preparing.cancel()

    def top_up(self) -> None:
        """A seat may have become free."""
        batch = self._free_seats() - sum(self._asked.values())
        if batch <= 0 or self._stopped or self._preparing is not None:
            return
        inbox = self._nats.new_inbox()
        sid = self._nats.subscribe(inbox, lambda message: self._on_message(sid, message))
        self._asked[sid] = batch
        request = json.dumps({"batch": batch, "expires": EXPIRES_S * NANOS}).encode()
        self._nats.publish(f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}", request, inbox)
        # The server says when a request expires; one about which it is silent is lost, perhaps with its consumer.
        loop = asyncio.get_running_loop()
        loop.call_later(EXPIRES_S + GRACE_S, lambda: sid in self._asked and self.start())

    async def _prepare(self) -> None:
        """Returns when the namespace and the role's consumer are there."""
        while True:
            try:
                await self._check_protocol()
                await self._make_consumer()
                break
            except ProtocolTooNew as problem:
                self._give_up(problem)
                return
            except (NatsError, TimeoutError, ValueError, KeyError) as problem:
                log.warning("offers cannot be asked for yet: %s", str(problem) or "no answer")
                await asyncio.sleep(RETRY_S)
        self._preparing = None
        self.top_up()

    async def _check_protocol(self) -> None:
        bucket = f"TROUPE_{self._namespace}_META"
        query = {"last_by_subj": f"$KV.{bucket}.namespace"}
        answer = await self._ask(f"STREAM.MSG.GET.KV_{bucket}", query)
        protocol = json.loads(base64.b64decode(answer["message"]["data"]))["protocol"]
        if protocol > PROTOCOL:
            raise ProtocolTooNew(f"the namespace speaks protocol {protocol}, this host {PROTOCOL}")

    async def _make_consumer(self) -> None:
        config = {
            "durable_name": self._consumer,
            "filter_subject": self._filter,
            "ack_policy": "explicit",
            "ack_wait": 2 * NANOS,
            "max_deliver": -1,
            "max_waiting": 8192,
        }
        create = f"CONSUMER.CREATE.{self._stream}.{self._consumer}.{self._filter}"
        await self._ask(create, {"stream_name": self._stream, "config": config}, CONSUMER_EXISTS)

    async def _ask(self, api: str, content: dict, harmless: tuple[int, ...] = ()) -> dict:
        request = json.dumps(content).encode()
        answer = (await self._nats.request(f"$JS.API.{api}", request, REQUEST_TIMEOUT_S)).json()
        error = answer.get("error")
        if error is not None and error.get("err_code") not in harmless:
            raise NatsError(f"{error.get('description')} ({api.partition('.TROUPE')[0]})")
        return answer

    def _on_message(self, sid: int, message: Message) -> None:
        if message.reply.startswith("$JS.ACK."):
            self._on_offer(sid, message)
        elif message.status == 408:
            self._forget(sid)
            self.top_up()
        elif message.status != 100 and sid in self._asked:
            log.warning("offers are asked for again: %s %s", message.status, message.description)
            asyncio.get_running_loop().call_later(RETRY_S, self.start)

    def _on_offer(self, sid: int, message: Message) -> None:
        if sid not in self._asked:
            self._nats.publish(message.reply, b"-NAK")
            return
        self._asked[sid] -= 1
        if self._asked[sid] == 0:
            self._forget(sid)
        try:
            said = message.json()
            offer = Offer(str(said["execution"]), str(said["step"]), int(said["attempt"]), int(said["partition"]))
        except (ValueError, KeyError, TypeError):
            log.warning("an offer that is none was dropped: %s", message.subject)
            self._nats.publish(message.reply, b"+TERM")
            self.top_up()
            return
        self._nats.publish(message.reply, b"+ACK")
        self._receive(offer)

    def _forget(self, sid: int) -> None:
        if self._asked.pop(sid, None) is not None:
            self._nats.unsubscribe(sid)

    def _drop_requests(self) -> None:
        """The server forgets what was asked for on an inbox that nobody listens to."""
        for sid in list(self._asked):
            self._forget(sid)
