import { useState } from 'react';
import { queryClient } from '../api/query-client.ts';
import { keepToken, putOffToken } from '../api/token.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { tokenIn } from './token-in.ts';

/** The server wants a token that this tab does not have, or has a wrong one of. */
export function TokenDialog() {
  const [text, setText] = useState('');
  const given = tokenIn(text);
  const use = () => {
    if (given === '') return;
    keepToken(given);
    void queryClient.invalidateQueries();
  };
  return (
    <Dialog
      title="The server asks for its token"
      onClose={putOffToken}
      footer={
        <>
          <Button onClick={putOffToken}>Only look</Button>
          <Button look="primary" onClick={use} reason={given === '' ? 'Paste the token first' : undefined}>
            Use it
          </Button>
        </>
      }
    >
      <p>
        Changes need the token that the server printed when it started, in the link that ends in{' '}
        <code>#token=…</code>. It is kept for this tab only.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          use();
        }}
      >
        <Field label="Token" hint="The token, or the whole link.">
          {(control) => (
            <input
              {...control}
              type="password"
              autoComplete="off"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
