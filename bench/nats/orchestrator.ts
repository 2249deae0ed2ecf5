import { startOrchestrator } from '../../src/index.ts';

/** The orchestrator's process of a benchmark: url, then how long the owners' lease is in ms. */
const [nats = '', ownerLeaseMs = '2000'] = process.argv.slice(2);
const orchestrator = await startOrchestrator({
  nats,
  ownerLeaseMs: Number(ownerLeaseMs),
  logger: {
    debug: () => undefined,
    info: () => undefined,
    warn: (details, message) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
    error: (details, message) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  },
});
while (orchestrator.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
process.send?.('ready');
process.on('message', (message) => {
  if (message === 'memory') {
    globalThis.gc?.();
    process.send?.({ rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed });
  } else if (message === 'owned') {
    process.send?.(orchestrator.owned);
  } else if (message === 'cpu') {
    process.send?.(process.cpuUsage());
  }
});
process.once('SIGTERM', () => void orchestrator.stop().then(() => process.exit(0)));
