import { applyPatch, applyWithin, lengthWithin, makePatch, memoryOf } from './patch';

const bytes = (text: string): Buffer => Buffer.from(text);
const pod = (n: number): string =>
  JSON.stringify({
    metadata: { name: 'web', resourceVersion: String(n) },
    spec: { note: 'x'.repeat(50), args: Array.from({ length: 60 }, (_, i) => `--flag-${i * 7919}=${i}`) },
    status: { at: n * 17, phase: n % 3 ? 'Running' : 'Pending' },
  });

/** The same in one memory, with something before and behind that must stay. */
function within(base: Buffer, patch: Buffer): Buffer {
  const memory = Buffer.alloc(20_000, 0x7e);
  memory.set(base, 7);
  const target = base.length + 8;
  applyWithin(memoryOf(memory), 7, base.length, memoryOf(Buffer.concat([bytes('x'), patch])), 1, patch.length + 1, target);
  const length = lengthWithin(patch, 0, patch.length);
  expect(memory.subarray(0, 7).toString() + memory.subarray(7, target - 1).toString('latin1')).toBe(`${'~'.repeat(7)}${base.toString('latin1')}`);
  expect(memory.subarray(target + length + 3).every((byte) => byte === 0x7e)).toBe(true);
  return memory.subarray(target, target + length);
}

describe('a patch', () => {
  test.each([
    ['nothing from nothing', '', ''],
    ['something from nothing', '', 'a text that was not there before'],
    ['nothing from something', 'a text', ''],
    ['the same', pod(1), pod(1)],
    ['a changed number', pod(17), pod(18)],
    ['a longer number', pod(99), pod(12_345)],
    ['pieces in another order', `${pod(1)}|${pod(2)}`, `${pod(2)}|${pod(1)}`],
    ['repetitions in what is new', '{}', 'abcdefghijklmnop'.repeat(300)],
    ['text beyond ASCII', '{"note":"Schiffe auf See ⚓⚓ sind schön"}', '{"note":"Schiffe auf hoher See ⚓⚓⚓ sind schön 🚢"}'],
  ])('makes %s', (_, base, target) => {
    const patch = makePatch(bytes(base), bytes(target), Infinity) as Buffer;
    expect(applyPatch(bytes(base), patch).toString()).toBe(target);
  });

  test('is small where little has changed', () => {
    expect(makePatch(bytes(pod(1234)), bytes(pod(1235)), Infinity)?.length).toBeLessThan(40);
    expect(makePatch(bytes('{}'), bytes('abcdefghijklmnop'.repeat(300)), Infinity)?.length).toBeLessThan(80);
  });

  test('is none when it would be too long', () => {
    expect(makePatch(bytes(pod(1)), bytes('y'.repeat(5) + pod(1).split('').reverse().join('')), 100)).toBeUndefined();
    expect(makePatch(bytes(''), bytes('0123456789'), 9)).toBeUndefined();
  });

  test('makes any text from any other', () => {
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    const some = (): Buffer => Buffer.from(Array.from({ length: random(400) }, () => 97 + random(3)));
    let [base, target] = [some(), some()];
    for (let i = 0; i < 3_000; i++) {
      const patch = makePatch(base, target, Infinity) as Buffer;
      expect(applyPatch(base, patch).equals(target)).toBe(true);
      expect(within(base, patch).equals(target)).toBe(true);
      const cut = random(target.length + 1);
      [base, target] = [target, random(4) === 0 ? some() : Buffer.concat([target.subarray(0, cut), some().subarray(0, random(9)), target.subarray(cut)])];
    }
  });

  test('that does not fit its base is refused', () => {
    const patch = makePatch(bytes(pod(1)), bytes(pod(2)), Infinity) as Buffer;
    expect(() => applyPatch(bytes('short'), patch)).toThrow('a patch copies what is not there');
    expect(() => applyPatch(bytes(pod(1)), patch.subarray(0, 9))).toThrow();
    expect(() => within(bytes('short'), patch)).toThrow('a patch copies what is not there');
    for (let length = 0; length < patch.length; length++) expect(() => within(bytes(pod(1)), patch.subarray(0, length))).toThrow();
  });
});
