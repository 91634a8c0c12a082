import { ConfigMap } from '#lib/api/core/configmap';
import { Namespace } from '#lib/api/core/namespace';
import { Service } from '#lib/api/core/service';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject, ObjectMeta } from '#lib/api/meta';
import { Role } from '#lib/api/rbac/role';
import { texts } from '#lib/api/testing/given-kind';
import { validateFieldManager, validateMeta, validateMetaUpdate } from './meta';

const base: ObjectMeta = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-02T03:04:05Z', generation: 2 };
const object = (change: Partial<ObjectMeta>): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...base, ...change } });
const about = (change: Partial<ObjectMeta>, kind: AnyKind = ConfigMap): string[] => texts(validateMeta(kind, object(change)));
const step = (change: Partial<ObjectMeta>, previous: Partial<ObjectMeta> = {}): string[] => texts(validateMetaUpdate(object(change), object(previous)));

describe('metadata', () => {
  test.each<[string, string[], RegExp[]]>([
    ['a good one has no complaints', about({ labels: { a: 'b' }, annotations: { 'X/y': '1' }, finalizers: ['x.io/y', 'orphan'] }), []],
    ['a name is needed', about({ name: '' }), [/^metadata\.name: Required value: name or generateName is required$/]],
    ['the kind has its rule for names', about({ name: '1a' }, Service), [/^metadata\.name: Invalid value: "1a": a DNS-1035 label must/]],
    ['a Namespace has no dots', about({ name: 'a.b', namespace: undefined }, Namespace), [/^metadata\.name: Invalid value: "a.b": must not contain dots$/]],
    ['an RBAC name fits into a path', about({ name: 'system:x' }, Role), []],
    ['a generated name may go on after a dash', about({ generateName: 'web-', name: 'web-x' }), []],
    ['a generated name must begin well', about({ generateName: 'Web-', name: 'a' }), [/^metadata\.generateName: Invalid value: "Web-": a lowercase/]],
    ['a namespaced object needs one', about({ namespace: undefined }), [/^metadata\.namespace: Required value$/]],
    ['a cluster-scoped object has none', about({}, Namespace), [/^metadata\.namespace: Forbidden: not allowed on this type$/]],
    [
      'labels',
      about({ labels: { 'a b': 'c d' } }),
      [/^metadata\.labels: Invalid value: "a b": name part must/, /^metadata\.labels: Invalid value: "c d": a valid label must/],
    ],
    [
      'annotations are bounded',
      about({ annotations: { a: 'x'.repeat(256 * 1024) } }),
      [/^metadata\.annotations: Too long: may not be more than 262144 bytes$/],
    ],
    [
      'finalizers are qualified',
      about({ finalizers: ['mine'] }),
      [/^metadata\.finalizers\[0\]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified$/],
    ],
    [
      'two ways of deletion exclude each other',
      about({ finalizers: ['orphan', 'foregroundDeletion'] }),
      [/finalizer orphan and foregroundDeletion cannot be both set$/],
    ],
    [
      'owners are complete',
      about({ ownerReferences: [{ apiVersion: 'apps/', kind: '', name: '', uid: '' }] }),
      [/^metadata\.ownerReferences\.apiVersion: Invalid value: "apps\/": version must not be empty$/, /\.kind: .* must not be empty$/, /\.name: /, /\.uid: /],
    ],
    [
      'there is one controller',
      about({ ownerReferences: ['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'Pod', name, uid: name, controller: true })) }),
      [/Only one reference can have Controller set to true\. Found "true" in references for Pod\/a and Pod\/b$/],
    ],
    [
      'an Event owns nothing',
      about({ ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'a', uid: 'b' }] }),
      [/\/v1, Kind=Event is disallowed from being an owner$/],
    ],
  ])('%s', (_, got, wanted) => {
    expect(got).toEqual(wanted.map((text) => expect.stringMatching(text)));
  });

  test.each<[string, string[], string[]]>([
    ['nothing changed', step({}), []],
    ['labels may change', step({ labels: { a: 'b' } }), []],
    ['the name may not', step({ name: 'b' }), ['metadata.name: Invalid value: "b": field is immutable']],
    ['nor the namespace', step({ namespace: 'b' }), ['metadata.namespace: Invalid value: "b": field is immutable']],
    ['nor the uid', step({ uid: 'v' }), ['metadata.uid: Invalid value: "v": field is immutable']],
    [
      'nor the time of its birth',
      step({ creationTimestamp: '2026-01-02T03:04:06Z' }),
      ['metadata.creationTimestamp: Invalid value: "2026-01-02T03:04:06Z": field is immutable'],
    ],
    ['nor that of its death', step({ deletionTimestamp: 'x' }), ['metadata.deletionTimestamp: Invalid value: "x": field is immutable']],
    ['the version must be known', step({ resourceVersion: '' }), ['metadata.resourceVersion: Invalid value: "": must be specified for an update']],
    ['generations go up', step({ generation: 1 }), ['metadata.generation: Invalid value: 1: must not be decremented']],
    [
      'the dying get no new finalizers',
      step({ deletionTimestamp: 't', finalizers: ['a/b', 'a/c'] }, { deletionTimestamp: 't', finalizers: ['a/b'] }),
      ['metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/c"}'],
    ],
  ])('update: %s', (_, got, wanted) => {
    expect(got).toEqual(wanted);
  });

  test('a field manager is short and printable', () => {
    expect(texts(validateFieldManager('kubectl client-side', 'fieldManager'))).toEqual([]);
    expect(texts(validateFieldManager(`a\n${'x'.repeat(127)}`, 'fieldManager'))).toEqual([
      'fieldManager: Too long: may not be more than 128 bytes',
      `fieldManager: Invalid value: "a\\n${'x'.repeat(127)}": invalid character U+000A (at position 1)`,
    ]);
  });
});
