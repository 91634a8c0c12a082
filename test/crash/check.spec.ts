import { findings } from './check';
import type { LogRow, Observed, Operation } from './history';

const row = (revision: number, id: string, more: Partial<LogRow> = {}): LogRow => ({
  revision,
  type: 'MODIFIED',
  name: 'one',
  uid: 'u1',
  id,
  value: id,
  ...more,
});
const seen = ({ name, uid, revision, value }: LogRow): Observed => ({ name, uid, revision, value });

/** An operation from one moment to another. */
const op = (id: string, verb: Operation['verb'], invoked: number, returned: number, more: Partial<Operation> = {}): Operation => ({
  id,
  verb,
  name: verb === 'list' ? '' : 'one',
  invoked,
  returned,
  outcome: 'ok',
  ...more,
});

const wrote = (of: LogRow, verb: Operation['verb'], invoked: number, returned: number, more: Partial<Operation> = {}): Operation =>
  op(of.id, verb, invoked, returned, { revision: verb === 'delete' ? 0 : of.revision, uid: of.uid, ...more });

const made = row(1, 'a', { type: 'ADDED' });
const changed = row(2, 'b');
const gone = row(3, 'c', { type: 'DELETED' });
const rows = [made, changed, gone];
const writes = [wrote(made, 'create', 0, 10), wrote(changed, 'update', 20, 30, { expected: 1 }), wrote(gone, 'delete', 40, 50)];

describe('what clients were told against what the log says', () => {
  test('a history in order is in order', () => {
    const reads = [
      op('r1', 'get', 12, 14, { found: [seen(made)] }),
      op('r2', 'get', 22, 24, { found: [seen(made)] }), // while it is changed: both are right
      op('r3', 'get', 22, 28, { found: [seen(changed)] }),
      op('r4', 'get', 60, 61, { outcome: 'absent' }),
      op('r5', 'list', 32, 33, { revision: 2, found: [seen(changed)] }),
      op('r6', 'create', 32, 33, { outcome: 'present' }),
      op('r7', 'update', 32, 33, { outcome: 'moved', expected: 1 }),
    ];
    expect(findings([...writes, ...reads], rows)).toEqual([]);
  });

  test('a request without an answer may have been carried out, or not, but not twice', () => {
    const unknown = op('b', 'update', 20, Infinity, { outcome: 'unknown' });
    expect(findings([writes[0] as Operation, unknown], [made])).toEqual([]);
    expect(findings([writes[0] as Operation, unknown], [made, changed])).toEqual([]);
    expect(findings([writes[0] as Operation, unknown], [made, changed, row(3, 'b')])).toEqual([expect.stringContaining('was written 2 times')]);
  });

  test.each<[string, Operation[], LogRow[], string]>([
    ['a lost write', writes, [made, gone], 'update one (b) was acknowledged and is not in the log'],
    ['a write at another place', [wrote(made, 'create', 0, 10, { revision: 7 })], [made], 'was acknowledged at 7'],
    ['a write with another content', [wrote(made, 'create', 0, 10)], [{ ...made, value: 'x' }], 'was acknowledged at 1'],
    ['a refused write', [wrote(made, 'create', 0, 10, { outcome: 'undone' })], [made], 'was answered with "undone"'],
    ['a write of nobody', [], [made], 'nobody asked for ADDED of one at 1'],
    [
      'an entry behind a later one',
      [wrote(made, 'create', 20, 30), wrote(changed, 'update', 0, 10)],
      [made, changed],
      'is at 2, behind 1, which was begun after it had ended',
    ],
    [
      'a precondition that did not hold',
      [wrote(made, 'create', 0, 10), wrote(changed, 'update', 20, 30, { expected: 9 })],
      [made, changed],
      'expected 9 and found 1',
    ],
    [
      'a second create',
      [wrote(made, 'create', 0, 10), wrote(changed, 'create', 20, 30)],
      [made, { ...changed, type: 'ADDED' }],
      'before it the object was there',
    ],
    ['a change of what is not there', [wrote(changed, 'update', 20, 30)], [changed], 'before it the object was not there'],
    [
      'a new uid for the same object',
      [wrote(made, 'create', 0, 10), wrote({ ...changed, uid: 'u2' }, 'update', 20, 30)],
      [made, { ...changed, uid: 'u2' }],
      'changed the uid',
    ],
    ['a stale read', [...writes, op('r', 'get', 35, 36, { found: [seen(made)] })], rows, 'which was so at no revision from 2 to 3'],
    ['a read of something else', [...writes, op('r', 'get', 35, 36, { found: [{ ...seen(changed), value: 'x' }] })], rows, 'which was so at no revision'],
    ['a read of the future', [...writes, op('r', 'get', 12, 14, { found: [seen(changed)] })], rows, 'which was so at no revision'],
    [
      'a read that goes back behind another',
      [...writes, op('r1', 'get', 21, 23, { found: [seen(changed)] }), op('r2', 'get', 24, 25, { found: [seen(made)] })],
      rows,
      'get one (r2)',
    ],
    ['absence that was over', [...writes, op('r', 'get', 35, 36, { outcome: 'absent' })], rows, 'answered absent'],
    ['presence that was over', [...writes, op('r', 'create', 60, 61, { outcome: 'present' })], rows, 'answered present'],
    ['a conflict without a change', [...writes, op('r', 'update', 35, 36, { outcome: 'moved', expected: 2 })], rows, 'answered moved'],
    ['a stale list', [...writes, op('r', 'list', 35, 36, { revision: 1, found: [seen(made)] })], rows, 'shows 1, and 2 had been acknowledged'],
    [
      'a list of the future',
      [...writes, op('r', 'list', 12, 14, { revision: 2, found: [seen(changed)] })],
      rows,
      'shows 2, and 2 was only asked for after it was answered',
    ],
    ['a list that lacks one', [...writes, op('r', 'list', 35, 36, { revision: 2, found: [] })], rows, 'shows 0 objects instead of 1'],
  ])('finds %s', (_, operations, entries, text) => {
    expect(findings(operations, entries).join('\n')).toContain(text);
  });
});
