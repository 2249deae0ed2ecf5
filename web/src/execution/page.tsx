import { useEffect, useState } from 'react';
import { request } from '../api/request.ts';
import { useToken } from '../api/token.ts';
import { openExecution, type Reader } from '../reader/client.ts';
import type { PlaceProps } from '../routes.tsx';
import type { Capabilities } from './execution-context.ts';
import { ExecutionScreen } from './execution-screen.tsx';
import { Loading } from './parts/loading.tsx';
import { serverCapabilities } from './server-capabilities.tsx';

/** An execution of the server, followed while it goes on. */
export default function ExecutionPage({ params: { id = '' } }: PlaceProps) {
  const [opened, setOpened] = useState<{
    readonly id: string;
    readonly reader: Reader;
    readonly can: Capabilities;
  }>();
  const token = useToken();
  useEffect(() => {
    const reader = openExecution({ kind: 'live', execution: id });
    setOpened({ id, reader, can: serverCapabilities(id, request) });
    return () => reader.close();
  }, [id]);
  useEffect(() => opened?.reader.setToken(token), [opened, token]);
  if (opened?.id !== id) return <Opening />;
  return <ExecutionScreen key={id} reader={opened.reader} can={opened.can} />;
}

function Opening() {
  return (
    <>
      <h1 className="visually-hidden">Execution</h1>
      <Loading lines={8} />
    </>
  );
}
