import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derived } from './derived';
import { ROOT } from './sources';

// `npm run house`: brings the derived parts of nest-cli.json and docker-compose.yml up to date.
for (const { path, current } of derived) {
  const file = join(ROOT, path);
  const before = readFileSync(file, 'utf8');
  const after = current(before);
  if (after !== before) writeFileSync(file, after);
  process.stdout.write(`${path} ${after === before ? 'is current' : 'written'}\n`);
}
