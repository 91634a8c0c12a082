import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import { seeded } from '#lib/reconcile/seeded';
import { fieldsOf } from './fields';
import { mergeBack } from './merge-back';

interface Parts {
  readonly labels?: Record<string, string>;
  readonly containers?: readonly { name: string; image?: string; args?: string[] }[];
  readonly finalizers?: string[];
  readonly status?: object;
  readonly revision?: string;
}

const pod = ({ labels, containers, finalizers, status, revision = '1' }: Parts): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u', resourceVersion: revision, creationTimestamp: 't', ...(labels && { labels }), ...(finalizers && { finalizers }) },
    ...(containers && { spec: { containers } }),
    ...(status && { status }),
  }) as unknown as KubeObject;

const undo = (before: Parts, after: Parts, current: Parts, force = false) =>
  mergeBack({ before: pod(before), after: pod({ ...after, revision: '2' }), scope: 'all but status' }, pod({ ...current, revision: '3' }), force);

describe('taking a change back', () => {
  test('restores what it changed and keeps what came later', () => {
    const { object, superseded } = undo(
      { labels: { a: '1', b: '1' }, containers: [{ name: 'c', image: 'x:1' }] },
      { labels: { a: '2', b: '1' }, containers: [{ name: 'c', image: 'x:1' }] },
      { labels: { a: '2', b: '1', d: '1' }, containers: [{ name: 'c', image: 'x:2' }] },
    );
    expect(superseded).toEqual([]);
    expect(object).toEqual(pod({ labels: { a: '1', b: '1', d: '1' }, containers: [{ name: 'c', image: 'x:2' }], revision: '3' }));
  });

  test('names what was changed again, and leaves it unless it is forced', () => {
    const versions = [{ labels: { a: '1', b: '1' } }, { labels: { a: '2', b: '2' } }, { labels: { a: '3', b: '2' } }] as const;
    const gentle = undo(...versions);
    expect(gentle.superseded).toEqual([{ path: '.metadata.labels.a', wrote: '2', found: '3', wanted: '1' }]);
    expect(gentle.object.metadata.labels).toEqual({ a: '3', b: '1' });
    expect(undo(...versions, true).object.metadata.labels).toEqual({ a: '1', b: '1' });
  });

  test('merges lists with keys item by item, and puts an item back where it stood', () => {
    const { object, superseded } = undo(
      { containers: [{ name: 'a' }, { name: 'b', image: 'b:1' }, { name: 'c' }] },
      { containers: [{ name: 'a' }, { name: 'c' }, { name: 'new' }] },
      { containers: [{ name: 'later' }, { name: 'c', image: 'c:2' }, { name: 'a' }, { name: 'new' }] },
    );
    expect(superseded).toEqual([]);
    expect((object as unknown as { spec: object }).spec).toEqual({
      containers: [{ name: 'later' }, { name: 'c', image: 'c:2' }, { name: 'a' }, { name: 'b', image: 'b:1' }],
    });
  });

  test('takes away what it added even where others have added beside it, and complains when they changed it', () => {
    expect(undo({}, { labels: { a: '1' } }, { labels: { a: '1', b: '1' } }).object.metadata.labels).toEqual({ b: '1' });
    expect(undo({}, { labels: { a: '1' } }, { labels: { a: '1' } }).object.metadata).not.toHaveProperty('labels');
    const grown = undo(
      { containers: [{ name: 'a' }] },
      { containers: [{ name: 'a' }, { name: 'b', image: '1' }] },
      { containers: [{ name: 'a' }, { name: 'b', image: '2' }] },
    );
    expect(grown.superseded).toEqual([{ path: '.spec.containers[name=b]', wrote: { name: 'b', image: '1' }, found: { name: 'b', image: '2' } }]);
    expect(grown.object).toEqual(pod({ containers: [{ name: 'a' }, { name: 'b', image: '2' }], revision: '3' }));
  });

  test('takes a list without keys as one value, and a set value by value', () => {
    const args = (...list: string[]): Parts => ({ containers: [{ name: 'c', args: list }] });
    expect(undo(args('1'), args('1', '2'), args('1', '2', '3')).superseded).toMatchObject([{ path: '.spec.containers[name=c].args' }]);
    const set = undo({ finalizers: ['a/x'] }, { finalizers: ['a/x', 'a/y'] }, { finalizers: ['a/z', 'a/x', 'a/y'] });
    expect([set.object.metadata.finalizers, set.superseded]).toEqual([['a/z', 'a/x'], []]);
  });

  test('leaves the status to those who observe, and undoes only the status where that was the change', () => {
    const kept = undo(
      { labels: { a: '1' }, status: { phase: 'Pending' } },
      { labels: { a: '2' }, status: { phase: 'Pending' } },
      { labels: { a: '2' }, status: { phase: 'Running' } },
    );
    expect(kept.object).toMatchObject({ metadata: { labels: { a: '1' } }, status: { phase: 'Running' } });
    const change = { before: pod({ status: { phase: 'Pending' } }), after: pod({ status: { phase: 'Running' } }), scope: 'status' } as const;
    expect(mergeBack(change, pod({ labels: { b: '1' }, status: { phase: 'Running' } })).object).toEqual(
      pod({ labels: { b: '1' }, status: { phase: 'Pending' } }),
    );
  });

  test('for each field gives the old value, the current one, or a complaint, whatever changed', () => {
    const random = seeded(11);
    for (let i = 0; i < 250; i++) {
      const [before, after, current] = [anyParts(random), anyParts(random), anyParts(random)];
      const { object, superseded } = undo(before, after, current);
      const [was, wrote, is, got] = [before, after, current].map((parts) => fieldsOf(pod(parts))).concat(fieldsOf(object)) as [Fields, Fields, Fields, Fields];
      for (const { wrote: put, found, wanted } of superseded)
        expect([sameValue(put, found), sameValue(found, wanted), sameValue(put, wanted)]).toEqual([false, false, false]);
      const complaints = new Set(superseded.map(({ path }) => path));
      for (const path of new Set([...was.keys(), ...wrote.keys(), ...is.keys()])) {
        if ([...complaints].some((one) => path.startsWith(one) || one.startsWith(path))) continue;
        if (isWhole(path)) continue;
        const expected = wrote.get(path) === was.get(path) ? is.get(path) : was.get(path);
        expect([path, got.get(path)]).toEqual([path, expected]);
        expect(is.get(path) === wrote.get(path) || is.get(path) === was.get(path) || wrote.get(path) === was.get(path)).toBe(true);
      }
    }
  });
});

type Fields = Map<string, unknown>;

/** What is there only because nothing lies below it. */
const isWhole = (path: string): boolean => path === '.spec' || path === '.spec.containers' || path === '.metadata.labels';

function anyParts(random: () => number): Parts {
  const pick = (n: number): number => Math.floor(random() * n);
  const labels = Object.fromEntries(['a', 'b'].filter(() => pick(3) > 0).map((key) => [key, String(pick(2))]));
  const containers = ['a', 'b', 'c'].filter(() => pick(3) > 0).map((name) => ({ name, image: String(pick(2)) }));
  return { ...(Object.keys(labels).length > 0 && { labels }), ...(containers.length > 0 && { containers: pick(2) ? containers : containers.reverse() }) };
}
