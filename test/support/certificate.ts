/** A certificate that vouches for itself, made by the `openssl` of the machine. */
import { join } from 'node:path';

export interface Certificate {
  /** Files. */
  readonly certificate: string;
  readonly key: string;
}

/** `names` as in subjectAltName: `DNS:localhost`, `IP:127.0.0.1`. */
export function createCertificate(folder: string, names: string): Certificate {
  const certificate = join(folder, 'server.crt');
  const key = join(folder, 'server.key');
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=tickspine-test', '-addext', `subjectAltName=${names}`];
  const { exitCode, stderr } = Bun.spawnSync(
    ['openssl', ...kind, ...subject, '-out', certificate, '-keyout', key],
    { stderr: 'pipe' },
  );
  if (exitCode !== 0) throw new Error(`openssl: ${stderr.toString()}`);
  return { certificate, key };
}
