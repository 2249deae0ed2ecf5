import { fileURLToPath } from 'node:url';

/** Folders that come with the package; beside the sources in a checkout, beside the compiled code in the package. */
export const SHIPPED_AGENTS = fileURLToPath(new URL('../../agents', import.meta.url));
export const SHIPPED_TASKS = fileURLToPath(new URL('../../tasks', import.meta.url));
/** The server configuration that `--nats auto` starts nats-server with. */
export const SHIPPED_NATS_CONF = fileURLToPath(new URL('../../nats.conf', import.meta.url));
