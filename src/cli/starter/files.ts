import { EDITOR, EDITOR_PROGRAM, READER, READER_PROGRAM } from './agents.ts';

export interface StarterFile {
  /** Relative to the project's folder, with `/`. */
  readonly path: string;
  readonly content: string;
}

/** The command that runs the starter. */
export const FIRST_COMMAND = 'troupe run review-text -i text="The cat sat on the mat. It was not amused."';

/** What `troupe init` writes: a task and two agents that really run, and a page that says how to go on. */
export const STARTER_FILES: readonly StarterFile[] = [
  { path: 'tasks/review-text.md', content: task() },
  { path: 'agents/reader.md', content: READER },
  { path: 'agents/reader.mjs', content: READER_PROGRAM },
  { path: 'agents/editor.md', content: EDITOR },
  { path: 'agents/editor.mjs', content: EDITOR_PROGRAM },
  { path: 'HELLO.md', content: readme() },
];

function task(): string {
  return `# Review a text

\`\`\`yaml
name: review-text
description: Measures a text, then says how to make it easier to read
version: 1.0.0
maxExecutionTime: 5 minutes
retry:
  maxAttempts: 2
  backoffMs: 500
requirements:
  text: string
\`\`\`

## Phase: Measure

### Steps
- validation: size(input.text) > 0 - There is no text to review
- agent: reader - Count words and sentences

### Outputs
- words
- wordsPerSentence

## Phase: Advise
dependsOn: [Measure]

### Steps
- agent: editor - Say what would make it easier to read

### Outputs
- score
- advice
`;
}

function readme(): string {
  return `# The first task

\`tasks/review-text.md\` is a task: two phases, one agent each. The agents are in \`agents/\`, a Markdown file that says what the agent is
and a small program that does its work: it reads a request as JSON from standard input and prints the answer.

    ${FIRST_COMMAND}

Then:

    troupe list                        # what ran
    troupe show ID                     # phases, steps, outputs, where the time went
    troupe validate tasks/*.md         # is every task file well?
    troupe plan review-text            # in which order it runs

Change the file, run it again. Kill it half-way and go on with \`troupe resume ID\`: what was done is not done twice.
`;
}
