import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Everything a cluster writes lives here, and the programs that were fetched for it. */
export const HOME = resolve(ROOT, process.env.DECKLOG_HOME || '.decklog');

/** Programs that are not installed on this machine but lie in our folder. */
export const TOOLS = join(ROOT, '.decklog', 'tools');
