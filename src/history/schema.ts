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
];
