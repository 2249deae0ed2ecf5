import { posix } from 'node:path';
import { type Import, importsOf } from './import-scan.ts';

/** What the files of one area may import. Paths are files or folders, relative to the root; the area itself is allowed. */
interface Area {
  readonly path: string;
  /** Also at run time. */
  readonly mayUse: readonly string[];
  /** With `import type` only. */
  readonly mayName?: readonly string[];
  /** Packages and Node's own modules; absent: any that no other area owns. */
  readonly packages?: readonly string[];
}

/** Words that every area shares: JSON values, the catalogue of errors, how times and traces are written. */
const SHARED = ['src/json.ts', 'src/errors.ts', 'src/iso-time.ts', 'src/trace-context.ts'];
/** Programs that are loaded, tasks and agents, may name Troupe wherever they lie. */
const OWN_PACKAGE = 'src/own-package.ts';
const CORE = ['machines', 'src/task', 'src/ports', 'src/engine', ...SHARED];
const ADAPTERS = ['src/adapters/memory', 'src/adapters/sqlite', 'src/adapters/nats'];
/** What no technology owns: the loop of a log that commits in groups, and the machine itself. */
const ADAPTERS_SHARE = ['src/adapters/log', 'src/adapters/system'];
const WIRED = [
  ...CORE,
  ...ADAPTERS,
  'src/adapters',
  'src/agent',
  'src/history',
  'src/provenance',
  'src/inspection',
  'src/notify',
  'src/orchestrator',
  'src/telemetry',
  'src/library',
];

/** The arrows of the architecture: who may know whom. The first area that holds a file decides about it. */
const AREAS: readonly Area[] = [
  {
    path: 'machines',
    // What agents say: data alone, the wire's words for it.
    mayUse: [
      'src/json.ts',
      'src/ports/agent-request.ts',
      'src/ports/ballot.ts',
      'src/ports/ballot-seal.ts',
      'src/ports/report-schemas.ts',
      // What a definition says, as functions of nothing but the definition.
      'src/task/asks.ts',
      'src/task/slug.ts',
    ],
    mayName: ['src/task'],
    packages: ['xstate', 'zod', 'canonicalize', 'node:crypto'],
  },
  {
    // The one file of the task language that reaches outside: it finds and reads files.
    path: 'src/task/read.ts',
    mayUse: ['src/task', OWN_PACKAGE, ...SHARED],
    packages: ['node:fs/promises', 'node:path', 'node:url'],
  },
  {
    path: 'src/task',
    mayUse: SHARED,
    packages: [
      '@marcbachmann/cel-js',
      'ajv',
      'liquidjs',
      'mdast',
      'remark-parse',
      'semver',
      'unified',
      'yaml',
      'zod',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:path',
      'node:url',
    ],
  },
  // The seal of a ballot is made by hosts and checked by the fold.
  { path: 'src/ports', mayUse: ['src/json.ts'], packages: ['zod', 'canonicalize', 'node:crypto'] },
  { path: 'src/errors.ts', mayUse: ['src/json.ts'], packages: [] },
  { path: 'src/json.ts', mayUse: [], packages: [] },
  { path: 'src/iso-time.ts', mayUse: [], packages: [] },
  { path: 'src/trace-context.ts', mayUse: [], packages: ['node:crypto'] },
  { path: OWN_PACKAGE, mayUse: [], packages: ['node:module', 'node:path'] },
  { path: 'src/engine', mayUse: CORE },
  ...ADAPTERS.map((path) => ({ path, mayUse: ['src/ports', ...ADAPTERS_SHARE, ...SHARED] })),
  ...ADAPTERS_SHARE.map((path) => ({ path, mayUse: ['src/ports', ...SHARED] })),
  { path: 'src/agent', mayUse: ['src/ports', 'src/task', OWN_PACKAGE, ...SHARED] },
  // The history is a SQLite file beside the store's: both are opened and explained in one place.
  {
    path: 'src/history',
    mayUse: [...CORE, 'src/adapters/sqlite/database.ts', 'src/adapters/sqlite/explain.ts'],
  },
  { path: 'src/notify', mayUse: ['src/ports', ...SHARED] },
  // Reads logs as the history does, for whoever asks where a value came from and whether a log is whole.
  { path: 'src/provenance', mayUse: [...CORE, 'src/history'] },
  // What a person sees of an execution: made from a log and nothing else, here or in the page.
  { path: 'src/inspection', mayUse: [...CORE, 'src/history', 'src/provenance'], packages: ['xstate'] },
  { path: 'src/orchestrator', mayUse: CORE },
  // Tells OpenTelemetry what an engine and an agent host do.
  {
    path: 'src/telemetry',
    mayUse: CORE,
    mayName: ['src/agent'],
    packages: ['@opentelemetry/api', 'node:crypto'],
  },
  // Plays the owner on the wire itself, so that it hears every message as it is.
  { path: 'src/conformance', mayUse: ['src/ports', 'src/adapters/nats', ...SHARED] },
  // Here the parts are put together.
  { path: 'src/library', mayUse: WIRED },
  // Puts the real parts together on virtual time, storage and network.
  { path: 'src/simulation', mayUse: [...WIRED, OWN_PACKAGE] },
  { path: 'src/testing.ts', mayUse: [...WIRED, 'src/simulation'] },
  // Statecharts in Stately's tools.
  { path: 'src/stately', mayUse: ['src/errors.ts', 'src/json.ts'] },
  { path: 'src/server', mayUse: [...WIRED, 'src/simulation', 'src/inspection', 'src/stately'] },
  // The same for coding agents.
  { path: 'src/mcp', mayUse: [...WIRED, 'src/inspection', 'src/server'] },
  { path: 'src/index.ts', mayUse: WIRED },
  { path: 'src/agent.ts', mayUse: WIRED },
  {
    path: 'src/cli',
    mayUse: [
      ...WIRED,
      'src/conformance',
      'src/inspection',
      'src/simulation',
      'src/server',
      'src/mcp',
      'src/stately',
      'src/index.ts',
    ],
  },
  // What ships beside the code: agents are programs of their own, tasks are data.
  { path: 'agents', mayUse: [], mayName: ['src'] },
  { path: 'tasks', mayUse: ['src/index.ts'], packages: [] },
  // Folds in the browser: what it runs of the sources has to be free of Node.
  {
    path: 'web/src/reader',
    mayUse: [...CORE, 'src/inspection', 'src/history', 'src/provenance', 'web/src/api/problem.ts'],
    mayName: ['src'],
  },
  { path: 'web/vite.config.ts', mayUse: [], packages: ['vite', '@vitejs/plugin-react', 'node:path'] },
  // Shows what the reader and the server say.
  {
    path: 'web',
    mayUse: ['src/json.ts', 'src/inspection/documents.ts', 'src/inspection/plain-title.ts'],
    mayName: ['src'],
  },
];

/** Packages that belong to one technology, and the only areas that may know it. */
const OWNED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'node:sqlite': ['src/adapters/sqlite', 'src/history'],
  '@nats-io/transport-node': ['src/adapters/nats'],
  '@nats-io/jetstream': ['src/adapters/nats'],
  '@nats-io/kv': ['src/adapters/nats'],
  '@nats-io/obj': ['src/adapters/nats'],
  hono: ['src/server'],
  '@hono/node-server': ['src/server'],
  '@hono/zod-openapi': ['src/server'],
  ws: ['src/server', 'src/stately'],
  '@statelyai/inspect': ['src/stately'],
  commander: ['src/cli'],
  '@opentelemetry/api': ['src/telemetry'],
  'prom-client': ['src/server'],
  graphql: ['src/server'],
  '@modelcontextprotocol/server': ['src/mcp', 'src/cli'],
};

/** Every import of the module that goes against the arrows, one line of text each; empty when all is well. */
export function violationsIn(file: string, source: string): string[] {
  const area = AREAS.find(({ path }) => isWithin(file, path));
  if (area === undefined) return [`${file}: belongs to no area; give its folder arrows in arrows.ts`];
  return importsOf(source)
    .filter((imported) => !isAllowed(area, file, imported))
    .map(({ specifier, line }) => `${file}:${line}: ${area.path} must not import ${specifier}`);
}

function isAllowed(area: Area, file: string, { specifier, isTypeOnly }: Import): boolean {
  if (!specifier.startsWith('.')) return isAllowedPackage(area, packageOf(specifier));
  const target = posix.join(posix.dirname(file), specifier);
  const allowed = [area.path, ...area.mayUse, ...(isTypeOnly ? (area.mayName ?? []) : [])];
  return allowed.some((path) => isWithin(target, path));
}

function isAllowedPackage(area: Area, name: string): boolean {
  const owners = OWNED_PACKAGES[name];
  if (owners !== undefined) return owners.includes(area.path);
  return area.packages === undefined || area.packages.includes(name);
}

/** `@scope/name/deep` is the package `@scope/name`; `node:fs/promises` stays whole. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isWithin(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}
