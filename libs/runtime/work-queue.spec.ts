import { Backoff } from './backoff';
import { VirtualClock } from './testing/virtual-clock';
import { MAX_CAUSES, WorkQueue } from './work-queue';

describe('the work queue', () => {
  let clock: VirtualClock;
  let ready: number;
  let queue: WorkQueue;
  beforeEach(() => {
    clock = new VirtualClock();
    ready = 0;
    queue = new WorkQueue(clock, () => ready++);
  });
  const takeAll = (): string[] => {
    const keys: string[] = [];
    for (let work = queue.take(); work; work = queue.take()) keys.push(work.key);
    return keys;
  };
  const inMs = (ms: number): Date => new Date(clock.now().getTime() + ms);

  test('is fair: keys come out as they went in', () => {
    ['c', 'a', 'b'].forEach((key) => queue.add(key));
    expect(takeAll()).toEqual(['c', 'a', 'b']);
  });

  test('holds a waiting key once, with all that woke it', () => {
    [3, 1, 2, 3].forEach((cause) => queue.add('a', cause));
    queue.add('a');
    expect(queue.take()).toEqual({ key: 'a', causes: [1, 2, 3] });
    expect(queue.take()).toBeUndefined();
  });

  test('never gives the same key out twice at once', () => {
    queue.add('a', 1);
    queue.take();
    queue.add('a', 2);
    expect(queue.take()).toBeUndefined();
  });

  test('gives a key out again that was added while it was worked on', () => {
    queue.add('a', 1);
    queue.take();
    queue.add('a', 2);
    queue.done('a');
    expect(queue.take()).toEqual({ key: 'a', causes: [2] });
    queue.done('a');
    expect(queue.take()).toBeUndefined();
  });

  test('does not give a key out again when its work had not really begun', () => {
    queue.add('a', 1);
    queue.take();
    queue.add('a', 2);
    expect(queue.absorb('a')).toEqual([2]);
    queue.done('a');
    expect(queue.take()).toBeUndefined();
  });

  test('puts such a key behind those that wait', () => {
    queue.add('a');
    queue.take();
    queue.add('a');
    queue.add('b');
    queue.done('a');
    expect(takeAll()).toEqual(['b', 'a']);
  });

  test('keeps the latest causes of a storm', () => {
    for (let cause = 1; cause <= MAX_CAUSES + 10; cause++) queue.add('a', cause);
    const causes = queue.take()?.causes ?? [];
    expect([causes.length, causes[0], causes.at(-1)]).toEqual([MAX_CAUSES, 11, MAX_CAUSES + 10]);
  });

  test('adds a key at its time; the earliest of several wins', () => {
    queue.addAt('a', inMs(100));
    queue.addAt('a', inMs(50));
    queue.addAt('a', inMs(70));
    clock.advance(49);
    expect(takeAll()).toEqual([]);
    clock.advance(1);
    expect(takeAll()).toEqual(['a']);
    queue.done('a');
    clock.advance(100);
    expect(takeAll()).toEqual([]);
    expect(queue.idle).toBe(true);
  });

  test('adds at once what was due in the past', () => {
    queue.addAt('a', inMs(-1000));
    clock.advance(0);
    expect(takeAll()).toEqual(['a']);
  });

  test('does not wait for an hour again when the clock is set back by one', () => {
    const stepped = { now: () => new Date(clock.now().getTime() + offset), setTimeout: clock.setTimeout.bind(clock) };
    let offset = 3_600_000;
    queue = new WorkQueue(stepped, () => undefined);
    queue.addAfter('a', 50);
    offset = 0;
    clock.advance(50);
    expect(takeAll()).toEqual(['a']);
  });

  test('tells when there is something to take', () => {
    queue.add('a');
    queue.add('a');
    expect(ready).toBe(1);
  });
});

describe('the backoff', () => {
  test('doubles from 5 ms to 1000 s for each key by itself, and starts anew after a success', () => {
    const backoff = new Backoff();
    expect([1, 2, 3, 4].map(() => backoff.next('a'))).toEqual([5, 10, 20, 40]);
    expect(backoff.next('b')).toBe(5);
    for (let i = 0; i < 30; i++) backoff.next('a');
    expect(backoff.next('a')).toBe(1_000_000);
    backoff.reset('a');
    expect(backoff.next('a')).toBe(5);
  });
});
