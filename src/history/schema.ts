/** `history.db`: one script for each version; the first makes version 1. A released script is never edited. */
export const HISTORY_MIGRATIONS = [
  `CREATE TABLE executions (
     id TEXT PRIMARY KEY,
     task TEXT NOT NULL,
     version TEXT NOT NULL,
     status TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     ended_at INTEGER,
     duration_ms INTEGER,
     phases_total INTEGER NOT NULL,
     phases_running INTEGER NOT NULL,
     phases_completed INTEGER NOT NULL,
     phases_failed INTEGER NOT NULL,
     phases_skipped INTEGER NOT NULL,
     phases_cancelled INTEGER NOT NULL,
     degraded INTEGER NOT NULL,
     error_code TEXT,
     error_message TEXT,
     waits_for TEXT,
     position INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX executions_by_start ON executions (started_at DESC, id DESC);
   CREATE INDEX executions_by_status ON executions (status, started_at DESC, id DESC);
   CREATE INDEX executions_by_task ON executions (task, started_at DESC, id DESC);

   CREATE TABLE logs (
     log TEXT PRIMARY KEY,
     read_to INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE executions ADD COLUMN rerun_of TEXT;
   ALTER TABLE executions ADD COLUMN rerun_from TEXT;`,
  // The rows are dropped: they are folded from the log again, with what lists and metrics need now. Each index holds all that a
  // filter looks at, so that skipping to a page reads no row of the table. The counts are kept, since every page says how many there are.
  `DROP TABLE executions;
   DELETE FROM logs;
   CREATE TABLE executions (
     id TEXT NOT NULL UNIQUE,
     task TEXT NOT NULL,
     version TEXT NOT NULL,
     status TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     ended_at INTEGER,
     duration_ms INTEGER,
     phases_total INTEGER NOT NULL,
     phases_running INTEGER NOT NULL,
     phases_completed INTEGER NOT NULL,
     phases_failed INTEGER NOT NULL,
     phases_skipped INTEGER NOT NULL,
     phases_cancelled INTEGER NOT NULL,
     degraded INTEGER NOT NULL,
     error_code TEXT,
     error_message TEXT,
     waits_for TEXT,
     rerun_of TEXT,
     rerun_from TEXT,
     position INTEGER NOT NULL,
     attention INTEGER NOT NULL,
     steps_total INTEGER NOT NULL,
     steps_done INTEGER NOT NULL,
     tokens REAL NOT NULL,
     usd REAL NOT NULL,
     working_ms REAL NOT NULL
   ) STRICT;
   CREATE INDEX executions_by_start ON executions (started_at DESC, id DESC, status, task);
   CREATE INDEX executions_by_attention ON executions (attention, started_at DESC, id DESC, status, task);

   CREATE TABLE counts (
     task TEXT NOT NULL,
     status TEXT NOT NULL,
     count INTEGER NOT NULL,
     PRIMARY KEY (task, status)
   ) STRICT, WITHOUT ROWID;
   CREATE TRIGGER count_new AFTER INSERT ON executions BEGIN
     INSERT INTO counts VALUES (new.task, new.status, 1) ON CONFLICT DO UPDATE SET count = count + 1;
   END;
   CREATE TRIGGER count_changed AFTER UPDATE ON executions
   WHEN new.status <> old.status OR new.task <> old.task BEGIN
     UPDATE counts SET count = count - 1 WHERE task = old.task AND status = old.status;
     INSERT INTO counts VALUES (new.task, new.status, 1) ON CONFLICT DO UPDATE SET count = count + 1;
   END;`,
  // Entries whose attempts are not counted yet, or no longer as they are, are few: the index holds these alone.
  `ALTER TABLE executions ADD COLUMN tallied INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX executions_untallied ON executions (started_at DESC, id DESC) WHERE tallied = 0;
   CREATE TABLE tallies (
     execution TEXT NOT NULL UNIQUE,
     task TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     position INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX tallies_by_task ON tallies (task, started_at DESC);
   CREATE INDEX tallies_by_start ON tallies (started_at DESC);`,
];
