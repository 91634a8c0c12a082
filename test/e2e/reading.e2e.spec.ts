import { type Cluster, eachKubectl, type Space, startCluster, tested } from './cluster';

/** Whatever kubectl can show, it shows of this cluster as of any other. One cluster with the same content for all tests of a kubectl. */
describe.each(eachKubectl)('reading, with %s', (_, kubectl) => {
  let cluster: Cluster;
  let space: Space;
  beforeAll(async () => {
    cluster = await startCluster();
    space = await cluster.space('shown', kubectl);
    await space.apply('deployment', 'services', 'pod-server');
    await space.run('rollout status deployment/web --timeout=60s');
    await space.run('wait --for=condition=Ready pod/server --timeout=30s');
  }, 180_000);
  afterAll(() => cluster.stop(), 30_000);

  const head = async (command: string): Promise<string> => ((await space.run(command)).split('\n')[0] ?? '').replace(/ {2,}/g, '  ').trim();

  tested.each([
    ['pods', 'NAME  READY  STATUS  RESTARTS  AGE'],
    ['pods -o wide', 'NAME  READY  STATUS  RESTARTS  AGE  IP  NODE  NOMINATED NODE  READINESS GATES'],
    ['pods -A --show-labels', 'NAMESPACE  NAME  READY  STATUS  RESTARTS  AGE  LABELS'],
    ['pods -L app,tier', 'NAME  READY  STATUS  RESTARTS  AGE  APP  TIER'],
    ['deployments -o wide', 'NAME  READY  UP-TO-DATE  AVAILABLE  AGE  CONTAINERS  IMAGES  SELECTOR'],
    ['replicasets -o wide', 'NAME  DESIRED  CURRENT  READY  AGE  CONTAINERS  IMAGES  SELECTOR'],
    ['services -o wide', 'NAME  TYPE  CLUSTER-IP  EXTERNAL-IP  PORT(S)  AGE  SELECTOR'],
    ['endpoints', 'NAME  ENDPOINTS  AGE'],
    ['endpointslices', 'NAME  ADDRESSTYPE  PORTS  ENDPOINTS  AGE'],
    ['nodes -o wide', 'NAME  STATUS  ROLES  AGE  VERSION  INTERNAL-IP  EXTERNAL-IP  OS-IMAGE  KERNEL-VERSION  CONTAINER-RUNTIME'],
    ['namespaces', 'NAME  STATUS  AGE'],
    ['configmaps', 'NAME  DATA  AGE'],
    ['serviceaccounts', 'NAME  SECRETS  AGE'],
    ['events -o wide', 'LAST SEEN  TYPE  REASON  OBJECT  SUBOBJECT  SOURCE  MESSAGE  FIRST SEEN  COUNT  NAME'],
    ['events.events.k8s.io', 'LAST SEEN  TYPE  REASON  OBJECT  MESSAGE'],
    ['leases -n kube-node-lease', 'NAME  HOLDER  AGE'],
    ['clusterroles', 'NAME  CREATED AT'],
    ['clusterrolebindings -o wide', 'NAME  ROLE  AGE  USERS  GROUPS  SERVICEACCOUNTS'],
    ['deployment web --subresource=scale', 'NAME  DESIRED  AVAILABLE  AGE'],
  ])('the columns of get %s', async (what, columns) => expect(await head(`get ${what}`)).toBe(columns), 30_000);

  tested(
    'the same pods in every form of output',
    async () => {
      const names = (await space.rows('pods')).map((row) => row.split('  ')[0]);
      expect(names).toHaveLength(4);
      const lines = names.join('\n') + '\n';
      expect(await space.run('get pods -o name')).toBe(names.map((name) => `pod/${name}\n`).join(''));
      expect(await space.run(['get', 'pods', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}'])).toBe(lines);
      expect(await space.run(['get', 'pods', '-o', 'go-template={{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}'])).toBe(lines);
      expect(await space.run('get pods --no-headers -o custom-columns=N:.metadata.name')).toBe(lines);
      expect(await space.run('get pods --chunk-size=1 -o name')).toBe(names.map((name) => `pod/${name}\n`).join(''));
      expect((JSON.parse(await space.run('get pods -o json')) as { items: { metadata: { name: string } }[] }).items.map((item) => item.metadata.name)).toEqual(
        names,
      );
      expect((await space.run('get pods -o yaml')).match(/^ {4}name: .*$/gm)?.map((line) => line.slice(10))).toEqual(names);
      expect((await space.run('get pods -o name --sort-by=.metadata.creationTimestamp')).split('\n')).toHaveLength(5);
    },
    60_000,
  );

  tested(
    "selectors choose, and those that cannot be understood are refused in upstream's words",
    async () => {
      expect(await space.run('get pods -l app=server -o name')).toBe('pod/server\n');
      expect(await space.run(['get', 'pods', '-l', 'app in (server,web),!pod-template-hash', '-o', 'name'])).toBe('pod/server\n');
      expect(await space.run('get pods --field-selector metadata.name=server,status.phase=Running -o name')).toBe('pod/server\n');
      expect(await space.run('get pods --field-selector status.phase!=Running -o name')).toBe('');
      expect(await space.run('get services --field-selector spec.type=NodePort -o name')).toBe('');
      expect(await space.refused('get pods --field-selector color=red')).toBe(
        'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "color=red": field label not supported: color',
      );
      expect(await space.refused('get pods absent')).toBe('Error from server (NotFound): pods "absent" not found');
      expect(await space.refused('get wheels')).toBe('error: the server doesn\'t have a resource type "wheels"');
    },
    60_000,
  );

  tested(
    'both groups of Events show the same, each by the names of its own fields',
    async () => {
      const core = await space.run('get events --field-selector involvedObject.name=server,reason=Created -o jsonpath={.items[*].message}');
      expect(core).toBe('Created container: web');
      expect(await space.run('get events.v1.events.k8s.io --field-selector regarding.name=server,reason=Created -o jsonpath={.items[*].note}')).toBe(core);
      expect(
        await space.run(
          'get events.v1.events.k8s.io --field-selector reportingController=default-scheduler,regarding.name=server -o jsonpath={.items[*].reason}',
        ),
      ).toBe('Scheduled');
      expect(await space.refused('get events.v1.events.k8s.io --field-selector involvedObject.name=server')).toContain(
        'field label not supported: involvedObject.name',
      );
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'odd' },
        regarding: { kind: 'Pod', namespace: 'shown', name: 'server' },
        note: 'x',
        type: 'Odd',
      };
      const refusal = await space.refused('create -f -', JSON.stringify(event));
      expect(refusal).toContain('type: Invalid value: "": has invalid value: Odd');
      expect(refusal).toContain('eventTime: Required value');
      const good = {
        ...event,
        type: 'Normal',
        reason: 'Looked',
        action: 'Looking',
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.com/eye',
        reportingInstance: 'eye-1',
      };
      await space.run('create -f -', JSON.stringify(good));
      expect(await space.value('events.v1.events.k8s.io odd', '{.note} {.reportingController}')).toBe('x example.com/eye');
      expect(await space.value('events odd', '{.message} {.reportingComponent} {.involvedObject.name}')).toBe('x example.com/eye server');
      const change = ['patch', 'events.v1.events.k8s.io', 'odd', '--type=merge', '-p', '{"note":"y"}'];
      expect(await space.refused(change)).toContain('field is immutable');
    },
    60_000,
  );

  tested.each([
    ['pod server', ['Status:           Running', 'QoS Class:                   BestEffort', 'Successfully assigned shown/server to node-']],
    [
      'deployment web',
      ['Replicas:               3 desired | 3 updated | 3 total | 3 available | 0 unavailable', 'Available      True    MinimumReplicasAvailable'],
    ],
    ['replicaset -l app=web', ['Controlled By:  Deployment/web', 'Pods Status:    3 Running / 0 Waiting / 0 Succeeded / 0 Failed']],
    ['service web', ['Selector:', 'TargetPort:', '80/TCP']],
    ['endpointslice -l kubernetes.io/service-name=web', ['AddressType:  IPv4', 'Ready:    true', 'TargetRef:  Pod/web-']],
    ['node node-1', ['KubeletReady', 'Non-terminated Pods:', 'Starting kubelet.']],
    ['namespace shown', ['Status:       Active']],
    ['serviceaccount default', ['Tokens:']],
    ['configmap kube-root-ca.crt', ['BEGIN CERTIFICATE']],
    ['clusterrole view', ['pods/log', '[get list watch]']],
    ['clusterrolebinding cluster-admin', ['Group  system:masters']],
    ['lease node-1 -n kube-node-lease', ['Holder Identity:', 'Lease Duration Seconds:  40']],
  ])(
    'describe %s',
    async (what, texts) => {
      const described = await space.run(`describe ${what}`);
      for (const text of texts) expect(described).toContain(text);
    },
    60_000,
  );

  tested.each([
    ['pod.spec.containers.livenessProbe', ['FIELD: livenessProbe <Probe>', 'failureThreshold\t<integer>', 'Periodic probe of container liveness']],
    ['deployment --recursive', ['KIND:       Deployment', 'maxUnavailable\t<IntOrString>']],
    ['service.spec.ports', ['FIELD: ports <[]ServicePort>', 'nodePort\t<integer>']],
    ['clusterrole', ['GROUP:      rbac.authorization.k8s.io', 'aggregationRule\t<AggregationRule>']],
  ])(
    'explain %s',
    async (what, texts) => {
      const explained = await space.run(`explain ${what}`);
      for (const text of texts) expect(explained).toContain(text);
    },
    60_000,
  );

  tested(
    'what there is, who one is, and what one may',
    async () => {
      expect(await space.run('api-resources --namespaced=false -o name')).toContain('nodes\n');
      expect(await space.run('api-resources --api-group=apps')).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
      expect((await space.run('api-versions')).split('\n')).toEqual(
        expect.arrayContaining(['v1', 'apps/v1', 'events.k8s.io/v1', 'rbac.authorization.k8s.io/v1']),
      );
      expect(await space.run('cluster-info')).toMatch(/Kubernetes control plane.* is running at/);
      expect(await space.run('version')).toMatch(/^Server Version: .*v1\.\d+\.\d+\+decklog/m);
      expect(await space.run('get --raw /readyz')).toBe('ok');
      const me = await space.try('auth whoami -o jsonpath={.status.userInfo.username}'); // 1.27 knows only the beta of that API
      expect(me.stdout + me.stderr).toMatch(/^kubernetes-admin$|API is not enabled/);
      expect(await space.run('auth can-i delete nodes')).toBe('yes\n');
      expect(await space.try('auth can-i delete nodes --as=joe')).toMatchObject({ code: 1, stdout: 'no\n' });
      expect(await space.run('auth can-i --list --as=joe')).toContain('selfsubjectaccessreviews.authorization.k8s.io');
      expect(await space.refused('get secrets --as=joe')).toBe(
        'Error from server (Forbidden): secrets is forbidden: User "joe" cannot list resource "secrets" in API group "" in the namespace "shown"',
      );
      expect(await space.run('top nodes --no-headers')).toContain('node-1');
    },
    60_000,
  );

  tested(
    'a watch tells what happens, in order',
    async () => {
      const watched = space.try('get configmaps --field-selector metadata.name=seen --watch-only --output-watch-events --request-timeout=5s');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await space.run('create configmap seen');
      await space.run('label configmap seen a=b');
      await space.run('delete configmap seen');
      const lines = (await watched).stdout.split('\n').map((line) => line.split(/ +/).slice(0, 3).join(' '));
      expect(lines).toEqual(['EVENT NAME DATA', 'ADDED seen 0', 'MODIFIED seen 0', 'DELETED seen 0', '']);
    },
    60_000,
  );
});
