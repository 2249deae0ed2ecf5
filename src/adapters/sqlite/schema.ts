/**
 * The log's database, `log.db`: what must survive a power cut. Every commit is an fsync, so nothing else is in here.
 *
 * Positions are the rowid and dense, since nothing is ever removed. The index keeps one execution's records together; ids of
 * records have none, because the fold refuses what it has seen (and a unique index would cost every append a third more).
 */
export const LOG_MIGRATIONS = [
  `CREATE TABLE records (
     position INTEGER PRIMARY KEY,
     at INTEGER NOT NULL,
     execution TEXT NOT NULL,
     id TEXT NOT NULL,
     source TEXT NOT NULL,
     type TEXT NOT NULL,
     data TEXT NOT NULL
   ) STRICT;
   CREATE INDEX records_by_execution ON records (execution, position);

   CREATE TABLE owners (
     execution TEXT PRIMARY KEY,
     process TEXT,
     ended INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX owners_of_live ON owners (process, execution) WHERE ended = 0;

   CREATE TABLE meta (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   INSERT INTO meta (name, value) VALUES ('data_id', lower(hex(randomblob(10))));`,
];

/**
 * `local.db`: what only this machine needs and a power cut may take. It is a database of its own because its writes neither wait for
 * the disk nor for the log's commits.
 */
export const LOCAL_MIGRATIONS = [
  `CREATE TABLE processes (
     process TEXT PRIMARY KEY,
     pid INTEGER NOT NULL,
     hostname TEXT NOT NULL,
     started_at INTEGER NOT NULL,
     start_time TEXT NOT NULL,
     boot_id TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE snapshots (
     execution TEXT PRIMARY KEY,
     position INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;

   CREATE TABLE hosts (
     host TEXT PRIMARY KEY,
     process TEXT NOT NULL,
     presence TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE process_groups (
     execution TEXT NOT NULL,
     step TEXT NOT NULL,
     attempt INTEGER NOT NULL,
     pgid INTEGER NOT NULL,
     start_time TEXT NOT NULL,
     boot_id TEXT NOT NULL,
     PRIMARY KEY (execution, step, attempt)
   ) STRICT, WITHOUT ROWID;`,
  // Who wrote it down; of those before this column nobody knows, and whoever adopts the execution ends them.
  `ALTER TABLE process_groups ADD COLUMN process TEXT NOT NULL DEFAULT '';`,
  `CREATE TABLE responses (
     key TEXT PRIMARY KEY,
     value TEXT NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX responses_by_end ON responses (expires_at);`,
];
