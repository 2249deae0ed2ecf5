// A compensation gets what it undoes as `compensates`. Of an uncertain step it has no output: what was booked, if anything, has to be
// found by what both attempts were given, the key that is the same for all attempts of one run.
import { text } from 'node:stream/consumers';

const { step, compensates } = JSON.parse(await text(process.stdin));

if (compensates !== undefined) {
  const { uncertain = false, output } = compensates;
  console.log(JSON.stringify({ output: { cancelled: uncertain ? null : output.booking } }));
} else if (step === 'tickets') {
  console.log(JSON.stringify({ output: { tickets: ['A1', 'A2'] } }));
} else {
  console.log(JSON.stringify({ output: { booking: 'F-17', price: 300 } }));
}
