import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';

/** Runs an expression with what a module of this folder exports, in a Node of its own: jest does not load ES modules. */
function evaluate(module: string, expression: string): unknown {
  const url = pathToFileURL(join(__dirname, module)).href;
  const script = `import * as m from ${JSON.stringify(url)}; process.stdout.write(JSON.stringify((${expression}) ?? null));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', stdio: 'pipe' }));
}

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'decklog-setup-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('versions are compared as numbers, part by part', () => {
  const pairs = [
    ['20.18.3', '20.19'],
    ['20.19.0', '20.19'],
    ['9.9.9', '20.19'],
    ['24', '20.19'],
  ];
  expect(evaluate('node-version.mjs', `${JSON.stringify(pairs)}.map(([a, b]) => m.older(a, b))`)).toEqual([true, false, true, false]);
});

describe('the state of node_modules', () => {
  const stale = (): unknown => evaluate('packages.mjs', `m.staleness(${JSON.stringify(folder)})`);
  const lock = (path: string, packages: Record<string, object>): void => writeFileSync(join(folder, path), JSON.stringify({ packages }));
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', dev: true },
    'node_modules/c': { version: '3.0.0', optional: true },
  };

  beforeEach(() => {
    lock('package-lock.json', wanted);
    for (const name of ['a', 'b']) mkdirSync(join(folder, 'node_modules', name), { recursive: true });
  });

  test('is current when all but optional packages are there in the version of the lock', () => {
    lock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } });
    expect(stale()).toBeNull();
  });

  test('is stale without it, without development packages, with another version and with a folder removed', () => {
    expect(stale()).toBe('node_modules is missing');
    lock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    expect(stale()).toBe('node_modules/b is missing');
    lock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.9.0' } });
    expect(stale()).toBe('node_modules/b is 1.9.0, not 2.0.0');
    rmSync(join(folder, 'node_modules', 'a'), { recursive: true });
    expect(stale()).toBe('node_modules/a is missing');
  });
});

test('a program that was fetched is found by what we start, unless the machine has its own', () => {
  const script = "process.exitCode = process.env.PATH.split(':').at(-1) === process.argv[1] ? 0 : 7";
  expect(
    evaluate(
      'run.mjs',
      `await m.runToEnd(process.execPath, ['-e', ${JSON.stringify(script)}, (await import(${JSON.stringify(pathToFileURL(join(__dirname, 'paths.mjs')).href)})).TOOLS])`,
    ),
  ).toBe(0);
});

test('one file is read out of a zip archive', () => {
  const archive = join(folder, 'a.zip');
  writeFileSync(
    archive,
    zip([
      ['first', 'one'],
      ['folder/second', 'two '.repeat(100)],
    ]),
  );
  const read = (name: string): unknown =>
    evaluate('zip.mjs', `m.readZipEntry((await import('node:fs')).readFileSync(${JSON.stringify(archive)}), ${JSON.stringify(name)}).toString()`);
  expect(read('folder/second')).toBe('two '.repeat(100));
  expect(read('first')).toBe('one');
  expect(() => read('third')).toThrow('the archive has no third');
});

/** As small as the format allows; `zip` is not on every machine. */
function zip(files: [string, string][]): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  for (const [name, text] of files) {
    const packed = deflateRawSync(text);
    const fixed = Buffer.alloc(26);
    fixed.writeUInt16LE(8, 4); // deflated
    fixed.writeUInt32LE(packed.length, 14);
    fixed.writeUInt32LE(text.length, 18);
    fixed.writeUInt16LE(name.length, 22);
    const at = Buffer.alloc(4);
    at.writeUInt32LE(Buffer.concat(locals).length);
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04'), fixed, Buffer.from(name), packed]));
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.alloc(2), fixed, Buffer.alloc(10), at, Buffer.from(name)]));
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(Buffer.concat(locals).length, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end]);
}
