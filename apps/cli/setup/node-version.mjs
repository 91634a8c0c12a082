import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { Failure } from './say.mjs';

/** @throws Failure when this Node is older than package.json wants. */
export function requireNode(running = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const wanted = engines.node.replace('>=', '');
  if (older(running, wanted)) throw new Failure(`Node ${running} is too old: Decklog needs ${wanted} or newer (https://nodejs.org)`);
}

/** Compares dotted numbers; a missing part counts as 0. */
export function older(version, wanted) {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number));
  const at = want.findIndex((part, index) => part !== (have[index] ?? 0));
  return at >= 0 && (have[at] ?? 0) < want[at];
}
