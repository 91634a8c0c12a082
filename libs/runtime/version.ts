import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Version of the code that runs, as decisions record it: DECKLOG_VERSION (a build sets it, e.g. to a commit), else that of package.json.
 */
export const codeVersion = (): string => process.env.DECKLOG_VERSION ?? packageVersion(__dirname);

function packageVersion(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? 'unknown';
  return dirname(folder) === folder ? 'unknown' : packageVersion(dirname(folder));
}
