import { seeded } from '#lib/reconcile/seeded';
import { applyUnified } from '../testing/apply-unified';
import { unifiedDiff } from './unified';

const text = (...lines: string[]): string => lines.map((line) => `${line}\n`).join('');

describe('a unified diff', () => {
  test('shows three lines around each change, as diff -u does', () => {
    const before = text('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k');
    const after = text('a', 'b', 'c', 'd', 'E', 'f', 'g', 'h', 'i', 'j', 'k', 'l');
    expect(unifiedDiff(before, after, 'x', 'y')).toBe(
      text('--- x', '+++ y', '@@ -2,10 +2,11 @@', ' b', ' c', ' d', '-e', '+E', ' f', ' g', ' h', ' i', ' j', ' k', '+l'),
    );
    expect(unifiedDiff(text('a', 'b', 'c', 'd', 'e'), text('A', 'b', 'c', 'd', 'e'), 'x', 'y')).toBe(
      text('--- x', '+++ y', '@@ -1,4 +1,4 @@', '-a', '+A', ' b', ' c', ' d'),
    );
  });

  test('counts from nothing to something as diff -u does', () => {
    expect(unifiedDiff('', text('a'), '/dev/null', 'y')).toBe(text('--- /dev/null', '+++ y', '@@ -0,0 +1 @@', '+a'));
    expect(unifiedDiff(text('a', 'b'), '', 'x', '/dev/null')).toBe(text('--- x', '+++ /dev/null', '@@ -1,2 +0,0 @@', '-a', '-b'));
    expect(unifiedDiff('a\n', 'a\n', 'x', 'y')).toBe('');
  });

  test('leads from any text to any other, with no more edits than needed', () => {
    const random = seeded(7);
    const lines = (): string[] => Array.from({ length: Math.floor(random() * 30) }, () => 'abcde'[Math.floor(random() * 5)] as string);
    for (let i = 0; i < 300; i++) {
      const [a, b] = [lines(), lines()];
      const diff = unifiedDiff(text(...a), text(...b), 'x', 'y');
      expect(applyUnified(text(...a), diff)).toBe(text(...b));
      const edits = diff
        .split('\n')
        .slice(2)
        .filter((line) => /^[-+]/.test(line)).length;
      expect(edits).toBe(a.length + b.length - 2 * commonLength(a, b));
    }
  });

  test('gives up on finding the shortest way between long texts that have little in common, and is right all the same', () => {
    const a = text(...Array.from({ length: 3_000 }, (_, i) => `a${i}`));
    const b = text(...Array.from({ length: 3_000 }, (_, i) => (i % 50 === 0 ? `a${i}` : `b${i}`)));
    expect(applyUnified(a, unifiedDiff(a, b, 'x', 'y'))).toBe(b);
  });
});

/** The length of the longest common subsequence, by the table. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let row = Array<number>(b.length + 1).fill(0);
  for (const line of a) {
    const next = [0];
    b.forEach((other, j) => next.push(line === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0)));
    row = next;
  }
  return row[b.length] ?? 0;
}
