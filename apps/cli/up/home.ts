import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { UserError } from '../verb';
import { type Lock, Locked, takeLock } from './lock';

/** Where everything of one cluster lies. */
export interface Home {
  readonly folder: string;
  readonly pki: string;
  readonly kubeconfig: string;
}

/** The parts of a data folder; nothing is made. */
export function homeAt(folder: string): Home {
  const absolute = resolve(folder);
  return { folder: absolute, pki: join(absolute, 'pki'), kubeconfig: join(absolute, 'kubeconfig') };
}

/** Makes the folder and takes its lock. @throws UserError when another process runs on it or it cannot be written. */
export async function openHome(home: Home): Promise<Lock> {
  try {
    // Passable, because PostgreSQL runs as another user when we are root; what is secret is closed by itself.
    mkdirSync(home.folder, { recursive: true, mode: 0o711 });
    return await takeLock(join(home.folder, 'lock'));
  } catch (error) {
    if (error instanceof Locked)
      throw new UserError(`${home.folder} is in use by process ${error.pid}: stop it, or choose another folder with DECKLOG_HOME`);
    throw new UserError(`${home.folder} cannot be used: ${(error as Error).message}`);
  }
}

/** @throws UserError when somebody else listens on the port: better now than after everything has started. */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((done, fail) => server.once('error', fail).listen({ host, port, exclusive: true }, done));
    await new Promise((done) => server.close(done));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new UserError(`port ${port} is taken: stop what listens there, or choose another with DECKLOG_PORT`);
    throw new UserError(`cannot listen on ${host}:${port}: ${message}`);
  }
}
