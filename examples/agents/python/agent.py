#!/usr/bin/env python3
"""An agent of Troupe in Python's standard library alone.

    python3 agent.py --nats nats://USER:PASSWORD@HOST:4222 --namespace default --role ROLE

`answer` below is the work: put your own in its place.
"""

import argparse
import asyncio
import logging
import os
import re
import signal
import socket
import ssl
from typing import Any

from nats_client import NatsClient, NatsError
from offers import ProtocolTooNew
from troupe_host import AgentFailure, Attempt, Host


def answer(request: dict[str, Any], attempt: Attempt) -> Any:
    """Counts what is in the input's `text`, slowly when the input asks for `seconds`, so that a cancel can be watched.

    What is returned becomes the step's output. `AgentFailure` says why there is none.
    """
    given = request["input"]
    if "conformance" in given:
        return conformance(given, attempt)
    text = given.get("text")
    if not isinstance(text, str):
        raise AgentFailure("the input has no text", kind="fatal")
    for second in range(int(given.get("seconds", 0))):
        attempt.progress({"seconds": second})
        attempt.sleep(1)
    words = text.split()
    return {"words": len(words), "characters": len(text), "longest": max(words, key=len, default="")}


def conformance(given: dict[str, Any], attempt: Attempt) -> Any:
    """What `troupe agent --conformance ROLE` asks of an agent; see docs/protocol.md."""
    if given["conformance"] == "fail":
        raise AgentFailure(given["message"], kind=given["class"])
    if given["conformance"] == "work":
        for _ in range(int(given["seconds"] * 10)):
            attempt.progress("working")
            attempt.sleep(0.1)
    return {"value": given.get("value")}


async def run(options: argparse.Namespace) -> None:
    tls = ssl.create_default_context(cafile=options.ca) if options.ca else None
    nats = NatsClient(options.nats, f"{options.host} (Python)", tls)
    await nats.connect()
    host = Host(
        nats,
        namespace=options.namespace,
        role=options.role,
        work=answer,
        host=options.host,
        concurrency=options.concurrency,
    )
    await host.start()
    logging.info("%s offers %s in %s", options.host, options.role, options.namespace)
    asked_to_stop = asyncio.Event()

    def on_signal() -> None:
        # The first one lets the work at hand end; the second one gives it back.
        if asked_to_stop.is_set():
            host.stop_work()
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    asked = asyncio.create_task(asked_to_stop.wait())
    await asyncio.wait([asked, host.failed], return_when=asyncio.FIRST_COMPLETED)
    if asked.done():
        logging.info("leaving; once more to leave at once")
    await host.stop(drain_s=options.grace)
    try:
        await nats.flush(timeout=2)
    except TimeoutError:
        pass  # there is no server to take leave of
    await nats.close()
    if host.failed.done():
        raise host.failed.result()


def parse() -> argparse.Namespace:
    name = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:64]
    parser = argparse.ArgumentParser(description="An agent of Troupe in Python's standard library alone.")
    parser.add_argument("--nats", default="nats://127.0.0.1:4222", metavar="URL")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("--role", required=True, help="the agent that tasks name")
    parser.add_argument("--host", default=f"python-{name}-{os.getpid()}", help="unique in the namespace")
    parser.add_argument("--concurrency", type=int, default=4, help="attempts at once")
    parser.add_argument("--grace", type=float, default=30, help="seconds that work may take after SIGTERM")
    parser.add_argument("--ca", metavar="FILE", help="certificates that the server's is checked with")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def main() -> int:
    options = parse()
    level = logging.DEBUG if options.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(run(options))
    except (NatsError, ProtocolTooNew, ValueError) as problem:
        logging.error("%s", problem)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
