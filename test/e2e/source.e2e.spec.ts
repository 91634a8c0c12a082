import { spawnSync } from 'node:child_process';
import { ROOT } from '../support/program';

/** They look at the whole source, tests too, and need no cluster; they are here because they take long. */
const passes = (program: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 });
  return status === 0 ? '' : `${stdout}${stderr}`;
};

test('the whole source type-checks', () => expect(passes('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.')).toBe(''), 240_000);
test('the whole source lints clean', () => expect(passes('node_modules/eslint/bin/eslint.js', 'apps', 'libs', 'test', 'migrations')).toBe(''), 240_000);
test(
  'the whole source is formatted',
  () => expect(passes('node_modules/prettier/bin/prettier.cjs', '--list-different', '{apps,libs,migrations,test}/**/*.{ts,mjs}', '*.mjs')).toBe(''),
  240_000,
);
