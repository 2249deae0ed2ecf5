// The hotel's desk is busy at first: the compensation is tried again, as its `retry` says.
import { text } from 'node:stream/consumers';

const { attempt, compensates } = JSON.parse(await text(process.stdin));

if (compensates === undefined) {
  console.log(JSON.stringify({ output: { booking: 'R-4', price: 200 } }));
} else if (attempt === 1) {
  console.log(JSON.stringify({ error: { message: 'the line is busy', class: 'crash' } }));
} else {
  console.log(JSON.stringify({ output: { cancelled: compensates.output?.booking ?? null } }));
}
