import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apps } from './shape';
import { ROOT } from './sources';

/** A file with a part that follows from the folders of apps/. */
export interface Derived {
  readonly path: string;
  /** What the file should be, given what it is. */
  current(text: string): string;
}

/** Apps that run as a process of their own. The command line is no server, and keepers only look after servers when there are several. */
export const servers = (): string[] => apps().filter((app) => app !== 'cli' && app !== 'keeper' && existsSync(join(ROOT, 'apps', app, 'main.ts')));

const FROM = '  # --- one per folder of apps/: written by `npm run house` ---\n';
const TO = '  # --- end ---\n';

export const derived: readonly Derived[] = [
  {
    path: 'nest-cli.json',
    current(text) {
      const { projects: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
      const entries = servers().map((app) => `    ${JSON.stringify(app)}: { "root": "apps/${app}", "sourceRoot": ".", "entryFile": "apps/${app}/main" }`);
      const head = JSON.stringify(rest, null, 2).replace(/\n}$/, '');
      return `${head},\n  "projects": {\n${entries.join(',\n')}\n  }\n}\n`;
    },
  },
  {
    path: 'docker-compose.yml',
    current(text) {
      const [before, after] = [text.split(FROM)[0], text.split(TO)[1]];
      if (before === undefined || after === undefined) throw new Error('docker-compose.yml has lost its two marker lines');
      return `${before}${FROM}${servers().map(composeLine).join('')}${TO}${after}`;
    },
  },
];

/** The API server is the one that is reached from outside and that all others wait for. */
function composeLine(app: string): string {
  const command = `command: [node, dist/apps/${app}/main.js]`;
  return app === 'api' ? `  ${app}: { <<: *api, ${command} }\n` : `  ${app}: { <<: *app, ${command} }\n`;
}

/** Derived files that are not what they should be. */
export function stale(): string[] {
  return derived
    .filter(({ path, current }) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return current(text) !== text;
    })
    .map(({ path }) => `${path} does not follow the folders of apps/: npm run house`);
}
