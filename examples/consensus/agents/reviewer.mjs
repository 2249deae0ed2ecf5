// Reads a ballot and votes. In the second round it listens to the others.
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { agent, input, ballot } = JSON.parse(text);

const limits = { tester: 500, security: 200, writer: 1000 };
const others = ballot.others ?? [];
const for_ = others.filter(({ choice }) => choice === 'approve').length;
const against = others.length - for_;

function vote() {
  if (others.length > 0 && for_ >= against)
    return { choice: 'approve', reason: 'the others have convinced me' };
  return input.lines <= limits[agent]
    ? { choice: 'approve', reason: `${input.lines} lines can be read` }
    : { choice: 'reject', reason: `more than ${limits[agent]} lines` };
}

console.log(JSON.stringify({ output: { read: input.change }, vote: vote() }));
