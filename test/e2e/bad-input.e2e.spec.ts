import type { Status } from '#lib/api/errors';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Asked, Asker, Protocol } from '../support/ask';
import { parse } from 'yaml';

/** Bad manifests and requests: each is refused in Kubernetes' words, leaves nothing behind, and the server goes on. */

interface Refusal {
  readonly code: number;
  readonly reason?: string;
  /** Part of the message. */
  readonly says: string;
  /** `details.causes[].field` that must be among the causes. */
  readonly field?: string;
}

type Case = [name: string, asked: Asked, refusal: Refusal];

const PODS = '/api/v1/namespaces/default/pods';
const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const JSON_TYPE = { 'content-type': 'application/json' };
const YAML_TYPE = { 'content-type': 'application/yaml' };

const container = { name: 'a', image: 'nginx' };
const pod = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers: [container], ...spec },
});
const map = (metadata: object, more: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...more });
const deployment = (spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } }, ...spec },
});

const bad = (says: string): Refusal => ({ code: 400, reason: 'BadRequest', says });
const invalid = (field: string, says: string): Refusal => ({ code: 422, reason: 'Invalid', says, field });
const NOT_FOUND: Refusal = { code: 404, reason: 'NotFound', says: 'the server could not find the requested resource' };
const NOT_ALLOWED: Refusal = { code: 405, reason: 'MethodNotAllowed', says: 'the server does not allow this method on the requested resource' };

// prettier-ignore
const bodies: Case[] = [
  ['empty', { path: MAPS, method: 'POST', body: '', headers: JSON_TYPE }, bad('unexpected end of JSON input (<empty>)')],
  ['text', { path: MAPS, body: 'hello', headers: JSON_TYPE }, bad("invalid character 'h' looking for beginning of value")],
  ['cut JSON', { path: MAPS, body: '{"metadata":{"name":"x"}', headers: JSON_TYPE }, bad('unexpected end of JSON input')],
  ['JSON with a comma too many', { path: MAPS, body: '{"metadata":{"name":"x",}}', headers: JSON_TYPE }, bad("invalid character '}' looking for beginning of object key string")],
  ['two objects', { path: MAPS, body: '{"metadata":{"name":"x"}}{}', headers: JSON_TYPE }, bad("invalid character '{' after top-level value")],
  ['a list of objects', { path: MAPS, body: [map({ name: 'x' })] }, bad('json: cannot unmarshal array into Go value')],
  ['null', { path: MAPS, body: 'null', headers: JSON_TYPE }, { code: 422, reason: 'Invalid', says: 'name or generateName is required' }],
  ['bytes that are no text', { path: MAPS, body: Buffer.from([0xff, 0xfe, 0, 1]), headers: JSON_TYPE }, bad('invalid character')],
  ['bad YAML', { path: MAPS, body: 'metadata: [name: x', headers: YAML_TYPE }, bad('yaml: line 1')],
  ['YAML with tabs', { path: MAPS, body: 'metadata:\n\tname: x\n', headers: YAML_TYPE }, bad('yaml: line')],
  ['YAML of a text', { path: MAPS, body: 'just text', headers: YAML_TYPE }, bad('json: cannot unmarshal string into Go value')],
  ['bad protobuf', { path: MAPS, body: 'k8s\0\x12\xff\xff', headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } }, bad('')],
  ['no protobuf at all', { path: MAPS, body: '{}', headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } }, bad('')],
  ['more than 3 MiB', { path: MAPS, body: map({ name: 'x' }, { data: { a: 'x'.repeat(3 * 1024 * 1024) } }) }, { code: 413, reason: 'RequestEntityTooLarge', says: 'Request entity too large: limit is 3145728' }],
  ['3 MB of brackets', { path: MAPS, body: '['.repeat(3_000_000), headers: JSON_TYPE }, bad('exceeded max depth')],
  ['nested 2,000 deep', { path: MAPS, body: `{"data":${'{"a":'.repeat(2000)}1${'}'.repeat(2001)}`, headers: JSON_TYPE }, bad('exceeded max depth')],
  ['YAML nested 3,000 deep', { path: MAPS, body: `data: ${'['.repeat(3000)}${']'.repeat(3000)}`, headers: YAML_TYPE }, bad('yaml: exceeded max depth')],
  ['a form', { path: MAPS, body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, { code: 415, reason: 'UnsupportedMediaType', says: 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf' }],
];

// prettier-ignore
const types: Case[] = [
  ['another kind', { path: MAPS, body: pod() }, bad('Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion')],
  ['an unknown kind', { path: MAPS, body: { apiVersion: 'v1', kind: 'Nope', metadata: { name: 'x' } } }, bad('no kind "Nope" is registered for version "v1"')],
  ['another version', { path: DEPLOYMENTS, body: { ...deployment({}), apiVersion: 'apps/v3' } }, bad('no kind "Deployment" is registered for version "apps/v3"')],
  ['a kind that is a number', { path: MAPS, body: { apiVersion: 'v1', kind: 7 } }, bad('json: cannot unmarshal number into Go struct field .kind of type string')],
  ['replicas that are a text', { path: DEPLOYMENTS, body: deployment({ replicas: 'x' }) }, bad('json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32')],
  ['replicas with a fraction', { path: DEPLOYMENTS, body: deployment({ replicas: 1.5 }) }, bad('json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32')],
  ['replicas beyond 32 bits', { path: DEPLOYMENTS, body: deployment({ replicas: 3_000_000_000 }) }, bad('json: cannot unmarshal number 3000000000 into Go struct field')],
  ['labels that are a list', { path: MAPS, body: map({ name: 'x', labels: ['a'] }) }, bad('json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string')],
  ['a label that is a number', { path: MAPS, body: map({ name: 'x', labels: { a: 1 } }) }, bad('json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string')],
  ['a name that is an object', { path: MAPS, body: map({ name: {} }) }, bad('json: cannot unmarshal object into Go struct field ObjectMeta.metadata.name of type string')],
  ['data that are a number', { path: MAPS, body: map({ name: 'x' }, { data: { a: 1 } }) }, bad('json: cannot unmarshal number into Go struct field ConfigMap.data of type string')],
  ['binary data that are no base64', { path: MAPS, body: map({ name: 'x' }, { binaryData: { a: '%%%' } }) }, bad('illegal base64 data at input byte 0')],
  ['containers that are an object', { path: PODS, body: pod({ containers: {} }) }, bad('json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container')],
  ['a port that is a text', { path: PODS, body: pod({ containers: [{ ...container, ports: [{ containerPort: 'x' }] }] }) }, bad('json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32')],
  ['an amount that is none', { path: PODS, body: pod({ containers: [{ ...container, resources: { limits: { cpu: 'lots' } } }] }) }, bad("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")],
  ['a time that is none', { path: MAPS, body: map({ name: 'x', creationTimestamp: 'yesterday' }) }, bad('parsing time "yesterday"')],
  ['an int-or-string that is an object', { path: '/api/v1/namespaces/default/services', body: { metadata: { name: 's' }, spec: { ports: [{ port: 80, targetPort: {} }] } } }, bad('json: cannot unmarshal object into Go')],
  ['an unknown field under Strict', { path: `${DEPLOYMENTS}?fieldValidation=Strict`, body: deployment({ replica: 3 }) }, bad('strict decoding error: unknown field "spec.replica"')],
  ['an unknown field deep below', { path: `${PODS}?fieldValidation=Strict`, body: pod({ containers: [{ ...container, foo: 1 }] }) }, bad('strict decoding error: unknown field "spec.containers[0].foo"')],
  ['a doubled field under Strict', { path: `${MAPS}?fieldValidation=Strict`, body: '{"metadata":{"name":"x","name":"y"}}', headers: JSON_TYPE }, bad('strict decoding error: duplicate field "metadata.name"')],
  ['a doubled field of YAML under Strict', { path: `${MAPS}?fieldValidation=Strict`, body: 'metadata:\n  name: a\n  name: b\n', headers: YAML_TYPE }, bad('key "name" already set in map')],
];

// prettier-ignore
const values: Case[] = [
  ['no name where it is an address', { path: '/apis/networking.k8s.io/v1/ipaddresses', body: { apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress' } }, { code: 422, reason: 'Invalid', says: 'name or generateName is required' }],
  ['no name', { path: MAPS, body: map({}) }, invalid('metadata.name', 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required')],
  ['a name in capitals', { path: MAPS, body: map({ name: 'Bad_Name' }) }, invalid('metadata.name', 'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of')],
  ['a name of 254 characters', { path: MAPS, body: map({ name: 'a'.repeat(254) }) }, invalid('metadata.name', 'must be no more than 253')],
  ['a name with a slash', { path: MAPS, body: map({ name: '../etc' }) }, invalid('metadata.name', 'a lowercase RFC 1123 subdomain')],
  ['a Service name that begins with a digit', { path: '/api/v1/namespaces/default/services', body: { metadata: { name: '1a' }, spec: { ports: [{ port: 80 }] } } }, invalid('metadata.name', 'a DNS-1035 label must consist of')],
  ['a role name with a slash', { path: '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', body: { metadata: { name: 'a/b' } } }, invalid('metadata.name', "may not contain '/'")],
  ['a namespace with dots', { path: '/api/v1/namespaces', body: { metadata: { name: 'a.b' } } }, invalid('metadata.name', 'must not contain dots')],
  ['a prefix that is none', { path: MAPS, body: map({ generateName: 'UP-' }) }, invalid('metadata.generateName', 'a lowercase RFC 1123 subdomain')],
  ['a label key with two slashes', { path: MAPS, body: map({ name: 'x', labels: { 'a/b/c': '' } }) }, invalid('metadata.labels', 'with an optional DNS subdomain prefix')],
  ['a label value of 64 characters', { path: MAPS, body: map({ name: 'x', labels: { a: 'b'.repeat(64) } }) }, invalid('metadata.labels', 'must be no more than 63')],
  ['a label value with a space', { path: MAPS, body: map({ name: 'x', labels: { a: 'b c' } }) }, invalid('metadata.labels', 'a valid label must be an empty string or consist of alphanumeric characters')],
  ['an annotation key that is none', { path: MAPS, body: map({ name: 'x', annotations: { 'ä': '' } }) }, invalid('metadata.annotations', 'name part must consist of')],
  ['300 kB of annotations', { path: MAPS, body: map({ name: 'x', annotations: { a: 'x'.repeat(300_000) } }) }, invalid('metadata.annotations', 'Too long: may not be more than 262144 bytes')],
  ['a finalizer without a domain', { path: MAPS, body: map({ name: 'x', finalizers: ['mine'] }) }, invalid('metadata.finalizers[0]', 'name is neither a standard finalizer name nor is it fully qualified')],
  ['an owner without a name', { path: MAPS, body: map({ name: 'x', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', uid: 'u' }] }) }, invalid('metadata.ownerReferences.name', 'must not be empty')],
  ['a data key that is a path', { path: MAPS, body: map({ name: 'x' }, { data: { '../a': '' } }) }, invalid('data[../a]', 'a valid config key must consist of alphanumeric characters')],
  ['more than 1 MiB of data', { path: MAPS, body: map({ name: 'x' }, { data: { a: 'x'.repeat(1_100_000) } }) }, invalid('[]', 'Too long: may not be more than 1048576 bytes')],
  ['no containers', { path: PODS, body: pod({ containers: [] }) }, invalid('spec.containers', 'Pod "p" is invalid: spec.containers: Required value')],
  ['two containers of one name', { path: PODS, body: pod({ containers: [container, container] }) }, invalid('spec.containers[1].name', 'Duplicate value: "a"')],
  ['a volume that nobody declared', { path: PODS, body: pod({ containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }) }, invalid('spec.containers[0].volumeMounts[0].name', 'Not found: "v"')],
  ['a port out of range', { path: PODS, body: pod({ containers: [{ ...container, ports: [{ containerPort: 70_000 }] }] }) }, invalid('spec.containers[0].ports[0].containerPort', 'must be between 1 and 65535, inclusive')],
  ['a restart policy that is none', { path: PODS, body: pod({ restartPolicy: 'Sometimes' }) }, invalid('spec.restartPolicy', 'Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"')],
  ['replicas below zero', { path: DEPLOYMENTS, body: deployment({ replicas: -1 }) }, invalid('spec.replicas', 'Invalid value: -1: must be greater than or equal to 0')],
  ['a selector that does not match', { path: DEPLOYMENTS, body: deployment({ selector: { matchLabels: { x: 'y' } } }) }, invalid('spec.template.metadata.labels', '`selector` does not match template `labels`')],
  ['no selector', { path: DEPLOYMENTS, body: deployment({ selector: {} }) }, invalid('spec.selector', 'empty selector is invalid for deployment')],
  ['a priority class that is not there', { path: PODS, body: pod({ priorityClassName: 'huge' }) }, { code: 403, reason: 'Forbidden', says: 'pods "p" is forbidden: no PriorityClass with name huge was found' }],
  ['a service account that is not there', { path: PODS, body: pod({ serviceAccountName: 'ghost' }) }, { code: 403, reason: 'Forbidden', says: 'pods "p" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found' }],
  ['a namespace that is not there', { path: '/api/v1/namespaces/nowhere/configmaps', body: map({ name: 'x' }) }, { code: 404, reason: 'NotFound', says: 'namespaces "nowhere" not found' }],
  ['a pod in a namespace that is not there', { path: '/api/v1/namespaces/nowhere/pods', body: pod() }, { code: 404, reason: 'NotFound', says: 'namespaces "nowhere" not found' }],
  ['an invalid object in a namespace that is not there', { path: '/api/v1/namespaces/nowhere/configmaps', body: map({ name: 'UP' }) }, { code: 404, reason: 'NotFound', says: 'namespaces "nowhere" not found' }],
  ['another namespace than that of the path', { path: MAPS, body: map({ name: 'x', namespace: 'kube-system' }) }, bad('the namespace of the provided object does not match the namespace sent on the request')],
  ['a resourceVersion on a create', { path: MAPS, body: map({ name: 'x', resourceVersion: '7' }) }, bad('resourceVersion should not be set on objects to be created')],
  ['a name that is taken', { path: MAPS, body: map({ name: 'seed' }) }, { code: 409, reason: 'AlreadyExists', says: 'configmaps "seed" already exists' }],
];

const put = (path: string, body: object | string, headers?: Record<string, string>): Asked => ({ method: 'PUT', path, body, ...(headers && { headers }) });
const SEED = `${MAPS}/seed`;
const conflict = (says: string): Refusal => ({ code: 409, reason: 'Conflict', says });

// prettier-ignore
const updates: Case[] = [
  ['an object that is not there', put(`${MAPS}/ghost`, map({ name: 'ghost' })), { code: 404, reason: 'NotFound', says: 'configmaps "ghost" not found' }],
  ['an old version', put(SEED, map({ name: 'seed', resourceVersion: '1' })), conflict('Operation cannot be fulfilled on configmaps "seed": the object has been modified; please apply your changes to the latest version and try again')],
  ['a version that is none', put(SEED, map({ name: 'seed', resourceVersion: 'abc' })), conflict('the object has been modified')],
  ['another uid', put(SEED, map({ name: 'seed', uid: 'other' })), conflict('Precondition failed: UID in precondition: other, UID in object meta: ')],
  ['another name', put(SEED, map({ name: 'tree' })), bad('the name of the object (tree) does not match the name on the URL (seed)')],
  ['no name', put(SEED, map({})), bad('the name of the object (seed based on URL) was undeterminable: name must be provided')],
  ['another namespace', put(SEED, map({ name: 'seed', namespace: 'kube-system' })), bad('the namespace of the object (kube-system) does not match the namespace on the request (default)')],
  ['a Lease without its version', put('/apis/coordination.k8s.io/v1/namespaces/default/leases/seed', { metadata: { name: 'seed' }, spec: { holderIdentity: 'x' } }), invalid('metadata.resourceVersion', 'must be specified for an update')],
  ['immutable data', put(`${MAPS}/stone`, map({ name: 'stone' }, { immutable: true, data: { a: '2' } })), invalid('data', 'field is immutable when `immutable` is set')],
  ['an immutable selector', put(`${DEPLOYMENTS}/web`, { ...deployment({ selector: { matchLabels: { a: 'b', c: 'd' } }, template: { metadata: { labels: { a: 'b', c: 'd' } }, spec: { containers: [container] } } }), metadata: { name: 'web' } }), invalid('spec.selector', 'field is immutable')],
  ['another image pull policy of a pod', put(`${PODS}/seed`, pod({ containers: [{ ...container, imagePullPolicy: 'Never' }] }, { name: 'seed' })), invalid('spec', 'pod updates may not change fields other than')],
];

const patch = (type: string, path: string, body: object | string): Asked => ({
  method: 'PATCH',
  path,
  body,
  headers: { 'content-type': `application/${type}` },
});
// prettier-ignore
const patches: Case[] = [
  ['of a type that is none', patch('json', SEED, {}), { code: 415, reason: 'UnsupportedMediaType', says: 'accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json' }],
  ['of something that is not there', patch('merge-patch+json', `${MAPS}/ghost`, { data: {} }), { code: 404, reason: 'NotFound', says: 'configmaps "ghost" not found' }],
  ['cut', patch('merge-patch+json', SEED, '{"data":'), bad('unexpected end of JSON input')],
  ['that is a list', patch('merge-patch+json', SEED, '[]'), bad('cannot unmarshal array')],
  ['whose test fails', patch('json-patch+json', SEED, [{ op: 'test', path: '/data/a', value: 'z' }]), { code: 422, reason: 'Invalid', says: 'the server rejected our request due to an error in our request' }],
  ['of a path that is not there', patch('json-patch+json', SEED, [{ op: 'remove', path: '/data/nope' }]), { code: 422, reason: 'Invalid', says: 'the server rejected our request due to an error in our request' }],
  ['with an operation that is none', patch('json-patch+json', SEED, [{ op: 'jump', path: '/data' }]), { code: 422, says: '' }],
  ['that changes the name', patch('merge-patch+json', SEED, { metadata: { name: 'tree' } }), bad('the name of the object (tree) does not match the name on the URL (seed)')],
  ['that makes it invalid', patch('merge-patch+json', SEED, { data: { '/': 'x' } }), invalid('data[/]', 'a valid config key')],
  ['of the wrong type', patch('merge-patch+json', SEED, { data: 7 }), { code: 422, reason: 'Invalid', says: '' }],
  ['for another version', patch('merge-patch+json', SEED, { metadata: { resourceVersion: '1' } }), conflict('the object has been modified')],
  ['for another uid', patch('merge-patch+json', SEED, { metadata: { uid: 'x' } }), conflict('Precondition failed: UID in precondition: x')],
  ['forced', patch('merge-patch+json', `${SEED}?force=true`, {}), { ...invalid('force', 'may not be specified for non-apply patch') }],
  ['3 MB of brackets', patch('merge-patch+json', SEED, '['.repeat(3_000_000)), bad('exceeded max depth')],
  ['strategic, with a directive that is none', patch('strategic-merge-patch+json', `${DEPLOYMENTS}/web`, { spec: { $patch: 'jump' } }), bad('unknown patch type: jump in map')],
];

const get = (path: string, headers?: Record<string, string>): Asked => ({ path, ...(headers && { headers }) });
const options = (kind: string, field: string, says: string): Refusal => invalid(field, `${kind}.meta.k8s.io "" is invalid: ${field}: ${says}`);
// prettier-ignore
const queries: Case[] = [
  ['limit=x', get(`${MAPS}?limit=x`), bad('strconv.ParseInt: parsing "x": invalid syntax')],
  ['limit=1.5', get(`${MAPS}?limit=1.5`), bad('strconv.ParseInt: parsing "1.5": invalid syntax')],
  ['a limit beyond 64 bits', get(`${MAPS}?limit=99999999999999999999`), bad('strconv.ParseInt: parsing "99999999999999999999": value out of range')],
  ['timeoutSeconds=x', get(`${MAPS}?timeoutSeconds=x`), bad('strconv.ParseInt: parsing "x": invalid syntax')],
  ['watch with timeoutSeconds=x', get(`${MAPS}?watch=1&timeoutSeconds=x`), bad('strconv.ParseInt: parsing "x": invalid syntax')],
  ['timeout=x', get(`${MAPS}?timeout=x`), bad('invalid timeout specified in the request URL - time: invalid duration "x"')],
  ['timeout=5', get(`${MAPS}?timeout=5`), bad('time: missing unit in duration "5"')],
  ['continue=x', get(`${MAPS}?continue=x`), bad('invalid continue token: continue key is not valid')],
  ['a continue token of a revision to come', get(`${MAPS}?continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":99999999,"start":"a"}').toString('base64url')}`), bad('continue key is not valid')],
  ['continue with resourceVersion', get(`${MAPS}?continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"a"}').toString('base64url')}&resourceVersion=1`), bad('specifying resource version is not allowed when using continue')],
  ['resourceVersion=x', get(`${MAPS}?resourceVersion=x`), bad('invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax')],
  ['resourceVersion=-1', get(`${MAPS}?resourceVersion=-1`), bad('strconv.ParseUint: parsing "-1": invalid syntax')],
  ['watch from resourceVersion=x', get(`${MAPS}?watch=1&resourceVersion=x`), bad('strconv.ParseUint: parsing "x": invalid syntax')],
  ['a revision to come', get(`${MAPS}?resourceVersion=99999999`), { code: 504, reason: 'Timeout', says: 'Too large resource version: 99999999, current: ' }],
  ['one object of a revision to come', get(`${SEED}?resourceVersion=99999999`), { code: 504, reason: 'Timeout', says: 'Too large resource version: 99999999, current: ' }],
  ['a match that is none', get(`${MAPS}?resourceVersion=1&resourceVersionMatch=Newest`), options('ListOptions', 'resourceVersionMatch', 'Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""')],
  ['a match without a revision', get(`${MAPS}?resourceVersionMatch=Exact`), options('ListOptions', 'resourceVersionMatch', 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided')],
  ['exactly revision 0', get(`${MAPS}?resourceVersionMatch=Exact&resourceVersion=0`), options('ListOptions', 'resourceVersionMatch', 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"')],
  ['initial events of a list', get(`${MAPS}?sendInitialEvents=true`), options('ListOptions', 'sendInitialEvents', 'Forbidden: sendInitialEvents is forbidden for list')],
  ['initial events without a match', get(`${MAPS}?watch=1&sendInitialEvents=true`), options('ListOptions', 'resourceVersionMatch', 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')],
  ['a match of a watch', get(`${MAPS}?watch=1&resourceVersionMatch=NotOlderThan`), options('ListOptions', 'resourceVersionMatch', 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')],
  ['a label selector that is none', get(`${MAPS}?labelSelector=a%3D%3D%3Db`), bad('')],
  ['a label selector with a bad value', get(`${MAPS}?labelSelector=a%3D${'b'.repeat(64)}`), bad('')],
  ['a field selector that is none', get(`${MAPS}?fieldSelector=nothing`), bad("invalid selector: 'nothing'; can't understand 'nothing'")],
  ['a field that nobody knows', get(`${PODS}?fieldSelector=spec.foo%3Dbar`), bad('field label not supported: spec.foo')],
  ['a field that ConfigMaps do not have', get(`${MAPS}?fieldSelector=spec.foo%3Dbar`), bad('"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"')],
  ['includeObject of a table', get(`${MAPS}?includeObject=Some`, { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }), bad(`Unable to convert to Table as requested: includeObject: Invalid value: "Some": must be 'Metadata', 'Object', 'None', or empty`)],
  ['dryRun of a create', { path: `${MAPS}?dryRun=Maybe`, body: map({ name: 'x' }) }, options('CreateOptions', 'dryRun', 'Unsupported value: ["Maybe"]: supported values: "All"')],
  ['dryRun of an update', put(`${SEED}?dryRun=All&dryRun=None`, map({ name: 'seed' })), options('UpdateOptions', 'dryRun', 'Unsupported value: ["All","None"]: supported values: "All"')],
  ['dryRun of a patch', patch('merge-patch+json', `${SEED}?dryRun=1`, {}), options('PatchOptions', 'dryRun', 'Unsupported value: ["1"]: supported values: "All"')],
  ['dryRun of a delete', { method: 'DELETE', path: `${SEED}?dryRun=yes` }, options('DeleteOptions', 'dryRun', 'Unsupported value: ["yes"]: supported values: "All"')],
  ['fieldValidation', { path: `${MAPS}?fieldValidation=Loose`, body: map({ name: 'x' }) }, options('CreateOptions', 'fieldValidation', 'Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"')],
  ['a field manager of 129 bytes', { path: `${MAPS}?fieldManager=${'m'.repeat(129)}`, body: map({ name: 'x' }) }, options('CreateOptions', 'fieldManager', 'Too long: may not be more than 128 bytes')],
  ['a field manager with a line break', { path: `${MAPS}?fieldManager=a%0Ab`, body: map({ name: 'x' }) }, options('CreateOptions', 'fieldManager', 'Invalid value: "a\\nb": invalid character U+000A (at position 1)')],
  ['gracePeriodSeconds', { method: 'DELETE', path: `${SEED}?gracePeriodSeconds=soon` }, bad('strconv.ParseInt: parsing "soon": invalid syntax')],
  ['propagationPolicy', { method: 'DELETE', path: `${SEED}?propagationPolicy=Sideways` }, options('DeleteOptions', 'propagationPolicy', 'Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"')],
  ['propagationPolicy and orphanDependents', { method: 'DELETE', path: `${SEED}?propagationPolicy=Orphan&orphanDependents=true` }, options('DeleteOptions', 'propagationPolicy', 'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set')],
  ['delete options that are none', { method: 'DELETE', path: SEED, body: 'what', headers: JSON_TYPE }, bad('')],
  ['delete options of the wrong type', { method: 'DELETE', path: SEED, body: { gracePeriodSeconds: 'x' } }, bad('json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64')],
  ['another kind as delete options', { method: 'DELETE', path: SEED, body: pod() }, bad('')],
  ['a delete of another uid', { method: 'DELETE', path: SEED, body: { preconditions: { uid: 'x' } } }, conflict('Operation cannot be fulfilled on ConfigMap "seed": the UID in the precondition (x) does not match the UID in record (')],
  ['a delete of another version', { method: 'DELETE', path: SEED, body: { preconditions: { resourceVersion: '1' } } }, conflict('the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (')],
];

// prettier-ignore
const paths: Case[] = [
  ['an unknown path', get('/nope'), NOT_FOUND],
  ['an unknown version', get('/api/v2/pods'), NOT_FOUND],
  ['an unknown group', get('/apis/nope.io/v1/things'), NOT_FOUND],
  ['an unknown resource', get('/api/v1/namespaces/default/things'), NOT_FOUND],
  ['an unknown subresource', get(`${PODS}/seed/things`), NOT_FOUND],
  ['a namespaced object without its namespace', get('/api/v1/pods/seed'), NOT_FOUND],
  ['a cluster object in a namespace', get('/api/v1/namespaces/default/nodes/a'), NOT_FOUND],
  ['a path out of the tree', get('/api/v1/namespaces/default/configmaps/..%2f..%2fsecrets'), NOT_FOUND],
  ['an empty part', get('/api/v1/namespaces//configmaps'), NOT_FOUND],
  ['an escape that is none', get('/api/v1/namespaces/default/configmaps/%zz'), bad('invalid URL escape')],
  ['a name that is not there', get(`${MAPS}/ghost`), { code: 404, reason: 'NotFound', says: 'configmaps "ghost" not found' }],
  ['POST to an object', { method: 'POST', path: SEED, body: map({ name: 'seed' }) }, NOT_ALLOWED],
  ['PUT to a collection', put(MAPS, map({ name: 'seed' })), NOT_ALLOWED],
  ['PATCH of a collection', patch('merge-patch+json', MAPS, {}), NOT_ALLOWED],
  ['POST to all namespaces', { path: '/api/v1/configmaps', body: map({ name: 'x' }) }, NOT_ALLOWED],
  ['DELETE of all namespaces', { method: 'DELETE', path: '/api/v1/configmaps' }, NOT_ALLOWED],
  ['DELETE of the collection of namespaces', { method: 'DELETE', path: '/api/v1/namespaces' }, NOT_ALLOWED],
  ['POST to a status', { method: 'POST', path: `${PODS}/seed/status`, body: pod({}, { name: 'seed' }) }, NOT_ALLOWED],
  ['GET of a binding', get(`${PODS}/seed/binding`), NOT_ALLOWED],
  ['GET of a review', get('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'), NOT_ALLOWED],
  ['a method that is none', { method: 'OPTIONS', path: MAPS }, NOT_ALLOWED],
  ['POST to a path that is no resource', { method: 'POST', path: '/version', body: {} }, NOT_ALLOWED],
  ['a form that nobody speaks', get(MAPS, { accept: 'text/html' }), { code: 406, reason: 'NotAcceptable', says: 'only the following media types are accepted: application/json, application/yaml' }],
  ['a shape that nobody knows', get(MAPS, { accept: 'application/json;as=Chair;g=meta.k8s.io;v=v1' }), { code: 406, reason: 'NotAcceptable', says: 'only the following media types' }],
  ['a create whose answer nobody could read', { path: MAPS, body: map({ name: 'unread' }), headers: { accept: 'image/png' } }, { code: 406, reason: 'NotAcceptable', says: 'only the following media types' }],
  ['a watch as YAML', get(`${MAPS}?watch=1`, { accept: 'application/yaml' }), { code: 406, reason: 'NotAcceptable', says: 'application/json;stream=watch' }],
  ['the deletion of a namespace that must stay', { method: 'DELETE', path: '/api/v1/namespaces/default' }, { code: 403, reason: 'Forbidden', says: 'namespaces "default" is forbidden: this namespace may not be deleted' }],
];

// prettier-ignore
const subresources: Case[] = [
  ['a binding to nothing', { path: `${PODS}/seed/binding`, body: { metadata: { name: 'seed' }, target: {} } }, invalid('target.name', 'Required value')],
  ['a binding to a pod', { path: `${PODS}/seed/binding`, body: { metadata: { name: 'seed' }, target: { kind: 'Pod', name: 'x' } } }, invalid('target.kind', 'Unsupported value: "Pod"')],
  ['a binding of another name', { path: `${PODS}/seed/binding`, body: { metadata: { name: 'x' }, target: { name: 'n' } } }, bad('name in URL does not match name in Binding object')],
  ['a binding of a bound pod', { path: `${PODS}/bound/binding`, body: { metadata: { name: 'bound' }, target: { name: 'n' } } }, conflict('Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "n1"')],
  ['an eviction of another name', { path: `${PODS}/seed/eviction`, body: { metadata: { name: 'x' } } }, bad('name in URL does not match name in Eviction object')],
  ['an eviction with bad options', { path: `${PODS}/seed/eviction`, body: { metadata: { name: 'seed' }, deleteOptions: { propagationPolicy: 'Up' } } }, options('DeleteOptions', 'propagationPolicy', 'Unsupported value: "Up"')],
  ['a scale below zero', put(`${DEPLOYMENTS}/web/scale`, { metadata: { name: 'web' }, spec: { replicas: -1 } }), invalid('spec.replicas', 'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0')],
  ['a scale of another name', put(`${DEPLOYMENTS}/web/scale`, { metadata: { name: 'x' }, spec: { replicas: 1 } }), bad('the name of the object (x) does not match the name on the URL (web)')],
  ['a scale of an old version', put(`${DEPLOYMENTS}/web/scale`, { metadata: { name: 'web', resourceVersion: '1' }, spec: { replicas: 1 } }), conflict('the object has been modified')],
  ['a token for a minute', { path: '/api/v1/namespaces/default/serviceaccounts/default/token', body: { spec: { expirationSeconds: 60 } } }, invalid('spec.expirationSeconds', 'may not specify a duration less than 10 minutes')],
  ['a token of an account that is not there', { path: '/api/v1/namespaces/default/serviceaccounts/ghost/token', body: {} }, { code: 404, reason: 'NotFound', says: 'serviceaccounts "ghost" not found' }],
];

let server: ApiServer;
beforeAll(async () => {
  server = await apiServerOnPostgres();
  const ask = server.client();
  const made = [
    await ask({ path: '/api/v1/namespaces/default/serviceaccounts', body: { metadata: { name: 'default' } } }),
    await ask({ path: MAPS, body: map({ name: 'seed' }, { data: { a: '1' } }) }),
    await ask({ path: MAPS, body: map({ name: 'stone' }, { immutable: true, data: { a: '1' } }) }),
    await ask({ path: PODS, body: pod({}, { name: 'seed' }) }),
    await ask({ path: PODS, body: pod({ nodeName: 'n1' }, { name: 'bound' }) }),
    await ask({ path: DEPLOYMENTS, body: { ...deployment({}), metadata: { name: 'web' } } }),
    await ask({ path: '/apis/coordination.k8s.io/v1/namespaces/default/leases', body: { metadata: { name: 'seed' }, spec: { holderIdentity: 'a' } } }),
  ];
  expect(made.map((answer) => answer.code)).toEqual(made.map(() => 201));
}, 60_000);
afterAll(() => server?.stop());

describe.each<Protocol>(['HTTP/1.1', 'HTTP/2'])('over %s', (protocol) => {
  let ask: Asker;
  beforeAll(() => (ask = server.client(undefined, protocol)));
  afterEach(() => expect(server.altered()).toEqual([]));

  async function isRefused(asked: Asked, { code, reason, says, field }: Refusal): Promise<void> {
    const before = server.revision();
    const answer = await ask(asked);
    const inYaml = answer.headers['content-type'] === 'application/yaml'; // who takes nothing else is refused in it
    const status = inYaml ? (parse(answer.text) as Status) : answer.json<Status>();
    expect(status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...(reason && { reason }) });
    expect(status.message).toContain(says);
    expect(answer.code).toBe(code);
    expect(answer.headers['content-type']).toBe(asked.headers?.accept === 'application/yaml' ? 'application/yaml' : 'application/json');
    if (field !== undefined) expect(status.details?.causes?.map((cause) => cause.field)).toContain(field);
    expect(server.revision()).toBe(before);
  }

  describe('a body is refused:', () => test.each(bodies)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
  describe('a type is refused:', () => test.each(types)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
  describe('a value is refused:', () => test.each(values)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
  describe('an update is refused:', () => test.each(updates)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
  describe('a patch is refused:', () => test.each(patches)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
  describe('a query is refused:', () => test.each(queries)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
  describe('a path is refused:', () => test.each(paths)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
  describe('a subresource is refused:', () => test.each(subresources)('%s', (_, asked, refusal) => isRefused(asked, refusal)));
});
