import { circles } from './imports';
import { againstTheLayers } from './layers';
import { impurities, pureFiles } from './purity';
import { barrels, emptyNames, forwardRefs, tooLong, unregistered } from './shape';
import type { Source } from './sources';

const source = (path: string, ...lines: string[]): Source => ({ path, text: lines.join('\n') });

describe('the rule of the layers', () => {
  const broken = (path: string, line: string): string[] => againstTheLayers([source(path, line)]);

  test('keeps apps apart, but for the composition roots', () => {
    expect(broken('apps/job/job.controller.ts', "import { rs } from '../replicaset/x';")).toEqual([expect.stringContaining('an app knows no other app')]);
    expect(broken('apps/controllers.ts', "import { rs } from './replicaset/x';")).toEqual([]);
    expect(broken('apps/cli/up/cluster.ts', "import { startApi } from '../../api/start';")).toEqual([]);
  });

  test('keeps log and bus apart, libraries from apps, and everything inside the repository', () => {
    expect(broken('libs/log/a.ts', "import type { Bus } from '#lib/bus/bus';")).toEqual([expect.stringContaining('libs/log may know itself, api')]);
    expect(broken('libs/api/a.ts', "export { x } from '../../apps/api/main';")).toEqual([expect.stringContaining('a library knows no app')]);
    expect(broken('apps/api/a.ts', "void import('../../../other/x');")).toEqual([expect.stringContaining('outside the repository')]);
    expect(broken('libs/runtime/a.ts', "import { x } from '#lib/log/log'; // import '../apps/api/main'")).toEqual([]);
  });
});

test('the rule against circles finds them and forgives types', () => {
  const a = source('libs/api/a.ts', "import { b } from './b';");
  expect(circles([a, source('libs/api/b.ts', "import { c } from '#lib/api/c';"), source('libs/api/c.ts', "import { a } from './a';")])).toEqual([
    ['libs/api/a.ts', 'libs/api/b.ts', 'libs/api/c.ts', 'libs/api/a.ts'],
  ]);
  expect(circles([a, source('libs/api/b.ts', "import type { a } from './a';", "import { type x } from './a';")])).toEqual([]);
});

describe('the rule of purity', () => {
  const found = (line: string): string[] => impurities(source('libs/api/a.ts', line));

  test.each([
    'const f = async () => 1;',
    'await g();',
    'const now = Date.now();',
    'const now = new Date();',
    'const id = Math.random();',
    "import { readFileSync } from 'node:fs';",
    "import { Injectable } from '@nestjs/common';",
    'const home = process.env.HOME;',
    'setTimeout(f, 1);',
  ])('forbids %s', (line) => expect(found(line)).toHaveLength(1));

  test.each([
    'const at = new Date(text);',
    '// await Date.now()',
    "const text = 'Math.random';",
    'const x = pod.process;',
    "import type { X } from 'nats';",
    'const y = { crypto: 1 };',
  ])('allows %s', (line) => expect(found(line)).toEqual([]));

  test('reaches what a controller imports beside it', () => {
    const controller = source('apps/deployment/deployment.controller.ts', "import { roll } from './rolling';");
    const files = [controller, source('apps/deployment/rolling.ts'), source('apps/deployment/main.ts'), source('libs/log/log.ts')];
    expect(pureFiles(files).map(({ path }) => path)).toEqual([controller.path, 'apps/deployment/rolling.ts']);
  });
});

test('the rules of shape find what they are about', () => {
  expect(tooLong([source('apps/a.ts', ...Array<string>(401).fill('//'))])[0]).toContain('apps/a.ts has 401 lines');
  expect(
    barrels([
      source('libs/api/all.ts', "export * from './a';", "export { b } from './b';"),
      source('libs/api/a.ts', "export * from './b';", 'export const c = 1;'),
    ]),
  ).toHaveLength(1);
  expect(forwardRefs([source('apps/a.ts', 'inject(forwardRef(() => B));'), source('apps/b.ts', '// forwardRef')])).toHaveLength(1);
  expect(emptyNames(['libs/utils/x.ts', 'apps/api/string-helpers.ts', 'libs/api/core/pod/pod.ts', 'apps/node/commoner.ts'])).toHaveLength(2);
  const registry = source('apps/controllers.ts', "import { a } from './a/a.controller';");
  expect(unregistered([registry, source('apps/a/a.controller.ts'), source('apps/b/b.controller.ts')])).toEqual([
    'apps/b/b.controller.ts is not in apps/controllers.ts: add its line',
  ]);
});
