import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** How deep fields may lie in one another; what asks about the schema itself has a bound of its own in `graphql`. */
const MOST_DEPTH = 10;
/** What one question may cost: about how many values are looked up. */
const MOST_COST = 20_000;
/** What a list without a limit is taken for. */
const LIST_SIZE = 10;
/** Fields that read a whole log. */
const READING_COST = 20;

const LISTS: ReadonlySet<string> = new Set([
  'approvals',
  'agentHosts',
  'tasks',
  'phases',
  'steps',
  'attempts',
  'reasons',
  'next',
  'roles',
  'byStatus',
  'input',
]);
/** Their lists are as long as their own argument says. */
const PAGES: { readonly [field: string]: number } = { executions: 20, records: 50, stats: 24 };
const READ: ReadonlySet<string> = new Set([
  'why',
  'phases',
  'step',
  'outputs',
  'records',
  'attempts',
  'approvals',
]);

/** What is too much of the question, before anything of it is looked up; undefined when all is well. The document has been validated. */
export function excessOf(
  document: DocumentNode,
  variables: { readonly [name: string]: unknown },
): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  let cost = 0;
  let deepest = 0;
  const walk = (selections: SelectionSetNode, depth: number, times: number, parent = ''): void => {
    deepest = Math.max(deepest, depth);
    if (cost > MOST_COST || depth > MOST_DEPTH) return;
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        if (name.startsWith('__')) continue;
        cost += times * (READ.has(name) ? READING_COST : 1);
        if (selection.selectionSet !== undefined)
          walk(selection.selectionSet, depth + 1, times * sizeOf(selection, parent, variables), name);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, depth, times, parent);
      else {
        // Fragments of fragments are many soon.
        cost += 1;
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) walk(fragment.selectionSet, depth, times, parent);
      }
    }
  };
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) walk(definition.selectionSet, 1, 1);
  if (deepest > MOST_DEPTH) return tooMuch(`It goes ${deepest} fields deep; ${MOST_DEPTH} are allowed.`);
  if (cost > MOST_COST)
    return tooMuch(
      `It would look up more than ${MOST_COST} values; ask for shorter pages, or for less of each.`,
    );
  return undefined;
}

function tooMuch(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'QUERY_TOO_LARGE' } });
}

/** How many a field's selection is looked up for. A page's list has the page's own name, and is counted with the page. */
function sizeOf(
  { name, arguments: given }: FieldNode,
  parent: string,
  variables: { readonly [name: string]: unknown },
): number {
  if (name.value === parent) return 1;
  const page = PAGES[name.value];
  if (page === undefined) return LISTS.has(name.value) ? LIST_SIZE : 1;
  const limit = given?.find(
    (argument) => argument.name.value === 'limit' || argument.name.value === 'buckets',
  )?.value;
  if (limit?.kind === Kind.INT) return Math.max(1, Number(limit.value));
  if (limit?.kind === Kind.VARIABLE) return Math.max(1, Number(variables[limit.name.value] ?? page));
  return page;
}
