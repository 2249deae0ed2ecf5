import type { Classification } from './classify.ts';
import { OVERVIEW, TOPICS, type Topic } from './topics.ts';

/** One agent to ask, as an item of the phase that asks it. */
export interface Chosen {
  readonly agent: string;
  readonly instruction: string;
  readonly duty: 'analyse' | 'size';
  readonly horizon: string;
  /** Calendar months asked about, as `4, 5`; empty for those of the horizon. */
  readonly months: string;
  readonly because: string;
}

const FEWEST = 3;
const MOST = 5;

/** Three to five agents: those of the main topic first, then the best of each other topic, then those who give an overview. */
export function selectAgents({
  topics,
  horizon,
  months,
}: Pick<Classification, 'topics' | 'horizon' | 'months'>): Chosen[] {
  const [main = OVERVIEW, ...others] = topics.map(({ topic }) => topicNamed(topic));
  const wanted = [
    ...main.agents.slice(0, FEWEST).map((agent) => ({ agent, topic: main })),
    ...others.flatMap((topic) => topic.agents.slice(0, 2).map((agent) => ({ agent, topic }))),
    ...OVERVIEW.agents.map((agent) => ({ agent, topic: OVERVIEW })),
  ];
  const first = wanted.filter(
    ({ agent }, index) => wanted.findIndex((other) => other.agent === agent) === index,
  );
  const asked = first.filter(({ topic }, index) => topic !== OVERVIEW || index < FEWEST).slice(0, MOST);
  return asked.map(({ agent, topic }) => ({
    agent,
    instruction: topic.instruction,
    duty: agent === 'position-sizer' ? 'size' : 'analyse',
    horizon,
    months: months.join(', '),
    because: `the question is about ${topic.name}`,
  }));
}

function topicNamed(name: string): Topic {
  return TOPICS.find((topic) => topic.name === name) ?? OVERVIEW;
}
