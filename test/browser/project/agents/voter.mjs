// Two voices that never agree.
import { readFileSync } from 'node:fs';

const { agent } = JSON.parse(readFileSync(0, 'utf8'));
const vote =
  agent === 'buyer'
    ? { choice: 'approve', reason: 'It is the cheapest that delivers in time.' }
    : { choice: 'reject', reason: 'The penalty clause is missing.' };
console.log(JSON.stringify({ output: { read: true }, vote }));
