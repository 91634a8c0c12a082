import type { EntryNames } from '#lib/log/entry/entry-names';
import { LivingReader } from './living';
import type { LogEvent } from '#lib/log/log';
import { copyOf, patched, type Stored } from '#lib/log/testing/copy-of';

const [BEFORE, AFTER, OTHER] = ['1', '2', '3'].map((turn) => JSON.stringify({ turn, note: 'Gerät '.repeat(20) })) as [string, string, string];
const FIRST: Stored = { frame: 7, revision: 7, object: BEFORE };
const SECOND: Stored = { frame: 7, revision: 9, patch: patched(BEFORE, AFTER, 2) };
const THIRD: Stored = { frame: 8, revision: 8, object: OTHER };

/** What is read of entries 8 and 9 when the database gives these rows, and which of them it was asked for again. */
async function readFrom(rows: readonly Stored[]): Promise<{ found: string[][]; alone: number[] }> {
  const [found, alone]: [string[][], number[]] = [[], []];
  const names = { prepare: async () => undefined, nameOf: () => 'pods' } as unknown as EntryNames;
  const event = async (revision: number): Promise<LogEvent | undefined> => {
    alone.push(revision);
    return { revision, resource: 'pods', namespace: 'asked', name: 'again', object: AFTER } as LogEvent;
  };
  for await (const page of new LivingReader({ copy: async () => copyOf(rows), names, event }).read([8, 9])) {
    for (const { revision, resource, namespace, name, object, bytes } of page)
      found.push([`${revision} ${resource} ${namespace}/${name}`, object, String(bytes)]);
  }
  return { found, alone };
}

describe('what lived', () => {
  test('is the last version of each frame, as bytes and as a text', async () => {
    expect(await readFrom([THIRD, FIRST, SECOND])).toEqual({
      found: [
        ['8 pods default/a', OTHER, OTHER],
        ['9 pods default/a', AFTER, AFTER],
      ],
      alone: [],
    });
  });

  test('is asked for again where the parts of a frame come in another order, and then nothing is taken from its neighbour', async () => {
    expect(await readFrom([THIRD, SECOND, FIRST])).toEqual({
      found: [
        ['8 pods default/a', OTHER, OTHER],
        ['9 pods asked/again', AFTER, AFTER],
      ],
      alone: [9],
    });
  });
});
