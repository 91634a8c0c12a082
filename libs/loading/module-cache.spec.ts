import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModuleCache, writeModuleCache } from './module-cache';

describe('the module cache', () => {
  let root: string;
  let build: string;
  const ours = (): string => join(build, 'apps/a.js');
  const packaged = (): string => join(root, 'node_modules/p/index.js');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'decklog-loading-'));
    build = join(root, 'dist');
    mkdirSync(join(build, 'apps'), { recursive: true });
    mkdirSync(join(root, 'node_modules/p'), { recursive: true });
    writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}');
    writeFileSync(ours(), 'exports.a = "ä"');
    writeFileSync(packaged(), 'exports.p = 1');
    const modules = [
      { file: ours(), text: 'exports.a = "ä"', code: Buffer.from('code of a') },
      { file: packaged(), text: 'exports.p = 1', code: Buffer.from('code of p') },
    ];
    writeModuleCache(modules, { [join(build, 'apps')]: { './a': ours(), p: packaged() } }, build);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const taken = (file: string): unknown => {
    const kept = ModuleCache.open(build)?.take(file);
    return kept && [kept.text, kept.code.toString()];
  };

  it('gives back text, code and what a require means', () => {
    expect([taken(ours()), taken(packaged())]).toEqual([
      ['exports.a = "ä"', 'code of a'],
      ['exports.p = 1', 'code of p'],
    ]);
    const cache = ModuleCache.open(build);
    expect([cache?.find(join(build, 'apps'), './a'), cache?.find(join(build, 'apps'), 'p'), cache?.find(build, 'p')]).toEqual([ours(), packaged(), undefined]);
  });

  it('gives nothing of a file that was compiled again, or is gone', () => {
    writeFileSync(ours(), 'exports.a = "another"');
    expect([taken(ours()), taken(packaged())]).toEqual([undefined, ['exports.p = 1', 'code of p']]);
    rmSync(ours());
    expect(ModuleCache.open(build)?.find(join(build, 'apps'), './a')).toBeUndefined();
  });

  it('is not used when packages were installed since', () => {
    writeFileSync(join(root, 'node_modules/.package-lock.json'), '{"packages":{}}');
    expect(ModuleCache.open(build)).toBeUndefined();
  });

  it('is not used when it is half of one, and not missed', () => {
    const file = join(build, readdirSync(build).find((name) => name.startsWith('.modules-')) as string);
    truncateSync(file, 100);
    expect(ModuleCache.open(build)).toBeUndefined();
    rmSync(file);
    expect(ModuleCache.open(build)).toBeUndefined();
  });
});
