import type { ReactNode } from 'react';
import { Field } from '../parts/field.tsx';
import type { InputField, InputTexts } from './input-fields.ts';
import styles from './input-form.module.css';

/** The fields of a task's input, as controls. The form around them, and what it sends, is the caller's. */
export function InputForm({
  fields,
  texts,
  problems,
  onChange,
}: {
  readonly fields: readonly InputField[];
  readonly texts: InputTexts;
  readonly problems: { readonly [field: string]: string };
  readonly onChange: (texts: InputTexts) => void;
}) {
  return (
    <div className={styles.fields}>
      {fields.map((each) => {
        const { field, type, isRequired, description } = each;
        return (
          <div
            key={field}
            className={each.control === 'json' || each.control === 'long' ? styles.wide : undefined}
          >
            <Field
              label={<code>{field}</code>}
              note={isRequired ? type : `${type}, may be left out`}
              hint={description}
              problem={problems[field]}
            >
              {(control) =>
                controlOf(each, texts[field] ?? '', control, (text) => onChange({ ...texts, [field]: text }))
              }
            </Field>
          </div>
        );
      })}
    </div>
  );
}

function controlOf(
  { control: kind, choices, isRequired }: InputField,
  text: string,
  control: object,
  change: (text: string) => void,
): ReactNode {
  switch (kind) {
    case 'choice':
      return (
        <select {...control} value={text} onChange={(event) => change(event.target.value)}>
          {isRequired && text !== '' ? null : <option value="">{isRequired ? 'Choose' : 'Leave out'}</option>}
          {choices.map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {typeof choice === 'string' ? choice : JSON.stringify(choice)}
            </option>
          ))}
        </select>
      );
    case 'boolean':
      return (
        <select {...control} value={text} onChange={(event) => change(event.target.value)}>
          {isRequired && text !== '' ? null : <option value="">{isRequired ? 'Choose' : 'Leave out'}</option>}
          <option value="true">yes</option>
          <option value="false">no</option>
        </select>
      );
    case 'number':
      return (
        <input
          {...control}
          type="text"
          inputMode="decimal"
          value={text}
          onChange={(event) => change(event.target.value)}
        />
      );
    case 'json':
    case 'long':
      return (
        <textarea
          {...control}
          rows={4}
          spellCheck={kind === 'long'}
          style={kind === 'json' ? { fontFamily: 'var(--mono)', fontSize: 'var(--text-mono)' } : undefined}
          value={text}
          onChange={(event) => change(event.target.value)}
        />
      );
    default:
      return <input {...control} type="text" value={text} onChange={(event) => change(event.target.value)} />;
  }
}
