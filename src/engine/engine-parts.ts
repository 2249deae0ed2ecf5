import type { Position } from '../ports/event-log.ts';
import { Appender } from './appender.ts';
import { Arrivals } from './arrivals.ts';
import { AwaitedControls } from './awaited-controls.ts';
import { Departures } from './departures.ts';
import { Desk } from './desk.ts';
import { Driver } from './driver.ts';
import { Effects } from './effects.ts';
import { Endings } from './endings.ts';
import type { EngineOptions } from './engine-options.ts';
import { Listeners } from './listeners.ts';
import type { Sources } from './load.ts';
import { OpenCommit } from './open-commit.ts';
import { Owned } from './owned.ts';
import { Partition } from './partition.ts';
import { PartitionDriver } from './partition-driver.ts';
import { Pins } from './pins.ts';
import { Reader } from './reader.ts';
import { Recovery } from './recovery.ts';
import { taskRules } from './rules.ts';
import { Teller } from './teller.ts';
import { Timers } from './timers.ts';
import { Watchers } from './watchers.ts';

const DEFAULT_LEASE_MS = 30_000;

/**
 * The parts of an engine, put together. They know one another only as far as is said here.
 * @param durable as the log says it, see `LogFollower`: for parts that read records which are durable already
 */
export function createParts(options: EngineOptions, durable: (position: Position) => void) {
  const { store, clock, logger } = options;
  const { log, snapshots, artifacts, ownership } = store;
  const pins = new Pins(artifacts);
  const rules = options.rules ?? taskRules;
  const { inspect } = options;
  const sources: Sources = { log, snapshots, artifacts, pins, rules };
  // Only of what is driven: those who look read the same logs.
  const driven: Sources = { ...sources, inspect };
  const partition = options.drivesAll === true ? new Partition() : undefined;
  const owned = new Owned({ ownership, logger });
  const commit = new OpenCommit();
  const controls = new AwaitedControls();
  const endings = new Endings();
  const listeners = new Listeners(logger);
  const watchers = new Watchers();
  if (options.tracing !== undefined) watchers.add(options.tracing);
  const teller = new Teller({ listeners, commit, clock });
  const recovery = new Recovery(clock, (execution) => reader.catchUp(execution));
  const onLost = (execution: string) => recovery.add(execution);
  const appender = new Appender({ ...options, onLost });
  const timers = new Timers(clock, (execution, timerId) => {
    if (concerns(owned, execution, timerId)) appender.append(execution, 'timer.fired', { timerId });
  });
  const desk = new Desk({
    ...options,
    appender,
    foldOf: (execution) => owned.foldOf(execution),
    isEnded: (execution) => partition?.ended.has(execution) === true,
    isParked: (execution) => owned.parked.has(execution),
    onLost,
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
  });
  const effects = new Effects({
    ...options,
    strategies: options.strategies ?? new Map(),
    aggregates: options.aggregates,
    timers,
    desk,
    appender,
    notifier: options.notifier,
    onLost,
    afterCommit: (work) => commit.after(work),
  });
  const driver = new Driver({
    rules,
    inspect,
    partition,
    effects,
    timers,
    desk,
    controls,
    teller,
    commit,
    recovery,
    watchers,
    logger,
    readAgain: (resident) => void reader.load(resident),
  });
  const reader: Reader = new Reader({
    sources: driven,
    owned,
    partition,
    driver,
    desk,
    effects,
    teller,
    commit,
    recovery,
    controls,
    endings,
    logger,
    durable,
  });
  const arrivals = new Arrivals({ ...options, owned, pins, reader });
  const departures = new Departures({
    owned,
    partition,
    effects,
    endings,
    teller,
    ownership,
    snapshots,
    logger,
  });
  const partitionDriver =
    partition &&
    new PartitionDriver({
      partition,
      sources: driven,
      owned,
      reader,
      timers,
      desk,
      effects,
      teller,
      commit,
      logger,
      durable,
    });
  return {
    sources,
    owned,
    commit,
    controls,
    endings,
    listeners,
    watchers,
    recovery,
    appender,
    timers,
    desk,
    effects,
    driver,
    reader,
    arrivals,
    departures,
    partition,
    partitionDriver,
  };
}

export type EngineParts = ReturnType<typeof createParts>;

/** Whether a deadline that is due concerns anybody: one that the state no longer holds does not. */
function concerns(owned: Owned, execution: string, timerId: string): boolean {
  if (!owned.has(execution)) return false;
  const fold = owned.foldOf(execution);
  return fold === undefined || fold.owes(timerId);
}
