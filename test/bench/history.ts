import type { Actor, DecisionInfo, NewEvent } from '#lib/log/log';
import { account, ACTORS, ADMIN, SCHEDULER, hex, long, uuid } from './history-actors';

/** How much of what: 1 M events are 100 of this. */
interface Live {
  readonly name: string;
  readonly uid: string;
  object: Record<string, unknown>;
  json: string;
  lives: number;
  /** Revision of its last entry. */
  last: number;
}

/**
 * A made-up but lifelike history: pods of 3 kB that come, are scheduled, run, change their status, and go; leases, Kubernetes Events,
 * config maps that kubectl writes, deployments whose status follows. The same every time.
 */
export class History {
  private seed = 7;
  private readonly pods: Live[] = [];
  private readonly reports: NewEvent[] = [];
  private readonly leases = new Map<string, number>();
  private made = 0;
  /** Revision of the last entry of a user. */
  private wish = 0;
  private clock = Date.parse('2026-01-01T00:00:00Z');

  /** @param livePods how many pods live at a time */
  constructor(private readonly livePods: number) {}

  /** Milliseconds: what the log is told the time is. */
  now(): number {
    return this.clock;
  }

  /** The next entries, from `revision` on. */
  next(revision: number, count: number): NewEvent[] {
    this.clock += count * 20;
    return Array.from({ length: count }, (_, i) => this.one(revision + i));
  }

  /** Only changes of the status of pods that live. */
  statusChanges(revision: number, count: number): NewEvent[] {
    this.clock += count * 20;
    return Array.from({ length: count }, (_, i) => this.status(revision + i, this.pods[this.random(this.pods.length)] as Live));
  }

  /** As many pods as live at a time, running. */
  start(revision: number): NewEvent[] {
    return Array.from({ length: this.livePods }, (_, i) => this.podAdded(revision + i)).map(
      (event, i) => (this.run(this.pods[i] as Live, event.revision), event),
    );
  }

  private one(revision: number): NewEvent {
    const dice = this.random(100);
    if (this.pods.length < this.livePods) return this.podAdded(revision);
    const pod = this.pods[this.random(this.pods.length)] as Live;
    if (dice < 8) return this.podGone(revision, pod);
    if (dice < 58) return this.status(revision, pod);
    if (dice < 75) return this.lease(revision);
    if (dice < 90) return this.report(revision, pod);
    if (dice < 95) return this.configMap(revision);
    return this.deployment(revision);
  }

  private podAdded(revision: number): NewEvent {
    const n = ++this.made;
    const name = `web-${hex(n % 50, 10)}-${hex(n, 5)}${n}`;
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${hex(n % 50, 10)}`, uid: uuid(n % 50), controller: true, blockOwnerDeletion: true };
    const metadata = {
      generateName: `web-${hex(n % 50, 10)}-`,
      namespace: `team-${n % 20}`,
      labels: { app: 'web', 'pod-template-hash': hex(n % 50, 10) },
      ownerReferences: [owner],
      name,
      uid: uuid(1_000_000 + n),
      creationTimestamp: this.time(),
    };
    const env = Array.from({ length: 6 }, (_, i) => ({ name: `SETTING_${i}`, value: hex((n % 50) * 7 + i, 12) }));
    // prettier-ignore
    const container = (c: string) => ({ name: c, image: `registry.example.com/${c}:1.${n % 9}`, env, resources: { requests: { cpu: '100m', memory: '128Mi' } }, imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' });
    const spec = {
      containers: [container('nginx'), container('sidecar')],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      serviceAccountName: 'default',
      serviceAccount: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      nodeName: `node-${n % 100}`,
    };
    const pod: Live = {
      name,
      uid: metadata.uid,
      object: { apiVersion: 'v1', kind: 'Pod', metadata, spec, status: { phase: 'Pending', qosClass: 'Burstable' } },
      json: '',
      lives: 0,
      last: this.wish,
    };
    this.pods.push(pod);
    return this.podEvent(
      revision,
      pod,
      'ADDED',
      ACTORS.replicaset,
      { verb: 'create', fieldManager: 'replicaset-controller' },
      'replicaset',
      `team-${n % 20}/web-${hex(n % 50, 10)}`,
    );
  }

  private run(pod: Live, revision: number): void {
    const at = this.time();
    const condition = (type: string, is: boolean) => ({ type, status: is ? 'True' : 'False', lastTransitionTime: at });
    const restarts = pod.lives >> 1;
    const isReady = pod.lives++ % 2 === 0;
    const id = long(revision);
    const status = (name: string) => ({
      name,
      state: isReady
        ? { running: { startedAt: at } }
        : { waiting: { reason: 'CrashLoopBackOff', message: `back-off ${10 * restarts}s restarting failed container` } },
      lastState: {},
      ready: isReady,
      restartCount: restarts,
      image: `registry.example.com/${name}:1.3`,
      imageID: `registry.example.com/${name}@sha256:${long(name.length)}`,
      containerID: `simulated://${id}`,
      started: isReady,
    });
    pod.object.status = {
      phase: 'Running',
      qosClass: 'Burstable',
      conditions: [
        condition('PodReadyToStartContainers', true),
        condition('Initialized', true),
        condition('Ready', isReady),
        condition('ContainersReady', isReady),
        condition('PodScheduled', true),
      ],
      hostIP: '172.20.0.4',
      hostIPs: [{ ip: '172.20.0.4' }],
      podIP: '10.244.2.6',
      podIPs: [{ ip: '10.244.2.6' }],
      startTime: at,
      containerStatuses: [status('nginx'), { ...status('sidecar'), containerID: `simulated://${long(pod.name.length)}` }],
    };
  }

  private status(revision: number, pod: Live): NewEvent {
    this.run(pod, revision);
    const { namespace } = pod.object.metadata as { namespace: string };
    const isBinding = pod.lives === 1;
    if (isBinding)
      return this.podEvent(
        revision,
        pod,
        'MODIFIED',
        SCHEDULER,
        { verb: 'create', fieldManager: 'default-scheduler', subresource: 'binding' },
        'scheduler',
        '',
      );
    const facts = {
      at: this.clock,
      sandbox: { startedAt: this.clock - 900, ip: '10.244.2.6' },
      containers: {
        nginx: { current: { id: `simulated://${long(revision)}`, attempt: pod.lives, backOffMs: 0, startedAt: this.clock, started: true, ready: true } },
      },
    };
    return this.podEvent(
      revision,
      pod,
      'MODIFIED',
      ACTORS.node,
      { verb: 'update', fieldManager: 'kubelet', subresource: 'status' },
      'node',
      `${namespace}/${pod.name}`,
      facts,
    );
  }

  private podGone(revision: number, pod: Live): NewEvent {
    this.pods.splice(this.pods.indexOf(pod), 1);
    const metadata = pod.object.metadata as Record<string, unknown>;
    pod.object.metadata = { ...metadata, deletionTimestamp: this.time(), deletionGracePeriodSeconds: 0 };
    return this.podEvent(
      revision,
      pod,
      'DELETED',
      ACTORS.node,
      { verb: 'delete', fieldManager: 'kubelet' },
      'node',
      `${metadata.namespace as string}/${pod.name}`,
    );
  }

  private podEvent(
    revision: number,
    pod: Live,
    type: NewEvent['type'],
    actor: Actor,
    request: Omit<NewEvent['request'], 'id'>,
    controller: string,
    key: string,
    facts?: unknown,
  ): NewEvent {
    (pod.object.metadata as Record<string, unknown>).resourceVersion = String(revision);
    const namespace = (pod.object.metadata as { namespace: string }).namespace;
    pod.json = JSON.stringify(pod.object);
    const event: NewEvent = {
      revision,
      type,
      resource: 'pods',
      namespace,
      name: pod.name,
      uid: pod.uid,
      object: pod.json,
      actor,
      request: { id: uuid(revision), ...request },
      cause: pod.last > 0 ? [pod.last] : [],
      decision: this.decision(controller, key, revision, facts),
    };
    pod.last = revision;
    return event;
  }

  private lease(revision: number): NewEvent {
    const node = `node-${this.random(100)}`;
    const known = this.leases.get(node);
    this.leases.set(node, revision);
    const metadata = {
      name: node,
      namespace: 'kube-node-lease',
      uid: uuid(node.length + Number(node.slice(5)) * 17),
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion: String(revision),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: uuid(Number(node.slice(5))) }],
    };
    const object = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec: { holderIdentity: node, leaseDurationSeconds: 40, renewTime: new Date(this.clock).toISOString().replace('Z', '000Z') },
    };
    return {
      revision,
      type: known ? 'MODIFIED' : 'ADDED',
      resource: 'leases.coordination.k8s.io',
      namespace: 'kube-node-lease',
      name: node,
      uid: metadata.uid,
      object: JSON.stringify(object),
      actor: ACTORS.node,
      request: { id: uuid(revision), verb: 'update', fieldManager: 'kubelet' },
      cause: known ? [known] : [],
      decision: this.decision('node', node, revision),
    };
  }

  /** Kubernetes Events; each goes when it is old. */
  private report(revision: number, pod: Live): NewEvent {
    const old = this.reports.length > 2_000 ? (this.reports.shift() as NewEvent) : undefined;
    if (old)
      return {
        ...old,
        revision,
        type: 'DELETED',
        object: old.object.replace(/"resourceVersion":"\d+"/, `"resourceVersion":"${revision}"`),
        actor: account('event-ttl'),
        request: { id: uuid(revision), verb: 'delete' },
        cause: [],
        decision: this.decision('event-ttl', '', revision),
      };
    const name = `${pod.name}.${hex(revision, 12)}`;
    const metadata = {
      name,
      namespace: (pod.object.metadata as { namespace: string }).namespace,
      uid: uuid(2_000_000 + revision),
      resourceVersion: String(revision),
      creationTimestamp: this.time(),
    };
    // prettier-ignore
    const object = { apiVersion: 'v1', kind: 'Event', metadata, involvedObject: { apiVersion: 'v1', kind: 'Pod', name: pod.name, namespace: metadata.namespace, uid: pod.uid, resourceVersion: String(revision - 3) }, reason: 'Started', message: 'Started container nginx', source: { component: 'kubelet' }, firstTimestamp: this.time(), lastTimestamp: this.time(), count: 1, type: 'Normal', reportingComponent: 'kubelet', reportingInstance: 'node-3' };
    const event: NewEvent = {
      revision,
      type: 'ADDED',
      resource: 'events',
      namespace: metadata.namespace,
      name,
      uid: metadata.uid,
      object: JSON.stringify(object),
      actor: ACTORS.node,
      request: { id: uuid(revision), verb: 'create' },
      cause: [revision - 1],
      decision: this.decision('node', `${metadata.namespace}/${pod.name}`, revision),
    };
    this.reports.push(event);
    return event;
  }

  /** As kubectl writes it, each time in a session of its own. */
  private configMap(revision: number): NewEvent {
    this.wish = revision;
    const name = `settings-${hex(revision, 8)}`;
    const metadata = {
      name,
      namespace: `team-${revision % 20}`,
      uid: uuid(3_000_000 + revision),
      resourceVersion: String(revision),
      creationTimestamp: this.time(),
    };
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'app.conf': Array.from({ length: 20 }, (_, i) => `setting.${i} = ${hex(revision + i, 8)}`).join('\n') },
    };
    return {
      revision,
      type: 'ADDED',
      resource: 'configmaps',
      namespace: metadata.namespace,
      name,
      uid: metadata.uid,
      object: JSON.stringify(object),
      actor: ADMIN,
      request: { id: uuid(revision), verb: 'create', fieldManager: 'kubectl-create', command: 'kubectl create', session: uuid(4_000_000 + revision) },
      cause: [],
    };
  }

  private deployment(revision: number): NewEvent {
    const n = this.random(50);
    const metadata = {
      name: `web-${n}`,
      namespace: `team-${n % 20}`,
      uid: uuid(5_000_000 + n),
      resourceVersion: String(revision),
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web' },
    };
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 100,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'nginx', image: 'nginx' }] } },
      },
      status: { observedGeneration: 1, replicas: 100, updatedReplicas: 100, readyReplicas: this.random(100), availableReplicas: this.random(100) },
    };
    const isNew = !this.leases.has(metadata.name);
    this.leases.set(metadata.name, revision);
    return {
      revision,
      type: isNew ? 'ADDED' : 'MODIFIED',
      resource: 'deployments.apps',
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      object: JSON.stringify(object),
      actor: ACTORS.deployment,
      request: { id: uuid(revision), verb: 'update', subresource: 'status', fieldManager: 'deployment-controller' },
      cause: [revision - 1, revision - 3].filter((one) => one > 0),
      decision: this.decision('deployment', `${metadata.namespace}/${metadata.name}`, revision),
    };
  }

  private decision(controller: string, key: string, revision: number, facts?: unknown): DecisionInfo {
    return {
      controller,
      version: '0.1.0',
      key,
      world: Math.max(0, revision - 9),
      now: new Date(this.clock).toISOString(),
      index: 0,
      commands: [hex(revision, 16), hex(revision + 1, 16)],
      ...(facts !== undefined && { facts }),
    };
  }

  private time(): string {
    return new Date(this.clock).toISOString().replace(/\.\d+/, '');
  }

  private random(below: number): number {
    this.seed = (this.seed * 48271) % 2147483647;
    return this.seed % below;
  }
}
