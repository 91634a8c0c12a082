import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Programs that are not installed on this machine but lie in our folder. */
export const TOOLS = join(ROOT, '.decklog', 'tools');
