import type { Operation } from './history';
import { storyOf, type Known } from './story';

const op = (id: string, verb: Operation['verb'], invoked: number, more: Partial<Operation> = {}): Operation => ({
  id,
  verb,
  name: 'one',
  server: 1,
  invoked,
  returned: invoked + 10,
  outcome: 'ok',
  ...more,
});

const known: Known = {
  findings: ['get one (crash-1-7) answered ok, which was so at no revision from 4 to 5'],
  rounds: [
    {
      what: 'kill -9 NATS',
      crashes: 1,
      pauses: 0,
      over: 900,
      servers: [],
      rest: Promise.resolve(),
      acts: [{ what: 'kill -9 NATS', crashes: 1, at: 600, over: 900 }],
    },
  ],
  operations: [
    op('crash-0-1', 'create', 100, { revision: 3 }),
    op('crash-2-5', 'update', 1_900, { revision: 4, expected: 3 }),
    op('crash-1-7', 'get', 2_000, { found: [{ name: 'one', uid: 'u', revision: 3, value: 'crash-0-1' }] }),
    op('crash-3-9', 'get', 2_000, { name: 'other' }),
    op('crash-4-2', 'delete', 2_100, { returned: Infinity, outcome: 'unknown', why: 'no answer within 8000 ms' }),
  ],
  rows: [{ revision: 4, type: 'MODIFIED', name: 'one', uid: 'u', id: 'crash-2-5', value: 'crash-2-5' }],
  watches: [],
  output: 'said by a process',
};

describe('the story of a finding', () => {
  test('says what was struck when, and what else was asked of the object at that time', () => {
    expect(storyOf(known).split('\n')).toEqual([
      'FINDING get one (crash-1-7) answered ok, which was so at no revision from 4 to 5',
      '    1.800 s to 1.810 s api-2 update one (crash-2-5) if at 3: ok at 4 · in the log at 4',
      '  > 1.900 s to 1.910 s api-2 get one (crash-1-7): ok at 3',
      '    2.000 s to never api-2 delete one (crash-4-2): unknown (no answer within 8000 ms)',
      'STRUCK',
      '  round 1: kill -9 NATS at 0.500 s, over at 0.800 s',
    ]);
  });

  test('of a watch tells when it was asked for and broke off', () => {
    const watcher = {
      from: 4,
      revision: 9,
      turns: [
        { at: 1_100, what: 'asks from 4 on' },
        { at: 1_600, what: 'broke off at 9: socket hang up' },
      ],
    };
    const text = storyOf({ ...known, findings: ['the watch from 4 has seen undefined where the log has {}'], watches: [{ server: 0, watcher }] });
    expect(text).toContain(
      '    on api-1, which it has followed up to 9; the log ends at 4\n    1.000 s asks from 4 on\n    1.500 s broke off at 9: socket hang up\n',
    );
  });

  test('ends with the words of the processes when somebody gave up waiting', () => {
    expect(storyOf({ ...known, findings: ['round 2: Error: not again within 60 s'] })).toContain('said by a process');
    expect(storyOf({ ...known, findings: [] })).toBe('');
  });
});
