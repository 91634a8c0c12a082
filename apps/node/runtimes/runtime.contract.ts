import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import type { ContainerFacts, Observation, Place, Runtime, Step } from './runtime';

/** A runtime to be tested. */
export interface RuntimeUnderTest {
  readonly runtime: Runtime;
  /** An image that it has or can get. */
  readonly image: string;
  /** Lets time pass until something can be observed: virtually, or by waiting. Returns the time. */
  advance(ms: number): Promise<number> | number;
}

/** What every runtime must do, whatever its containers are made of. */
export function runtimeContract(name: string, open: () => Promise<RuntimeUnderTest> | RuntimeUnderTest): void {
  describe(`runtime ${name}`, () => {
    const node = aNode({ spec: { podCIDR: '10.244.7.0/24' } });
    let under: RuntimeUnderTest;
    let alive: Pod[];
    let now: number;
    const place: Place = { node, pods: () => alive };

    beforeEach(async () => {
      under = await open();
      alive = [];
      now = await under.advance(0);
    });

    const pod = (command: string[], podName = 'web'): Pod => {
      const container: Container = { name: 'app', image: under.image, imagePullPolicy: 'IfNotPresent', command };
      const made = aPod({ name: podName, node: 'node-1', spec: { containers: [container] } });
      alive.push(made);
      return made;
    };
    const perform = (of: Pod, ...steps: Step[]): void => steps.forEach((step) => under.runtime.perform(step, of, place, now));
    const observe = (of: Pod): Observation => under.runtime.observe(of, place, now);
    const run = (of: Pod): ContainerFacts | undefined => observe(of).containers.app?.current;

    /** Looks again and again, as an agent does, until it is so. */
    async function until(of: Pod, isSo: (facts: Observation) => boolean): Promise<Observation> {
      for (let look = 0; look < 200; look++) {
        const facts = observe(of);
        if (isSo(facts)) return facts;
        now = await under.advance(Math.max(1, (facts.next ?? now + 50) - now));
      }
      throw new Error(`never so: ${JSON.stringify(observe(of))}`);
    }

    async function started(of: Pod): Promise<ContainerFacts> {
      perform(of, { do: 'startSandbox' }, { do: 'pull', container: 'app', attempt: 1 });
      await until(of, (facts) => facts.pulls.app?.state === 'present');
      perform(of, { do: 'start', container: 'app', attempt: 0, backOffMs: 0 });
      return (await until(of, (facts) => facts.containers.app?.current.startedAt !== undefined)).containers.app!.current;
    }

    test('knows nothing of a pod that it was not told of', () => {
      expect(observe(pod(['sleep', '60']))).toMatchObject({ at: now, pulls: {}, containers: {} });
    });

    test('gives each pod an address of the node, and keeps it', async () => {
      const [a, b] = [pod(['sleep', '60'], 'a'), pod(['sleep', '60'], 'b')];
      perform(a, { do: 'startSandbox' }, { do: 'startSandbox' });
      perform(b, { do: 'startSandbox' });
      const addresses = [a, b].map((of) => observe(of).sandbox?.ip);
      expect(new Set(addresses).size).toBe(2);
      expect(addresses.every((address) => address?.startsWith('10.244.7.'))).toBe(true);
      perform(a, { do: 'startSandbox' });
      expect(observe(a).sandbox?.ip).toBe(addresses[0]);
    });

    test('runs a container until its command ends, and says how it ended', async () => {
      const of = pod(['sh', '-c', 'sleep 1; exit 3']);
      const { id, image, imageId } = await started(of);
      expect(id).toMatch(new RegExp(`^${under.runtime.name}://[0-9a-f]{64}$`));
      expect([image.length > 0, imageId.length > 0]).toEqual([true, true]);
      const ended = (await until(of, (facts) => facts.containers.app?.current.finishedAt !== undefined)).containers.app?.current;
      expect(ended).toMatchObject({ id, exitCode: 3 });
      expect((ended?.finishedAt ?? 0) - (ended?.startedAt ?? 0)).toBeGreaterThanOrEqual(900);
    });

    test('does nothing twice', async () => {
      const of = pod(['sleep', '60']);
      const { id } = await started(of);
      perform(of, { do: 'start', container: 'app', attempt: 0, backOffMs: 0 }, { do: 'pull', container: 'app', attempt: 1 });
      expect(run(of)?.id).toBe(id);
    });

    test('starts another run beside the memory of the one before', async () => {
      const of = pod(['sh', '-c', 'exit 1']);
      await started(of);
      const first = (await until(of, (facts) => facts.containers.app?.current.finishedAt !== undefined)).containers.app?.current;
      perform(of, { do: 'start', container: 'app', attempt: 1, backOffMs: 10_000 });
      const { current, last } = observe(of).containers.app ?? {};
      expect(current).toMatchObject({ attempt: 1, backOffMs: 10_000 });
      expect(last).toMatchObject({ id: first?.id, attempt: 0, exitCode: 1 });
      expect(current?.id).not.toBe(first?.id);
    });

    test('stops a container and remembers when it was told to', async () => {
      const of = pod(['sleep', '600']);
      await started(of);
      perform(of, { do: 'stop', container: 'app', graceMs: 2000 });
      expect(run(of)).toMatchObject({ graceMs: 2000 });
      const ended = (await until(of, (facts) => facts.containers.app?.current.finishedAt !== undefined)).containers.app?.current;
      expect([137, 143]).toContain(ended?.exitCode);
      expect(ended?.stoppedAt).toBeLessThanOrEqual(ended?.finishedAt ?? 0);
    });

    test('keeps what a container printed', async () => {
      const of = pod(['sh', '-c', 'echo one; echo two; sleep 60']);
      await started(of);
      expect(under.runtime.logs(of, 'app', {}, now)).toBe('one\ntwo\n');
      expect(under.runtime.logs(of, 'app', { tailLines: 1 }, now)).toBe('two\n');
      expect(under.runtime.logs(of, 'app', { timestamps: true }, now)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z one\n/);
      expect(under.runtime.logs(of, 'app', { previous: true }, now)).toBeUndefined();
      expect(under.runtime.logs(of, 'nobody', {}, now)).toBeUndefined();
    });

    test('lists the images that it has fetched', async () => {
      await started(pod(['sleep', '60']));
      expect(
        under.runtime
          .images('node-1')
          .flatMap(({ names }) => names)
          .join(),
      ).toContain(under.image);
    });

    test('ends what belongs to pods that are gone', async () => {
      const of = pod(['sleep', '600']);
      await started(of);
      alive = [];
      under.runtime.prune(place);
      expect(observe({ ...of, status: {} }).containers).toEqual({});
    });
  });
}
