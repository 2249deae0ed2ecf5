/** Tells people, by whatever means they chose. */
export interface Notifier {
  /**
   * Tells everybody who wants to hear of this kind, and tries again where that fails. Resolves with what came of it; never rejects. The same
   * notification may come again after a crash: `id` tells.
   */
  tell(notification: Notification): Promise<readonly Delivery[]>;
}

export interface Notification {
  /** The same each time that it is told: `EXECUTION/notice/…`. */
  readonly id: string;
  readonly execution: string;
  readonly task: string;
  readonly kind: 'failure' | 'approval' | 'deviation';
  /** In words, for a person. */
  readonly message: string;
  /** When it came to be, ISO 8601. */
  readonly at: string;
  readonly phase?: string | undefined;
  readonly step?: string | undefined;
  /** Of a failure: `failed`, `timedOut`, `rolledBack`, `suspended`. */
  readonly status?: string | undefined;
  /** Of an approval: `asked`, `reminder`, `escalated`. */
  readonly about?: string | undefined;
  /** Of a deviation: what follows. */
  readonly reaction?: string | undefined;
}

export interface Delivery {
  /** Of the target. */
  readonly name: string;
  readonly ok: boolean;
  readonly tries: number;
  readonly error?: string | undefined;
}
