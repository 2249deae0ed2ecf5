import type { ActorNode } from '../../../../src/inspection/documents.ts';

export interface ActorRow {
  readonly actor: ActorNode;
  readonly depth: number;
  /** Null: it has no children. */
  readonly isOpen: boolean | null;
}

/** With more actors than this, phases are closed at first. */
const CLOSE_OVER = 300;

/** The tree as rows. With a search, what matches and what stands above it. */
export function actorRows(
  root: ActorNode,
  { toggled, search }: { readonly toggled: ReadonlyMap<string, boolean>; readonly search: string },
): readonly ActorRow[] {
  const words = search.trim().toLowerCase();
  const rows: ActorRow[] = [];
  if (words !== '') {
    collect(root, 0);
    return rows;
  }
  const isSmall = countOf(root) <= CLOSE_OVER;
  list(root, 0);
  return rows;

  function list(actor: ActorNode, depth: number): void {
    const hasChildren = actor.children.length > 0;
    const isOpen = toggled.get(actor.id) ?? (isSmall || depth === 0);
    rows.push({ actor, depth, isOpen: hasChildren ? isOpen : null });
    if (isOpen) for (const child of actor.children) list(child, depth + 1);
  }

  /** Whether it or something below it matches. */
  function collect(actor: ActorNode, depth: number): boolean {
    const place = rows.length;
    rows.push({ actor, depth, isOpen: actor.children.length > 0 ? true : null });
    let isFound = [actor.title, actor.machine, actor.state].some((text) =>
      text.toLowerCase().includes(words),
    );
    for (const child of actor.children) isFound = collect(child, depth + 1) || isFound;
    if (!isFound) rows.length = place;
    return isFound;
  }
}

function countOf(actor: ActorNode): number {
  return actor.children.reduce((sum, child) => sum + countOf(child), 1);
}

/** The actor with the id, or the one that works on the step. */
export function findActor(root: ActorNode, matches: (actor: ActorNode) => boolean): ActorNode | undefined {
  if (matches(root)) return root;
  for (const child of root.children) {
    const found = findActor(child, matches);
    if (found !== undefined) return found;
  }
  return undefined;
}
