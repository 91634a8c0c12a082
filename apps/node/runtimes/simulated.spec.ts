import { rfc3339 } from '#lib/api/time';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { NOW } from '#lib/reconcile/testing/now';
import { AddressPool } from './address-pool';
import { fullImageName } from './behaviour';
import { runtimeContract } from './runtime.contract';
import type { ContainerFacts, Place } from './runtime';
import { evaluate } from './shell-script';
import { SimulatedRuntime } from './simulated';

runtimeContract('simulated', () => {
  let now = NOW.getTime();
  return { runtime: new SimulatedRuntime(), image: 'busybox', advance: (ms) => (now += ms) };
});

describe('two agents that play the same node, for a moment', () => {
  const node = aNode({ spec: { podCIDR: '10.244.7.0/24' } });
  const pod = aPod({ name: 'web', node: 'node-1' });
  const container = pod.spec.containers[0]!.name;
  const place: Place = { node, pods: () => [pod] };
  const at = NOW.getTime();

  function agentThatStarted(now: number): SimulatedRuntime {
    const agent = new SimulatedRuntime();
    for (const step of [{ do: 'startSandbox' }, { do: 'start', container, attempt: 0, backOffMs: 0 }] as const) agent.perform(step, pod, place, now);
    return agent;
  }
  const runOf = (agent: SimulatedRuntime, of: typeof pod, now: number): ContainerFacts | undefined =>
    agent.observe(of, place, now).containers[container]?.current;
  const told = (run: ContainerFacts, podIP: string): typeof pod => ({
    ...pod,
    status: {
      ...pod.status,
      podIP,
      containerStatuses: [
        {
          name: container,
          restartCount: 0,
          containerID: run.id,
          image: '',
          imageID: '',
          ready: true,
          state: { running: { startedAt: rfc3339(new Date(run.startedAt!)) } },
        },
      ],
    },
  });

  test('the one that spoke second believes what the first has said of the start', () => {
    const first = runOf(agentThatStarted(at), pod, at + 60_000)!;
    const second = agentThatStarted(at + 9_000);
    expect(runOf(second, told(first, '10.244.7.77'), at + 60_000)).toMatchObject({ id: first.id, startedAt: Math.floor(first.startedAt! / 1000) * 1000 });
    expect(second.observe(told(first, '10.244.7.77'), place, at + 60_000).sandbox).toMatchObject({ ip: '10.244.7.77' });
  });

  test('the one that has started nothing yet does not start it again', () => {
    const first = runOf(agentThatStarted(at), pod, at + 60_000)!;
    const second = new SimulatedRuntime();
    second.perform({ do: 'startSandbox' }, pod, place, at);
    expect(runOf(second, told(first, '10.244.7.77'), at + 60_000)).toMatchObject({ id: first.id });
  });

  test('what it said itself, and what is older than its own restart, changes nothing', () => {
    const agent = agentThatStarted(at + 123);
    const own = runOf(agent, pod, at + 60_000)!;
    expect(runOf(agent, told(own, '10.244.7.2'), at + 60_000)).toEqual(own);
    agent.perform({ do: 'start', container, attempt: 1, backOffMs: 0 }, pod, place, at + 70_000);
    expect(runOf(agent, told(own, '10.244.7.2'), at + 80_000)).toMatchObject({ attempt: 1 });
  });
});

describe('what a command does', () => {
  test.each<[string, string[], object]>([
    ['sleep ends', ['sleep', '5'], { runMs: 5000, exitCode: 0 }],
    ['sleep adds up, with units', ['/bin/sleep', '1m', '1.5'], { runMs: 61_500 }],
    ['sleep infinity does not end', ['sleep', 'infinity'], { runMs: undefined }],
    ['true', ['true'], { runMs: 0, exitCode: 0 }],
    ['false', ['false'], { runMs: 0, exitCode: 1 }],
    ['echo prints', ['echo', 'hello', 'world'], { runMs: 0, output: ['hello world'] }],
    ['a server runs for ever', ['nginx', '-g', 'daemon off;'], { runMs: undefined }],
    ['a script is the sum of its parts', ['sh', '-c', 'echo a; sleep 2 && exit 7; echo never'], { runMs: 2000, exitCode: 7, output: ['a'] }],
    ['&& and || look at the exit code', ['sh', '-c', 'false && echo no || echo "y e s"'], { exitCode: 0, output: ['y e s'] }],
    ['a loop without end', ['sh', '-c', 'while true; do echo tick; sleep 1; done'], { runMs: undefined, output: ['tick'] }],
    ['set -e', ['sh', '-ec', 'false; echo no'], { exitCode: 1, output: [] }],
    ['exec', ['bash', '-c', 'exec sleep 3'], { runMs: 3000 }],
    ['what is written to a file is not printed', ['sh', '-c', 'echo x > /tmp/x; echo y >&2'], { output: ['y'] }],
    ['perl -e', ['perl', '-Mbignum=bpi', '-wle', 'print bpi(2000)'], { runMs: 0, exitCode: 0 }],
    ['timeout', ['timeout', '2', 'sleep', '10'], { runMs: 2000, exitCode: 124 }],
    ['tail -f', ['tail', '-f', '/dev/null'], { runMs: undefined }],
  ])('%s', (_, argv, outcome) => {
    expect({ runMs: undefined, ...evaluate(argv) }).toMatchObject(outcome);
  });

  test('puts in the values of variables', () => {
    expect(evaluate(['echo', '$(NAME)', '$NAME', '${NAME}', '$OTHER'], { NAME: 'x' }).output).toEqual(['x x x $OTHER']);
  });
});

test('images have their full names', () => {
  expect(['nginx', 'bitnami/redis:7', 'ghcr.io/a/b', 'localhost:5000/x@sha256:1'].map(fullImageName)).toEqual([
    'docker.io/library/nginx:latest',
    'docker.io/bitnami/redis:7',
    'ghcr.io/a/b:latest',
    'localhost:5000/x@sha256:1',
  ]);
});

describe('addresses', () => {
  test('are given out in turn, so that one that was given back rests', () => {
    const pool = new AddressPool('10.244.3.0/24');
    expect([pool.take('a'), pool.take('b')]).toEqual(['10.244.3.2', '10.244.3.3']);
    pool.release('a');
    expect(pool.take('c')).toBe('10.244.3.4');
  });

  test('that are claimed are not given again, and there is an end', () => {
    const pool = new AddressPool('10.244.3.0/29');
    pool.claim('10.244.3.2', 'old');
    expect([pool.take('a'), pool.take('b'), pool.take('c'), pool.take('d'), pool.take('e')]).toEqual([
      '10.244.3.3',
      '10.244.3.4',
      '10.244.3.5',
      '10.244.3.6',
      undefined,
    ]);
  });
});
