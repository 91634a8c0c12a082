import { CopiedRows, FRAME, REVISION } from './copied-rows';
import { FrameVersions } from './frame-versions';
import { copyOf as bytesOf, patched, type Stored } from '#lib/log/testing/copy-of';

const copyOf = (rows: readonly Stored[]): CopiedRows => new CopiedRows(bytesOf(rows));

function taken(rows: CopiedRows): (string | undefined)[] {
  const versions = new FrameVersions();
  const found: (string | undefined)[] = [];
  while (rows.next()) {
    versions.make(rows, rows.number(FRAME), rows.number(REVISION));
    found.push(versions.take(rows.number(REVISION))?.toString());
  }
  return found;
}

describe('versions of a frame', () => {
  const first = `{"note":"${'Gerät '.repeat(20)}","n":1}`;
  const second = first.replace('"n":1', '"n":22');
  const large = `{"note":"${'Gerät '.repeat(20)}${'x'.repeat(600_000)}"}`;

  test('are made one from the other, with and without a decision, also when they outgrow the memory', () => {
    const rows = [
      { frame: 4, revision: 4, object: first, decision: '{"d":1}' },
      { frame: 4, revision: 6, patch: patched(`${first}\0{"d":1}`, `${second}\0{"d":2}`, 2) },
      { frame: 4, revision: 9, patch: patched(`${second}\0{"d":2}`, large, 3) },
      { frame: 4, revision: 10, patch: patched(large, first, 1) },
      { frame: 5, revision: 5, object: second },
    ];
    expect(taken(copyOf(rows))).toEqual([first, second, large, first, second]);
  });

  test('are not made when what they build on is missing, of another frame, or damaged', () => {
    const patch = patched(first, second, 2);
    const rows = [
      { frame: 4, revision: 6, patch },
      { frame: 5, revision: 7, object: first },
      { frame: 4, revision: 9, patch },
      { frame: 8, revision: 10, object: first },
      { frame: 8, revision: 12, patch: patch.subarray(0, patch.length - 2) },
      { frame: 8, revision: 14, patch },
    ];
    expect(taken(copyOf(rows))).toEqual([undefined, first, undefined, first, undefined, undefined]);
  });
});
