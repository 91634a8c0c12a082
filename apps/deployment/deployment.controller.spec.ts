import { join } from 'node:path';
import type { Deployment } from '#lib/api/apps/deployment';
import type { ReplicaSet } from '#lib/api/apps/replicaset';
import type { Command } from '#lib/reconcile/command';
import { aDeployment, type DeploymentOptions } from '#lib/reconcile/testing/builders/deployment';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import { given } from '#lib/reconcile/testing/given';
import { golden } from '#lib/reconcile/testing/golden';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { deployment } from './deployment.controller';

const decide = given(deployment);
const NEW = 'registry/web:2';
const OLD = 'registry/web:1';

/** A set of `own` with `size` pods, all available unless said otherwise; sized for the deployment as it is. */
function setOf(
  own: Deployment,
  image: string,
  size: number,
  more: { available?: number; revision?: number; desired?: number; max?: number; created?: string } = {},
): ReplicaSet {
  const name = `web-${image.at(-1)}`;
  const available = more.available ?? size;
  return aReplicaSet({
    name,
    image,
    replicas: size,
    ownedBy: own,
    created: more.created ?? (image === OLD ? secondsAgo(3000) : secondsAgo(100)),
    annotations: {
      'deployment.kubernetes.io/revision': String(more.revision ?? image.at(-1)),
      'deployment.kubernetes.io/desired-replicas': String(more.desired ?? own.spec.replicas),
      'deployment.kubernetes.io/max-replicas': String(more.max ?? 13),
    },
    status: { replicas: size, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  });
}

const web = (options: DeploymentOptions = {}): Deployment =>
  aDeployment({ replicas: 10, image: NEW, annotations: { 'deployment.kubernetes.io/revision': '2' }, ...options });
const sizes = (commands: readonly Command[]): Record<string, number> =>
  Object.fromEntries(commands.flatMap((c) => (c.do === 'patch' && 'spec' in c.patch ? [[c.ref.name, (c.patch.spec as { replicas: number }).replicas]] : [])));
const events = (commands: readonly Command[]): string[] => commands.flatMap((c) => (c.do === 'report' ? [c.report.message] : []));
const statusIn = (commands: readonly Command[]) => commands.find((c) => c.do === 'setStatus')?.status as Deployment['status'] | undefined;
const progressing = (commands: readonly Command[]) => statusIn(commands)?.conditions?.find((c) => c.type === 'Progressing');

describe('deployment', () => {
  golden(deployment, join(__dirname, 'testdata'));

  test('makes a replica set named after the hash of its template', () => {
    const commands = decide(aDeployment({ replicas: 3, annotations: { note: 'x' } }));
    const [made] = commands;
    if (made?.do !== 'create') throw new Error('no create');
    const hash = made.object.metadata.labels?.['pod-template-hash'];
    expect(made.object).toMatchObject({
      kind: 'ReplicaSet',
      metadata: {
        name: `web-${hash}`,
        annotations: {
          note: 'x',
          'deployment.kubernetes.io/revision': '1',
          'deployment.kubernetes.io/desired-replicas': '3',
          'deployment.kubernetes.io/max-replicas': '4',
        },
      },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
        template: { metadata: { labels: { 'pod-template-hash': hash } } },
      },
    });
    expect(made.report).toMatchObject({ reason: 'ScalingReplicaSet', message: `Scaled up replica set web-${hash} from 0 to 3` });
    expect(commands.slice(1)).toMatchObject([
      {
        do: 'setStatus',
        status: {
          observedGeneration: 1,
          unavailableReplicas: 3,
          conditions: [
            { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "web-${hash}"` },
            { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' },
          ],
        },
      },
      { do: 'patch', ref: { kind: 'Deployment' }, subresource: 'status', patch: { metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } } } },
      { do: 'wake', at: new Date(NOW.getTime() + 601_000) },
    ]);
  });

  test('hashes again when another set has the name', () => {
    const own = aDeployment({ replicas: 3 });
    const [made] = decide(own);
    const name = made?.do === 'create' ? made.object.metadata.name : '';
    expect(decide(own, aReplicaSet({ name, labels: { app: 'x' } }))).toMatchObject([{ do: 'setStatus', status: { collisionCount: 1 } }]);
    const [again] = decide(aDeployment({ replicas: 3, status: { collisionCount: 1 } }));
    expect(again?.do === 'create' && again.object.metadata.name).not.toBe(name);
  });

  test('asks for nothing once complete', () => {
    const done = web();
    const set = setOf(done, NEW, 10);
    const commands = decide(done, set);
    expect(progressing(commands)).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: 'ReplicaSet "web-2" has successfully progressed.',
    });
    expect(decide({ ...done, status: statusIn(commands) } as Deployment, set)).toEqual([]);
  });

  describe('rolling', () => {
    test('grows the new set by the surge first', () => {
      const own = web();
      const commands = decide(own, setOf(own, OLD, 10), setOf(own, NEW, 0));
      expect(sizes(commands)).toEqual({ 'web-2': 3 });
      expect(events(commands)).toEqual(['Scaled up replica set web-2 from 0 to 3']);
    });

    test('then shrinks the old one as far as availability allows', () => {
      const own = web();
      const commands = decide(own, setOf(own, OLD, 10), setOf(own, NEW, 3, { available: 0 }));
      expect(sizes(commands)).toEqual({ 'web-1': 8 });
      expect(events(commands)).toEqual(['Scaled down replica set web-1 from 10 to 8']);
    });

    test('removes unhealthy old pods before healthy ones', () => {
      const own = web({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 2 } } });
      expect(sizes(decide(own, setOf(own, OLD, 10, { available: 8, max: 10 }), setOf(own, NEW, 0, { max: 10 })))).toEqual({ 'web-1': 8 });
    });

    test('counts new pods that are not available yet as missing', () => {
      const own = web();
      expect(sizes(decide(own, setOf(own, OLD, 10, { available: 5 }), setOf(own, NEW, 3, { available: 0 })))).toEqual({ 'web-1': 8 });
    });

    test('waits for new pods to become available', () => {
      const own = web();
      expect(sizes(decide(own, setOf(own, OLD, 8), setOf(own, NEW, 5, { available: 0 })))).toEqual({});
    });

    test('lets one pod be missing when surge and unavailability both come to nothing', () => {
      const own = web({ replicas: 1, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '25%' } } });
      expect(sizes(decide(own, setOf(own, OLD, 1, { max: 1 }), setOf(own, NEW, 0, { max: 1 })))).toEqual({ 'web-1': 0 });
    });
  });

  describe('recreate', () => {
    const own = web({ strategy: { type: 'Recreate' } });

    test('empties the old sets before it makes the new one', () => {
      const commands = decide(own, setOf(own, OLD, 10, { max: 10 }));
      expect(sizes(commands)).toEqual({ 'web-1': 0 });
      expect(commands.some((c) => c.do === 'create')).toBe(false);
    });

    test('waits for pods that are being deleted', () => {
      const old = setOf(own, OLD, 0, { max: 10 });
      const dying = aPod({ ownedBy: old, ready: true, deleted: secondsAgo(1) });
      expect(decide(own, old, dying).some((c) => c.do === 'create')).toBe(false);
      expect(decide(own, old).find((c) => c.do === 'create')).toMatchObject({ object: { spec: { replicas: 10 } } });
    });
  });

  describe('scaling', () => {
    test('sizes the only active set', () => {
      const own = web({ replicas: 4 });
      expect(sizes(decide(own, setOf(own, NEW, 10, { desired: 10 }), setOf(own, OLD, 0)))).toEqual({ 'web-2': 4 });
    });

    test('in the middle of a rollout keeps the proportion', () => {
      const own = web({ replicas: 20 });
      const commands = decide(own, setOf(own, OLD, 8, { desired: 10, max: 13 }), setOf(own, NEW, 5, { desired: 10, max: 13 }));
      expect(sizes(commands)).toEqual({ 'web-1': 15, 'web-2': 10 });
    });

    test('gives what rounding leaves to the largest set', () => {
      const own = web({ replicas: 11 });
      const sets = [setOf(own, OLD, 6, { desired: 10 }), setOf(own, NEW, 5, { desired: 10 }), setOf(own, 'registry/web:3', 2, { desired: 10 })];
      expect(sizes(decide(own, ...sets))).toEqual({ 'web-1': 7 });
    });

    test('to zero empties all', () => {
      const own = web({ replicas: 0 });
      expect(sizes(decide(own, setOf(own, OLD, 8, { desired: 10 }), setOf(own, NEW, 5, { desired: 10 })))).toEqual({ 'web-1': 0, 'web-2': 0 });
    });
  });

  describe('revisions', () => {
    test('going back to an old template gives its set the next revision and remembers the one it had', () => {
      const own = web({ image: OLD });
      const commands = decide(own, setOf(own, NEW, 10), setOf(own, OLD, 0));
      expect(commands[0]).toMatchObject({
        do: 'patch',
        ref: { name: 'web-1' },
        patch: { metadata: { annotations: { 'deployment.kubernetes.io/revision': '3', 'deployment.kubernetes.io/revision-history': '1' } } },
      });
      expect(commands).toContainEqual(
        expect.objectContaining({ do: 'patch', subresource: 'status', patch: { metadata: { annotations: { 'deployment.kubernetes.io/revision': '3' } } } }),
      );
    });

    test('old sets beyond the limit are removed once the rollout is complete', () => {
      const own = web({ spec: { revisionHistoryLimit: 1 } });
      const sets = [setOf(own, NEW, 10, { revision: 9 }), setOf(own, 'registry/web:3', 0), setOf(own, 'registry/web:4', 0)];
      const status = { observedGeneration: 1, replicas: 10, updatedReplicas: 10, readyReplicas: 10, availableReplicas: 10 };
      const complete = { ...own, status } as Deployment;
      expect(decide(complete, ...sets).filter((c) => c.do === 'remove')).toMatchObject([{ ref: { name: 'web-3' } }]);
      expect(decide(own, ...sets).filter((c) => c.do === 'remove')).toEqual([]);
    });

    test('an orphaned set with its labels is adopted', () => {
      const own = web();
      const orphan = { ...setOf(own, NEW, 10), metadata: { ...setOf(own, NEW, 10).metadata, ownerReferences: undefined } } as ReplicaSet;
      expect(decide(own, orphan)[0]).toMatchObject({
        do: 'patch',
        patch: { metadata: { ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }] } },
      });
    });
  });

  describe('pausing', () => {
    test('stops the rollout but not scaling', () => {
      const paused = web({ spec: { paused: true } });
      const commands = decide(paused, setOf(paused, OLD, 10));
      expect(sizes(commands)).toEqual({});
      expect(commands.some((c) => c.do === 'create')).toBe(false);
      expect(progressing(commands)).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' });
      expect(sizes(decide(web({ replicas: 4, spec: { paused: true } }), setOf(paused, OLD, 10)))).toEqual({ 'web-1': 4 });
    });

    test('does not hide that the rollout has failed', () => {
      const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
      const paused = web({ spec: { paused: true }, status: { conditions } });
      expect(progressing(decide(paused, setOf(paused, OLD, 10)))).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    });

    test('and resuming is said', () => {
      const conditions = [{ type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused' }];
      const own = web({ status: { replicas: 13, updatedReplicas: 3, readyReplicas: 10, availableReplicas: 10, conditions } });
      expect(progressing(decide(own, setOf(own, OLD, 10), setOf(own, NEW, 3, { available: 0 })))).toMatchObject({ reason: 'DeploymentResumed' });
    });
  });

  test('fewer old pods are progress', () => {
    const conditions = [
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', lastUpdateTime: secondsAgo(50), lastTransitionTime: secondsAgo(50) },
    ];
    const own = web({ status: { observedGeneration: 1, replicas: 13, updatedReplicas: 3, readyReplicas: 13, availableReplicas: 13, conditions } });
    const next = progressing(decide(own, setOf(own, OLD, 8), setOf(own, NEW, 3)));
    expect(next).toMatchObject({ reason: 'ReplicaSetUpdated', lastUpdateTime: secondsAgo(0), lastTransitionTime: secondsAgo(50) });
  });

  describe('the deadline', () => {
    const stuck = (since: number): Deployment =>
      web({
        replicas: 1,
        status: {
          observedGeneration: 1,
          replicas: 1,
          updatedReplicas: 1,
          unavailableReplicas: 1,
          conditions: [
            { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', lastUpdateTime: secondsAgo(since), lastTransitionTime: secondsAgo(since) },
          ],
        },
      });
    const set = (own: Deployment) => setOf(own, NEW, 1, { available: 0, max: 2 });

    test('is waited for', () => {
      expect(decide(stuck(100), set(stuck(100))).at(-1)).toEqual({ do: 'wake', at: new Date(NOW.getTime() + 501_000) });
    });

    test('ends the rollout as failed', () => {
      expect(progressing(decide(stuck(601), set(stuck(601))))).toMatchObject({
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "web-2" has timed out progressing.',
      });
    });
  });

  test('passes on that pods cannot be made', () => {
    const own = web();
    const set = setOf(own, NEW, 10, { available: 0 });
    const failing = { ...set, status: { ...set.status, conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }] } };
    expect(statusIn(decide(own, failing))?.conditions).toContainEqual(
      expect.objectContaining({ type: 'ReplicaFailure', reason: 'FailedCreate', message: 'quota' }),
    );
  });

  test('only observes while it is being deleted', () => {
    const own = web({ deleted: secondsAgo(1) });
    expect(decide(own, setOf(own, OLD, 10)).map((c) => c.do)).toEqual(['setStatus']);
  });

  test('refuses to select all pods', () => {
    const own = aDeployment({ spec: { selector: {} } });
    expect(decide(own)).toMatchObject([
      { do: 'report', report: { type: 'Warning', reason: 'SelectingAll' } },
      { do: 'setStatus', status: { observedGeneration: 1 } },
    ]);
  });
});
