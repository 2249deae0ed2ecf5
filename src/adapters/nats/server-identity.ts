import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

/** As `tls.connect` calls it: the error of a certificate that is not the server's. */
type IdentityCheck = (name: string, certificate: PeerCertificate) => Error | undefined;

/**
 * Checks the server's certificate also where the server is named by its address. The client gives TLS no name then, and Node.js would
 * compare the certificate with `localhost`.
 *
 * @param servers `host:port` of each
 */
export function identityCheckFor(servers: readonly string[]): IdentityCheck | undefined {
  const hosts = servers.map((server) => server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  if (addresses.length === 0 || hosts.includes('localhost')) return undefined;
  return (name, certificate) => {
    if (name !== 'localhost') return checkServerIdentity(name, certificate);
    const errors = addresses.map((address) => checkServerIdentity(address, certificate));
    return errors.includes(undefined) ? undefined : errors[0];
  };
}
