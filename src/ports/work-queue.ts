/** Offers of work to agent hosts. At-least-once: the claim decides, not the queue. */

export interface Offer {
  /** `<execution>/<step>/<attempt>`; offering the same id again changes nothing. */
  readonly id: string;
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly role: string;
  /** Higher first within an execution; across executions first come, first served. */
  readonly priority: number;
  /** Digest of what the execution pins, agents' files included; a host that runs agents from its own files ignores it. */
  readonly pinned?: string | undefined;
  /** W3C trace context, see `AgentRequest`. */
  readonly traceparent?: string | undefined;
}

/** One host's hold on a role. The queue calls `receive` while the consumer has room. */
export interface OfferConsumer {
  readonly role: string;
  /** How many more offers may be handed over now: a queue that has to ask for them asks for no more. */
  room(): number;
  /** Takes the offer; it is gone from the queue. The host claims it or lets it go: the owner offers again. */
  receive(offer: Offer): void;
}

export interface Consumption {
  /** Whether it is known that no offer waits for a host of the role. Absent: nobody knows. */
  readonly isEmpty?: boolean;
  /** Tells the queue that the consumer may have room again. */
  roomy(): void;
  stop(): void;
}

export interface WorkQueue {
  offer(offer: Offer): void;
  /** Takes an offer back if nobody has received it yet. */
  withdraw(offerId: string): void;
  consume(consumer: OfferConsumer): Consumption;
}
