import { connect, type NatsConnection } from '@nats-io/transport-node';

/** Hears what owners tell hosts of their reports: that they were folded (I8). */
export class Acknowledgements {
  /** Ids of reports. */
  readonly reports = new Set<string>();
  readonly #connection: NatsConnection;

  static async hear(url: string): Promise<Acknowledgements> {
    const { hostname, port } = new URL(url);
    const servers = `${hostname}:${port}`;
    const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    return new Acknowledgements(connection);
  }

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    connection.subscribe('troupe.default.host.*.confirmed', {
      callback: (_error, message) => {
        const { reports } = message.json<{ readonly reports: readonly string[] }>();
        for (const report of reports) this.reports.add(report);
      },
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
