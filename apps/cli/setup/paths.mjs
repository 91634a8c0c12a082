import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Programs that are not installed on this machine: they are fetched once, whatever folder a cluster uses. */
export const TOOLS = join(ROOT, '.decklog', 'tools');
