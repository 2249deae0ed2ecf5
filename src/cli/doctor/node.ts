import { satisfies } from 'semver';
import { type Finding, ok, problem } from './finding.ts';

/** What package.json asks for under `engines`. */
const NEEDED_NODE = '>=24.15';

export function checkNode(version: string): Finding {
  if (satisfies(version, NEEDED_NODE)) return ok('Node', version);
  return problem(
    'Node',
    `${version} is too old: Troupe needs ${NEEDED_NODE}.`,
    'Install the present Node LTS (https://nodejs.org), or use npm run in a checkout, which brings its own.',
  );
}
