import type { Digests } from '../../machines/ledger.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { fileDigests } from './file-digests.ts';
import type { Fold } from './fold.ts';

/** Artifacts that steps reported, of which a checkpoint keeps the digests. */
const MOST_REPORTED = 200;

interface MeasureTools {
  readonly artifacts: ArtifactStore;
  readonly files?: WorkingFiles | undefined;
}

/** The artifacts of the checkpoint at this position, as they are now: its files, and what steps had reported when it was made. */
export async function measureArtifacts(fold: Fold, position: number, tools: MeasureTools): Promise<Json> {
  const { paths, digests } = fold.world.ledger.measures.get(position) ?? { paths: [] };
  if (tools.files === undefined)
    throw new EvaluationFailure('Nothing here can read the files of the working directory');
  const [files, reported] = await Promise.all([
    read(tools.files, paths),
    digests === undefined ? reportedIn(fold) : stillThere(digests, tools.artifacts),
  ]);
  return { digests: { ...files, ...reported } };
}

async function read(files: WorkingFiles, paths: readonly string[]): Promise<Digests> {
  try {
    return await fileDigests(paths, files);
  } catch (error) {
    throw new EvaluationFailure(error instanceof Error ? error.message : String(error));
  }
}

function reportedIn({ world: { ledger } }: Fold): { readonly [path: string]: string } {
  const reported = [...ledger.phases.values()].flatMap(({ results }) =>
    [...results.values()].flatMap(({ status, step, artifacts = [] }) =>
      status === 'succeeded'
        ? artifacts.map(({ name, $artifact }, at) => [`${PREFIX}${step}/${name ?? at}`, $artifact] as const)
        : [],
    ),
  );
  return Object.fromEntries(reported.slice(0, MOST_REPORTED));
}

async function stillThere(digests: { readonly [path: string]: string | null }, artifacts: ArtifactStore) {
  const reported = Object.entries(digests).filter(([path]) => path.startsWith(PREFIX));
  const found = reported.map(async ([path, digest]) => {
    const isThere = digest !== null && (await artifacts.has(digest));
    return [path, isThere ? digest : null] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Tells what a step reported from a file. */
const PREFIX = 'step:';
