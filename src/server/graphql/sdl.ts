/** What `/graphql` answers; the document is served as it stands at `/graphql/schema`. Instants are ISO 8601, durations ms. */
export const SDL = `"""An ISO 8601 time."""
scalar DateTime

"""Any JSON value, as people and agents wrote it."""
scalar JSON

type Query {
  """Undefined ids give null."""
  execution(id: ID!): Execution
  executions(
    status: [String!]
    task: String
    """Part of an id or of a task's name."""
    search: String
    since: DateTime
    until: DateTime
    order: Order = NEWEST
    offset: Int = 0
    """At most 200."""
    limit: Int = 20
  ): ExecutionPage!
  """What waits for a person, the oldest first."""
  approvals: [Approval!]!
  agentHosts: [AgentHost!]!
  tasks: [Task!]!
  task(name: String!): Task
  """Of the executions that were under way between since (default: a day before until) and until (default: now)."""
  stats(since: DateTime, until: DateTime, task: String, agent: String, buckets: Int = 24): Stats!
}

enum Order {
  NEWEST
  """Those that run, then those that wait for a person, then those that stand still, then those that have ended."""
  ATTENTION
}

type ExecutionPage {
  executions: [Execution!]!
  total: Int!
  offset: Int!
  byStatus: [StatusCount!]!
}

type StatusCount {
  status: String!
  count: Int!
}

type Execution {
  id: ID!
  task: String!
  version: String!
  status: String!
  startedAt: DateTime!
  endedAt: DateTime
  """Null until it has ended."""
  durationMs: Float
  degraded: Boolean!
  error: Failure
  """What a live one waits for, in words."""
  waitsFor: String
  """False: no living process goes on with it."""
  isDriven: Boolean
  attention: String!
  stepCount: Int!
  stepsDone: Int!
  usage: Usage!
  """Why it is where it is."""
  why: Why!
  input: JSON
  outputs: JSON
  phases: [Phase!]!
  step(id: ID!): Step
  approvals: [Approval!]!
  """Its log, from the record that started it."""
  records(after: Float = 0, limit: Int = 50): RecordPage!
}

type Failure {
  code: String!
  message: String!
}

type Usage {
  tokens: Float!
  usd: Float!
  timeMs: Float!
}

type Why {
  kind: String!
  headline: String!
  reasons: [Reason!]!
  next: [Coming!]!
}

type Reason {
  text: String!
  who: [String!]!
  since: DateTime
  until: DateTime
  otherwise: String
  isAlarming: Boolean!
  step: ID
}

"""What happens by itself."""
type Coming {
  at: DateTime!
  what: String!
}

type Phase {
  name: String!
  status: String!
  degraded: Boolean!
  startedAt: DateTime
  endedAt: DateTime
  durationMs: Float
  error: Failure
  outputs: JSON
  steps: [Step!]!
}

type Step {
  id: ID!
  title: String!
  kind: String!
  agent: String
  status: String!
  attemptCount: Int!
  startedAt: DateTime
  endedAt: DateTime
  durationMs: Float
  output: JSON
  error: AttemptError
  claimedBy: String
  waitsFor: String
  """Claims of the step, in their order."""
  attempts: [Attempt!]!
}

type AttemptError {
  class: String!
  message: String!
}

type Attempt {
  number: Int!
  agent: String!
  host: String!
  claimedAt: DateTime!
  endedAt: DateTime
  """Null while it is at work."""
  outcome: String
  error: AttemptError
  tokens: Float
  usd: Float
}

type RecordPage {
  records: [Record!]!
  """What to ask for as after to get the next page; null: this was the last."""
  next: Float
}

type Record {
  position: Float!
  id: ID!
  at: DateTime!
  source: String!
  type: String!
  data: JSON
}

type Approval {
  execution: ID!
  task: String!
  phase: String!
  step: ID!
  question: String!
  since: DateTime!
  deadline: DateTime
  """Null: anyone may decide."""
  approvers: [String!]
  subject: JSON
  escalated: Boolean!
}

type AgentHost {
  host: ID!
  hostname: String!
  pid: Int!
  startedAt: DateTime!
  seenAt: DateTime!
  """It has not been heard of for a while."""
  isSilent: Boolean!
  roles: [HostRole!]!
}

type HostRole {
  role: String!
  concurrency: Int!
  busy: Int!
}

type Task {
  name: String!
  version: String
  description: String
  file: String!
  isShipped: Boolean!
  isValid: Boolean!
  source: String!
  input: [TaskField!]!
  phases: [TaskPhase!]!
}

type TaskField {
  field: String!
  type: String!
  required: Boolean!
  default: JSON
  description: String
  choices: [JSON!]
}

type TaskPhase {
  name: String!
  dependsOn: [String!]!
  steps: [TaskStep!]!
}

type TaskStep {
  id: ID!
  kind: String!
  agent: String
}

type Stats {
  since: DateTime!
  until: DateTime!
  bucketMs: Float!
  buckets: [Bucket!]!
  """Durations, failures, tasks and agents, as /api/stats has them."""
  all: JSON!
}

type Bucket {
  at: DateTime!
  started: Int!
  completed: Int!
  failed: Int!
  timedOut: Int!
  aborted: Int!
  rolledBack: Int!
  usd: Float!
  tokens: Float!
}
`;
