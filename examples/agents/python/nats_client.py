"""A NATS client in the standard library: publish, subscribe, request, headers, TLS, reconnect.

One TCP connection carries lines of text (https://docs.nats.io/reference/reference-protocols/nats-protocol):

    PUB subject [reply] length            SUB subject sid
    HPUB subject [reply] hlen total       MSG subject sid [reply] length
    PING / PONG                           HMSG subject sid [reply] hlen total

Nothing is kept while the connection is down: `publish` returns False and requests time out, so whoever needs an answer
asks again.
"""

import asyncio
import itertools
import json
import logging
import re
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

log = logging.getLogger("nats")

CONNECT_TIMEOUT_S = 5
RECONNECT_WAIT_S = 0.5
PING_INTERVAL_S = 10
AFTER_UNSUBSCRIBE_S = 2
LINE_LIMIT_BYTES = 1024 * 1024


class NatsError(Exception):
    """The server refused, or could not be reached."""


class NoResponders(NatsError):
    """Nobody listens to the subject of a request."""


@dataclass(frozen=True)
class Message:
    subject: str
    reply: str
    data: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    """Of a message that JetStream or the server sends about a request, such as 404, 408, 409 or 503; else 0."""
    description: str = ""

    def json(self):
        return json.loads(self.data)


Callback = Callable[[Message], None]


class NatsClient:
    """A connection that is made again whenever it breaks. All methods belong to one event loop."""

    def __init__(self, url: str, name: str, tls: ssl.SSLContext | None = None) -> None:
        """`url`: nats://USER:PASSWORD@HOST:PORT, nats://TOKEN@HOST:PORT, tls://…; several with commas between them."""
        parts = [urlsplit(one if "://" in one else f"nats://{one}") for one in url.split(",")]
        self._servers = [(part.hostname or "127.0.0.1", part.port or 4222) for part in parts]
        named = next((part for part in parts if part.username is not None), None)
        user = unquote(named.username) if named and named.username else None
        password = unquote(named.password) if named and named.password is not None else None
        self._credentials = {"auth_token": user} if password is None else {"user": user, "pass": password}
        if user is None:
            self._credentials = {}
        wants_tls = tls is not None or any(part.scheme == "tls" for part in parts)
        self._tls = (tls or ssl.create_default_context()) if wants_tls else None
        self._name = name
        # A user may be allowed to listen to inboxes of its own only.
        prefix = "_INBOX" if password is None else "_INBOX_" + re.sub(r"[^A-Za-z0-9_-]", "_", user or "")
        self._inbox = f"{prefix}.{secrets.token_hex(11)}"
        self.info: dict = {}
        self._writer: asyncio.StreamWriter | None = None
        self._subjects: dict[int, str] = {}
        self._callbacks: dict[int, Callback] = {}
        self._sids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._reply_ids = itertools.count(1)
        self._pongs: list[asyncio.Future[None]] = []
        self._reconnected: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task] = []

    @property
    def max_payload(self) -> int:
        return self.info.get("max_payload", 1024 * 1024)

    @property
    def connected(self) -> bool:
        return self._writer is not None

    async def connect(self) -> None:
        """Connects for the first time; raises NatsError when that fails."""
        self.subscribe(f"{self._inbox}.r.*", self._on_reply)
        reader = await self._open_any()
        self._tasks.append(asyncio.create_task(self._keep(reader)))
        self._tasks.append(asyncio.create_task(self._ping_regularly()))

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        """What was asked before the connection broke is lost; the callback asks again."""
        self._reconnected.append(callback)

    def publish(self, subject: str, data: bytes, reply: str = "", headers: dict[str, str] | None = None) -> bool:
        """Returns False when there is no connection, and then nothing was sent."""
        if self._writer is None:
            return False
        if len(data) > self.max_payload:
            raise NatsError(f"{len(data)} bytes are more than the server takes ({self.max_payload})")
        words = f"{subject} {reply} " if reply else f"{subject} "
        if headers:
            lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
            head = f"NATS/1.0\r\n{lines}\r\n".encode()
            self._writer.write(f"HPUB {words}{len(head)} {len(head) + len(data)}\r\n".encode() + head + data + b"\r\n")
        else:
            self._writer.write(f"PUB {words}{len(data)}\r\n".encode() + data + b"\r\n")
        return True

    def subscribe(self, subject: str, callback: Callback) -> int:
        """Also after a reconnect. The callback must not block."""
        sid = next(self._sids)
        self._subjects[sid] = subject
        self._callbacks[sid] = callback
        if self._writer is not None:
            self._writer.write(f"SUB {subject} {sid}\r\n".encode())
        return sid

    def new_inbox(self) -> str:
        """A subject that nobody else listens to, for answers of which there may be several."""
        return f"{self._inbox}.i.{next(self._reply_ids)}"

    def unsubscribe(self, sid: int) -> None:
        """What the server has sent already still reaches the callback."""
        if self._subjects.pop(sid, None) is not None and self._writer is not None:
            self._writer.write(f"UNSUB {sid}\r\n".encode())
        asyncio.get_running_loop().call_later(AFTER_UNSUBSCRIBE_S, self._callbacks.pop, sid, None)

    async def request(
        self, subject: str, data: bytes, timeout: float, headers: dict[str, str] | None = None
    ) -> Message:
        """Raises TimeoutError without an answer, NoResponders when nobody listens."""
        reply_id = str(next(self._reply_ids))
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._replies[reply_id] = future
        try:
            self.publish(subject, data, f"{self._inbox}.r.{reply_id}", headers)
            answer = await asyncio.wait_for(future, timeout)
        finally:
            del self._replies[reply_id]
        if answer.status == 503:
            raise NoResponders(f"nobody listens to {subject}")
        return answer

    async def flush(self, timeout: float = 5) -> None:
        """Returns when the server has read everything that was published before."""
        if self._writer is None:
            raise TimeoutError("not connected")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pongs.append(future)
        self._writer.write(b"PING\r\n")
        await asyncio.wait_for(future, timeout)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    # --- the connection ---

    async def _open_any(self) -> asyncio.StreamReader:
        failure: Exception = NatsError("no server was named")
        for host, port in self._servers:
            try:
                return await asyncio.wait_for(self._open(host, port), CONNECT_TIMEOUT_S)
            except (OSError, TimeoutError, NatsError, ValueError) as error:
                failure = NatsError(f"{host}:{port}: {error or type(error).__name__}")
        raise failure

    async def _open(self, host: str, port: int) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection(host, port, limit=LINE_LIMIT_BYTES)
        try:
            # The server speaks first, without TLS; the connection is encrypted after its first line.
            verb, _, text = (await reader.readline()).decode().partition(" ")
            if verb != "INFO":
                raise NatsError("this is no NATS server")
            self.info = json.loads(text)
            if self._tls is None and self.info.get("tls_required"):
                raise NatsError("the server wants TLS: use tls://")
            if self._tls is not None:
                await writer.start_tls(self._tls, server_hostname=host)
            hello = {
                "verbose": False,
                "pedantic": False,
                "tls_required": self._tls is not None,
                "name": self._name,
                "lang": "python-standard-library",
                "version": "1.0.0",
                "protocol": 1,
                "headers": True,
                "no_responders": True,
                **self._credentials,
            }
            writer.write(f"CONNECT {json.dumps(hello)}\r\nPING\r\n".encode())
            while (line := (await reader.readline()).strip()) != b"PONG":
                if line.startswith(b"-ERR") or line == b"":
                    raise NatsError(line.decode() or "the server closed the connection")
        except BaseException:
            writer.close()
            raise
        self._writer = writer
        for sid, subject in self._subjects.items():
            writer.write(f"SUB {subject} {sid}\r\n".encode())
        return reader

    async def _keep(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                await self._read(reader)
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                log.warning("the connection broke: %s", error)
            self._drop_connection()
            while self._writer is None:
                await asyncio.sleep(RECONNECT_WAIT_S)
                try:
                    reader = await self._open_any()
                except NatsError as error:
                    log.info("cannot connect: %s", error)
            log.info("connected again")
            for callback in self._reconnected:
                callback()

    def _drop_connection(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        for future in self._pongs:
            if not future.done():
                future.set_exception(TimeoutError("the connection broke"))
        self._pongs.clear()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if verb in ("MSG", "HMSG"):
                await self._read_message(reader, verb, rest.split())
            elif verb == "PING":
                if self._writer is not None:
                    self._writer.write(b"PONG\r\n")
            elif verb == "PONG":
                if self._pongs and not (future := self._pongs.pop(0)).done():
                    future.set_result(None)
            elif verb == "INFO":
                self.info = json.loads(rest)
            elif verb == "-ERR":
                log.error("the server refuses: %s", rest)
        log.warning("the server closed the connection")

    async def _read_message(self, reader: asyncio.StreamReader, verb: str, words: list[str]) -> None:
        sizes = 2 if verb == "HMSG" else 1
        subject, sid, reply = words[0], int(words[1]), words[2] if len(words) == 3 + sizes else ""
        block = await reader.readexactly(int(words[-1]) + 2)
        head = int(words[-2]) if verb == "HMSG" else 0
        headers, status, description = _parse_headers(block[:head])
        message = Message(subject, reply, block[head:-2], headers, status, description)
        callback = self._callbacks.get(sid)
        if callback is None:
            return
        try:
            callback(message)
        except Exception:  # one bad message must not end the connection
            log.exception("a message on %s could not be handled", subject)

    def _on_reply(self, message: Message) -> None:
        future = self._replies.get(message.subject.rpartition(".")[2])
        if future is not None and not future.done():
            future.set_result(message)

    async def _ping_regularly(self) -> None:
        while True:
            await asyncio.sleep(PING_INTERVAL_S)
            try:
                await self.flush(PING_INTERVAL_S)
            except TimeoutError:
                if self._writer is not None:
                    log.warning("the server does not answer")
                    self._writer.close()


def _parse_headers(block: bytes) -> tuple[dict[str, str], int, str]:
    """`NATS/1.0 408 Request Timeout`, then lines of `Key: value`."""
    if not block:
        return {}, 0, ""
    first, *lines = block.decode().strip().split("\r\n")
    _, _, said = first.partition(" ")
    status, _, description = said.strip().partition(" ")
    pairs = (line.partition(":") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}, int(status or 0), description
