import { PROMISE_MS, type Verdict, Witness } from './witness';

/** A witness on a clock of ours; `kept` is what it has written down. */
function aWitness(known?: Verdict) {
  const kept: Verdict[] = [];
  let time = 1_000_000;
  const witness = new Witness(
    known,
    (verdict) => kept.push(verdict),
    () => time,
  );
  return { ask: witness.answer.bind(witness), kept, pass: (ms: number) => (time += ms) };
}

const led = (standby?: string): Verdict => ({ leader: 'a', ...(standby && { standby }), released: false, term: 1 });

describe('who may be the primary', () => {
  test('the first who asks, and nobody else by asking', () => {
    const { ask, kept } = aWitness();
    expect(ask({ do: 'look' })).toEqual({ released: false, term: 0 });
    expect(ask({ do: 'lead', name: 'a' }).leader).toBe('a');
    expect(ask({ do: 'lead', name: 'b' }).leader).toBe('a');
    expect(kept).toEqual([led()]); // written down before it is said, and once
  });

  test('a standby takes over when the leader was silent for as long as he was promised', () => {
    const { ask, pass } = aWitness(led('b'));
    pass(PROMISE_MS);
    ask({ do: 'lead', name: 'a' });
    pass(PROMISE_MS - 1);
    expect(ask({ do: 'take', name: 'b' }).leader).toBe('a');
    pass(1);
    expect(ask({ do: 'take', name: 'b' })).toEqual({ leader: 'b', released: false, term: 2 });
  });

  test('a standby that may lack something never takes over', () => {
    const { ask, pass } = aWitness(led('b'));
    ask({ do: 'trust', name: 'a' });
    pass(PROMISE_MS * 10);
    expect(ask({ do: 'take', name: 'b' }).leader).toBe('a');
    ask({ do: 'release', name: 'a' });
    expect(ask({ do: 'take', name: 'b' }).leader).toBe('a');
  });

  test('a leader whose PostgreSQL died is succeeded at once, and does not come back by himself', () => {
    const { ask } = aWitness(led('b'));
    ask({ do: 'lead', name: 'a' });
    ask({ do: 'release', name: 'a' });
    expect(ask({ do: 'take', name: 'b' }).leader).toBe('b');
    expect(ask({ do: 'reclaim', name: 'a' }).leader).toBe('b');
    expect(ask({ do: 'lead', name: 'a' }).leader).toBe('b');
  });

  test('of a take-over and a reclaim that meet, the first wins', () => {
    const { ask, pass } = aWitness(led('b'));
    ask({ do: 'release', name: 'a' });
    expect(ask({ do: 'reclaim', name: 'a' })).toEqual(led());
    pass(PROMISE_MS * 10);
    expect(ask({ do: 'take', name: 'b' }).leader).toBe('a');
  });

  test('only the leader says whom he trusts, and not after he has let go', () => {
    const { ask } = aWitness(led());
    expect(ask({ do: 'trust', name: 'b', standby: 'b' }).standby).toBeUndefined();
    ask({ do: 'release', name: 'a' });
    expect(ask({ do: 'trust', name: 'a', standby: 'b' }).standby).toBeUndefined();
  });

  test('after its own restart it waits for what it may have promised before', () => {
    const { ask, pass } = aWitness(led('b'));
    expect(ask({ do: 'take', name: 'b' }).leader).toBe('a');
    pass(PROMISE_MS);
    expect(ask({ do: 'take', name: 'b' }).leader).toBe('b');
  });
});
