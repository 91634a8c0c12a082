import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const TEST = resolve(__dirname, '..');
const ROOT = resolve(TEST, '..');

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n');

test('the table of README.md names each of the 111 tests of tier A once', () => {
  const rows = linesOf(join(__dirname, 'README.md')).filter((line) => line.startsWith('| [sig-'));
  expect(rows).toHaveLength(111);
  expect(new Set(rows.map((row) => row.split(' | ')[0])).size).toBe(111);
});

/** `history: *N4: every version …*, *another*; libs/log/proof/verify` → each file with the beginnings of the names that stand beside it. */
function claimsOf(cell: string): { file: string; names: string[] }[] {
  return cell.split('; ').map((part) => {
    const [, file = '', rest = ''] = /^([\w/.-]+)(?:: |,|$| \()(.*)/.exec(part.trim()) ?? [];
    const names = [...rest.matchAll(/\*([^*]+)\*/g)].map(([, name = '']) => name.replace(/ …$/, ''));
    return { file, names };
  });
}

/** `verbs` → test/conformance/verbs.e2e.spec.ts; names with a slash count from the top or from `test`. */
function fileOf(name: string, folder: string): string | undefined {
  const places = name.includes('/') ? [join(ROOT, name), join(TEST, name)] : [join(folder, name)];
  return places.flatMap((place) => ['.e2e.spec.ts', '.int.spec.ts', '.spec.ts'].map((end) => place + end)).find((path) => existsSync(path));
}

test.each([
  ['test/e2e/PROOFS.md', join(TEST, 'e2e'), 'PROOFS.md'],
  ['test/conformance/README.md', __dirname, 'README.md'],
])('every test that %s names is there', (_, folder, table) => {
  const cells = linesOf(join(folder, table))
    .filter((line) => /^\| (\[sig-|N\d|[A-Z][a-z])/.test(line))
    .map((line) => line.split(' | ').at(-1)?.replace(/ \|$/, '') ?? '');
  const claims = cells
    .filter((cell) => !cell.startsWith('Proven by'))
    .flatMap(claimsOf)
    .filter(({ file }) => file !== '' && file !== 'pending');
  expect(claims.length).toBeGreaterThan(20);
  const wrong = claims.flatMap(({ file, names }) => {
    const path = fileOf(file, folder);
    if (!path) return [`${file} is no test`];
    if (file === 'verbs') return [];
    const source = readFileSync(path, 'utf8').replaceAll(/%s/g, 'v2').replaceAll("\\'", "'");
    return names
      .filter((name) => !source.includes(name) && !source.includes(name.replace(/^(an immutable) \w+/, '$1 v2')))
      .map((name) => `${file} has no test "${name}"`);
  });
  expect(wrong).toEqual([]);
});
