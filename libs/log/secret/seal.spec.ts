import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigMap } from '#lib/api/core/configmap';
import { Secret } from '#lib/api/core/secret';
import { MemoryKeyStore } from './key-store';
import { MasterKey } from './master-key';
import { SEALED_PREFIX, Sealer } from './seal';

const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function aSecret(data: Record<string, string>, but: { uid?: string; annotations?: Record<string, string> } = {}): Secret {
  const { uid = 'uid-1', annotations } = but;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default', uid, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...(annotations && { annotations }) },
    type: 'Opaque',
    data,
  } as Secret;
}

describe('sealing', () => {
  let keys: MemoryKeyStore;
  let master: MasterKey;
  let sealer: Sealer;
  beforeEach(() => {
    keys = new MemoryKeyStore();
    master = MasterKey.random();
    sealer = new Sealer(master, keys);
  });
  const afresh = (): Sealer => new Sealer(master, keys);

  test('concerns Secrets of the core group only', () => {
    expect(sealer.seals(Secret)).toBe(true);
    expect(sealer.seals(ConfigMap)).toBe(false);
    expect(sealer.seals({ ...Secret, group: 'example.com' })).toBe(false);
  });

  test('leaves no secret in the text of the row, and opens to what it was', async () => {
    const secret = aSecret(
      { password: base64('hunter2'), empty: '', cert: base64('äöü'.repeat(1000)) },
      { annotations: { [APPLIED]: `{"data":{"password":"${base64('hunter2')}"}}`, plain: 'stays' } },
    );
    const row = JSON.stringify(await sealer.seal(secret));
    expect(row).not.toContain(base64('hunter2'));
    expect(row).not.toContain('hunter2');
    expect(row).toContain('"plain":"stays"');
    expect(JSON.stringify(await afresh().open(JSON.parse(row)))).toBe(JSON.stringify(secret));
    expect(secret.data?.password).toBe(base64('hunter2'));
  });

  test('gives an unchanged value the same ciphertext, and equal values under two names or of two objects different ones', async () => {
    const first = (await sealer.seal(aSecret({ a: 'dg==', b: 'dg==' }))) as Secret;
    const again = (await afresh().seal(aSecret({ a: 'dg==', b: 'dzI=' }))) as Secret;
    const other = (await sealer.seal(aSecret({ a: 'dg==' }, { uid: 'uid-2' }))) as Secret;
    expect(again.data?.a).toBe(first.data?.a);
    expect(first.data?.b).not.toBe(first.data?.a);
    expect(again.data?.b).not.toBe(first.data?.b);
    expect(other.data?.a).not.toBe(first.data?.a);
  });

  test('does not wait once the key is known, and has stored it before', async () => {
    const waited = sealer.seal(aSecret({ a: 'dg==' }));
    expect(waited).toBeInstanceOf(Promise);
    await waited;
    expect(await keys.find('uid-1')).toBeDefined();
    const sealed = sealer.seal(aSecret({ a: 'dg==' }));
    expect(sealed).not.toBeInstanceOf(Promise);
    expect(sealer.open(sealed as Secret)).toEqual(aSecret({ a: 'dg==' }));
  });

  test('uses the same key when two writers seal a new object at once', async () => {
    const [one, two] = (await Promise.all([sealer.seal(aSecret({ a: 'dg==' })), afresh().seal(aSecret({ a: 'dg==' }))])) as [Secret, Secret];
    expect(one).toEqual(two);
    expect(await afresh().open(two)).toEqual(aSecret({ a: 'dg==' }));
  });

  test('leaves alone what has no secret material, and what is sealed already', async () => {
    const empty = aSecret({});
    expect(sealer.seal(empty)).toBe(empty);
    expect(sealer.open(empty)).toBe(empty);
    const sealed = await sealer.seal(aSecret({ a: 'dg==' }));
    expect(await sealer.seal(sealed)).toEqual(sealed);
  });

  test('does not open a ciphertext that was moved to another name or object, or cut', async () => {
    const value = ((await sealer.seal(aSecret({ a: 'dg==' }))) as Secret).data?.a as string;
    await sealer.seal(aSecret({ a: 'x' }, { uid: 'uid-2' }));
    for (const moved of [aSecret({ b: value }), aSecret({ a: value }, { uid: 'uid-2' }), aSecret({ a: value.slice(0, -8) }), aSecret({ a: SEALED_PREFIX })]) {
      expect(Object.values((sealer.open(moved) as Secret).data ?? {})).toEqual([base64('<shredded>')]);
    }
  });

  test('gives a shredded object that lives on a new key, which does not open its past', async () => {
    const past = await sealer.seal(aSecret({ a: 'dg==' }));
    await sealer.shred('secrets', 'default', 's');
    const present = await sealer.seal(aSecret({ a: 'bmV3' }));
    expect(await afresh().open(present)).toEqual(aSecret({ a: 'bmV3' }));
    expect(((await afresh().open(past)) as Secret).data).toEqual({ a: base64('<shredded>') });
  });

  test('opens to <shredded> everywhere once the key is destroyed', async () => {
    const sealed = (await sealer.seal(aSecret({ a: 'dg==' }, { annotations: { [APPLIED]: '{}' } }))) as Secret;
    expect(await sealer.shred('secrets', 'default', 's')).toEqual(['uid-1']);
    for (const reader of [sealer, afresh()]) {
      const opened = (await reader.open(sealed)) as Secret;
      expect(opened.data).toEqual({ a: base64('<shredded>') });
      expect(opened.metadata.annotations?.[APPLIED]).toBe('<shredded>');
    }
    expect(sealed.data?.a?.startsWith(SEALED_PREFIX)).toBe(true);
  });

  test('says so when the master key is another one', async () => {
    const sealed = await sealer.seal(aSecret({ a: 'dg==' }));
    await expect(new Sealer(MasterKey.random(), keys).open(sealed)).rejects.toThrow('the master key is not the one it was made with');
  });
});

describe('the master key', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'decklog-key-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is made once, for its owner only, and found again', () => {
    const file = join(folder, 'deep', 'master.key');
    const wrapped = MasterKey.load(file, {}).wrap(Buffer.from('data key'), 'uid');
    expect(MasterKey.load(file, {}).unwrap(wrapped, 'uid').toString()).toBe('data key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('comes from the environment when it is given there', () => {
    const env = { DECKLOG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') };
    const wrapped = new MasterKey(Buffer.alloc(32, 7)).wrap(Buffer.from('data key'), 'uid');
    expect(MasterKey.load(join(folder, 'none'), env).unwrap(wrapped, 'uid').toString()).toBe('data key');
    expect(() => MasterKey.load(join(folder, 'none'), { DECKLOG_MASTER_KEY: 'c2hvcnQ=' })).toThrow('must have 32 bytes');
  });
});
