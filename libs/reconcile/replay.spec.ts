import { ConfigMap } from '#lib/api/core/configmap';
import { patch } from './command';
import { defineController } from './controller';
import type { SentCommand } from './decide';
import { digestsOf, plainDigest } from './digest';
import { Replay, type ReplayEntry } from './replay';
import { aConfigMap } from './testing/builders/configmap';

const counting = defineController<ConfigMap>({
  name: 'counting',
  for: ConfigMap,
  reconcile: (map, world) => [patch(map, { data: { seen: String(world.list(ConfigMap).length) } })],
});

/** Entry `revision` adds config map `c<revision>`; when `world` is given a decision on c1 wrote it, in the world of that revision. */
function entry(revision: number, world?: number): ReplayEntry {
  const object = aConfigMap({ name: `c${revision}`, revision });
  const command = patch(aConfigMap({ name: 'c1' }), { data: { seen: String(world) } }) as SentCommand;
  const decision = {
    controller: 'counting',
    key: 'default/c1',
    world: world ?? 0,
    now: '2030-01-01T12:00:00.000Z',
    commands: digestsOf([command], plainDigest),
    index: 0,
  };
  return { revision, type: 'ADDED', resource: 'configmaps', object: JSON.stringify(object), ...(world && { decision }) };
}

const run = (window: number, entries: readonly ReplayEntry[], late?: ConstructorParameters<typeof Replay>[1]) => {
  const replay = new Replay([counting], { window, ...late });
  for (const one of entries) replay.add(one);
  return replay.finish();
};

describe('replay over a stream', () => {
  const history = [entry(1), entry(2), entry(3), entry(4, 3), entry(5), entry(6, 2), entry(7, 6)];

  test('makes each decision in exactly its world, though its entries come later', () => {
    expect(run(100, history)).toEqual({ checked: 3, divergences: [], unknown: 0, late: [] });
  });

  test('with a small window hands back what came too late, for a second pass', () => {
    const first = run(1, history);
    expect(first).toMatchObject({ checked: 2, divergences: [], late: [{ world: 2, revision: 6 }] });
    expect(run(1, history, { late: first.late })).toMatchObject({ checked: 1, divergences: [], late: [] });
  });

  test('checks a decision once, however many entries it wrote', () => {
    expect(run(100, [entry(1), entry(2, 1), { ...entry(3, 1), decision: { ...entry(3, 1).decision!, index: 1 } }]).checked).toBe(1);
  });

  test('begins at a checkpoint', () => {
    const replay = new Replay([counting], { minRevision: 4 });
    [entry(1), entry(2), entry(3)].forEach((one) => replay.seed(one));
    replay.startAt(3);
    [entry(4, 3), entry(5, 4)].forEach((one) => replay.add(one));
    expect(replay.finish()).toMatchObject({ checked: 1, divergences: [], late: [] });
  });

  test('counts decisions of controllers that are gone', () => {
    const replay = new Replay([]);
    history.forEach((one) => replay.add(one));
    expect(replay.finish()).toMatchObject({ checked: 0, unknown: 3 });
  });
});
