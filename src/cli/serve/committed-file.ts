import { execa } from 'execa';

/** A larger file is no text that a person reads beside another. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * A file as git has it in the newest commit before a time; undefined where there is no repository, no such commit or no such file in it.
 *
 * @param at ms since 1970
 */
export async function committedFile(cwd: string, path: string, at: number): Promise<Uint8Array | undefined> {
  const git = { cwd, encoding: 'buffer', maxBuffer: MAX_BYTES, stdin: 'ignore', timeout: 10_000 } as const;
  try {
    const before = `--before=${Math.floor(at / 1000)}`;
    const { stdout } = await execa('git', ['rev-list', '-1', before, 'HEAD'], git);
    const revision = new TextDecoder().decode(stdout).trim();
    if (!/^[0-9a-f]{40,64}$/.test(revision)) return undefined;
    // `./`: from the working directory, whatever the path looks like.
    return (await execa('git', ['show', `${revision}:./${path}`], { ...git, stripFinalNewline: false }))
      .stdout;
  } catch {
    return undefined;
  }
}
