"""Large values: content by its sha256 in Troupe's object store, read and written with plain NATS messages.

A reference `{"$artifact": "sha256:HEX", "bytes": N}` stands in a value for content that is kept here. The bucket is a
JetStream stream: chunks under `$O.BUCKET.C.NUID`, then one entry under `$O.BUCKET.M.BASE64URL(NAME)` that names them.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from typing import Any

from nats_client import Message, NatsClient, NatsError

INLINE_LIMIT_BYTES = 64 * 1024
"""Values whose JSON is larger travel as references."""

CHUNK_BYTES = 128 * 1024
VALUE_TYPE = "application/json"
REQUEST_TIMEOUT_S = 5
NOT_FOUND = 10037  # "no message found", https://github.com/nats-io/nats-server/blob/main/server/errors.json


class ArtifactMissing(Exception):
    """The content is not there, or is not what its digest says."""


class Artifacts:
    def __init__(self, nats: NatsClient, namespace: str) -> None:
        self._nats = nats
        self._bucket = f"TROUPE_{namespace}_ARTIFACTS"

    async def get(self, digest: str) -> bytes:
        """`digest`: sha256:HEX. Raises ArtifactMissing."""
        name = digest.removeprefix("sha256:")
        entry = await self._entry(name)
        if entry is None:
            raise ArtifactMissing(digest)
        content = await self._chunks(f"$O.{self._bucket}.C.{entry['nuid']}", entry["chunks"])
        if hashlib.sha256(content).hexdigest() != name:
            raise ArtifactMissing(f"{digest} has other content")
        return content

    async def put(self, content: bytes, media_type: str) -> dict[str, Any]:
        """Returns the reference. Content that is there already is not sent again."""
        sha = hashlib.sha256(content)
        name = sha.hexdigest()
        if await self._entry(name) is None:
            nuid = secrets.token_hex(11)
            chunks = [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
            for chunk in chunks:
                await self._publish(f"$O.{self._bucket}.C.{nuid}", chunk)
            entry = {
                "name": name,
                "bucket": self._bucket,
                "nuid": nuid,
                "size": len(content),
                "chunks": len(chunks),
                "digest": "SHA-256=" + base64.urlsafe_b64encode(sha.digest()).decode(),
                "mtime": "0001-01-01T00:00:00Z",
                "options": {"max_chunk_size": CHUNK_BYTES},
                "metadata": {"mediaType": media_type},
            }
            # Without the header Nats-Rollup, which other object stores want here: this one lets nobody remove anything.
            await self._publish(self._entry_subject(name), json.dumps(entry).encode())
        return {"$artifact": f"sha256:{name}", "bytes": len(content), "mediaType": media_type}

    async def load(self, value: Any) -> Any:
        """The value with every reference to a value replaced by it; references to files stay as they are."""
        if isinstance(value, list):
            return list(await asyncio.gather(*map(self.load, value)))
        if not isinstance(value, dict):
            return value
        if _is_value_reference(value):
            return json.loads(await self.get(value["$artifact"]))
        loaded = await asyncio.gather(*map(self.load, value.values()))
        return dict(zip(value.keys(), loaded, strict=True))

    async def store_if_large(self, value: Any) -> Any:
        """The value itself, or a reference to it when its JSON is larger than 64 KiB."""
        text = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        return value if len(text) <= INLINE_LIMIT_BYTES else await self.put(text, VALUE_TYPE)

    async def _entry(self, name: str) -> dict[str, Any] | None:
        found = await self._stored({"last_by_subj": self._entry_subject(name)})
        if found is None:
            return None
        entry = json.loads(found[1])
        return None if entry.get("deleted") else entry

    async def _chunks(self, subject: str, count: int) -> bytes:
        content, sequence = b"", 0
        for _ in range(count):
            found = await self._stored({"seq": sequence + 1, "next_by_subj": subject})
            if found is None:
                raise ArtifactMissing(f"a chunk of {subject} is gone")
            sequence, chunk = found
            content += chunk
        return content

    async def _stored(self, query: dict[str, Any]) -> tuple[int, bytes] | None:
        """Sequence and content of the message that fits the query."""
        api = f"$JS.API.STREAM.MSG.GET.OBJ_{self._bucket}"
        answer = (await self._nats.request(api, json.dumps(query).encode(), REQUEST_TIMEOUT_S)).json()
        if "error" in answer:
            if answer["error"].get("err_code") == NOT_FOUND:
                return None
            raise NatsError(answer["error"].get("description", "the object store does not answer"))
        message = answer["message"]
        return message["seq"], base64.b64decode(message.get("data", ""))

    async def _publish(self, subject: str, data: bytes) -> None:
        answer: Message = await self._nats.request(subject, data, REQUEST_TIMEOUT_S)
        if "error" in (said := answer.json()):
            raise NatsError(said["error"].get("description", "the object store takes nothing"))

    def _entry_subject(self, name: str) -> str:
        return f"$O.{self._bucket}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"


def _is_value_reference(value: dict[str, Any]) -> bool:
    digest = value.get("$artifact")
    return (
        isinstance(digest, str)
        and digest.startswith("sha256:")
        and isinstance(value.get("bytes"), int)
        and value.get("mediaType") == VALUE_TYPE
        and "name" not in value
    )
