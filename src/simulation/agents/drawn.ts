import { FAILURE_CLASSES, type FailureClass } from '../../ports/agent-request.ts';
import { performRule } from './perform-rule.ts';
import type { Drawn, Output, ScriptContext, ScriptFunction } from './script.ts';

/** The script that draws how each attempt goes. @param otherwise gives the output where the script names none */
export function drawnScript(
  { latency, failures = {}, usage, output, outputs }: Drawn,
  otherwise: ScriptFunction,
): ScriptFunction {
  return (request, context) => {
    const failure = drawFailure(failures, context.chance('failure'));
    const given = outputs === undefined ? output : drawOutput(outputs, context);
    return performRule(
      {
        latency,
        usage,
        output: given === undefined ? otherwise : given,
        fail: failure && { class: failure, message: `drawn with probability ${failures[failure]}` },
      },
      request,
      context,
    );
  };
}

/** In the order of the classes, so that the order in which a file names them does not matter. */
function drawFailure(failures: NonNullable<Drawn['failures']>, u: number): FailureClass | undefined {
  let sum = 0;
  return FAILURE_CLASSES.find((kind) => {
    sum += failures[kind] ?? 0;
    return u < sum;
  });
}

function drawOutput(outputs: NonNullable<Drawn['outputs']>, context: ScriptContext): Output | undefined {
  const total = outputs.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const drawn = context.chance('output') * total;
  let sum = 0;
  return outputs.find(({ weight = 1 }) => {
    sum += weight;
    return drawn < sum;
  })?.output;
}
