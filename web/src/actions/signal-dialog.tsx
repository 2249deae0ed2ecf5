import { useState } from 'react';
import type { Json } from '../../../src/json.ts';
import { Field } from '../parts/field.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { Problem } from '../parts/problem.tsx';
import { ActionDialog } from './action-dialog.tsx';
import { signalsIn } from './live-steps.ts';
import { readPayload } from './payload.ts';
import { useControl } from './send-control.ts';
import { useExecution } from './use-execution.ts';

/** Sends a signal that a step waits for. */
export function SignalDialog({
  execution,
  onClose,
}: {
  readonly execution: string;
  readonly onClose: () => void;
}) {
  const { report, source, error } = useExecution(execution);
  const signals =
    report === undefined || source === undefined ? [] : signalsIn(report, source.pinned.definition);
  const [chosen, setName] = useState<string | undefined>();
  const [text, setText] = useState('');
  const name = chosen ?? signals[0]?.name ?? '';
  const schema = signals.find((signal) => signal.name === name)?.schema;
  const payload = readPayload(text);
  const control = useControl(execution);
  return (
    <ActionDialog
      title="Send a signal"
      verb="Send"
      isBusy={control.isPending}
      reason={name === '' ? 'It waits for no signal' : undefined}
      error={control.error}
      onClose={onClose}
      onSubmit={() => control.mutate({ kind: 'signal', name, payload }, { onSuccess: onClose })}
    >
      {error ? <Problem error={error} /> : null}
      {report !== undefined && source !== undefined && signals.length === 0 ? (
        <p>No step waits for a signal, or will.</p>
      ) : null}
      <Field label="Signal">
        {(field) => (
          <select {...field} value={name} onChange={(event) => setName(event.target.value)}>
            {signals.map(({ name: each, isWaitedFor }) => (
              <option key={each} value={each}>
                {isWaitedFor ? each : `${each} (not waited for yet)`}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="What it brings" note="JSON or a text; may be left out">
        {(field) => (
          <textarea
            {...field}
            rows={5}
            spellCheck={false}
            style={{ fontFamily: 'var(--mono)', fontSize: 'var(--text-mono)' }}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      {schema === undefined ? null : (
        <details>
          <summary>What the step asks for (JSON Schema)</summary>
          <JsonTree value={schema as Json} label="Schema" hasSearch={false} />
        </details>
      )}
    </ActionDialog>
  );
}
