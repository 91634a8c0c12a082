import { bodyOf, complaints, created, row, stepComplaints, yamlOf } from '#lib/api/testing/given-kind';
import { ClusterRole } from './clusterrole';
import { ClusterRoleBinding } from './clusterrolebinding';
import { Role } from './role';
import { RoleBinding } from './rolebinding';

const REF = 'roleRef: {kind: ClusterRole, name: "system:view"}';

describe('roles', () => {
  test.each([
    ['a good rule', '{apiGroups: [""], resources: [pods], verbs: [get]}', []],
    [
      'a rule is for something',
      '{}',
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    ],
    [
      'URLs have no namespace',
      '{nonResourceURLs: [/healthz], verbs: [get]}',
      ['rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs'],
    ],
  ])('%s', (_, rule, wanted) => {
    expect(complaints(Role, `rules: [${rule}]`)).toEqual(wanted);
  });

  test('of the cluster may speak of URLs, but not of both', () => {
    expect(complaints(ClusterRole, 'rules: [{nonResourceURLs: [/healthz], verbs: [get]}]')).toEqual([]);
    expect(complaints(ClusterRole, 'rules: [{nonResourceURLs: [/x], resources: [pods], verbs: [get]}]')).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
    expect(complaints(ClusterRole, 'aggregationRule: {clusterRoleSelectors: []}')).toEqual([
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
  });

  test('are shown with the time of their birth', () => {
    expect(row(Role, '')).toEqual(['x', '2026-01-02T03:00:00Z']);
  });
});

describe('bindings', () => {
  test('speak of RBAC unless they say otherwise', () => {
    expect(bodyOf(created(RoleBinding, `{${REF}, subjects: [{kind: User, name: ann}, {kind: ServiceAccount, name: default, namespace: shop}]}`))).toBe(
      yamlOf(`
      roleRef: {kind: ClusterRole, name: "system:view", apiGroup: rbac.authorization.k8s.io}
      subjects: [{kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: default, namespace: shop}]`),
    );
  });

  test('refer to a role', () => {
    expect(complaints(RoleBinding, '')).toEqual([
      'roleRef.kind: Unsupported value: "": supported values: "Role", "ClusterRole"',
      'roleRef.name: Required value',
    ]);
    expect(complaints(ClusterRoleBinding, 'roleRef: {kind: Role, name: a/b}')).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      `roleRef.name: Invalid value: "a/b": may not contain '/'`,
    ]);
  });

  test.each([
    ['{kind: User}', ['subjects[0].name: Required value']],
    ['{kind: Robot, name: a}', ['subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"']],
    ['{kind: Group, name: a, apiGroup: x}', ['subjects[0].apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"']],
    ['{kind: ServiceAccount, name: a}', ['subjects[0].namespace: Required value']],
    [
      '{kind: ServiceAccount, name: a, namespace: b, apiGroup: rbac.authorization.k8s.io}',
      ['subjects[0].apiGroup: Unsupported value: "rbac.authorization.k8s.io": supported values: ""'],
    ],
  ])('subject %s: %j', (subject, wanted) => {
    expect(complaints(ClusterRoleBinding, `{${REF}, subjects: [${subject}]}`)).toEqual(wanted);
  });

  test('cannot be turned to another role', () => {
    expect(stepComplaints(RoleBinding, `{${REF}}`, 'roleRef: {kind: Role, name: b}')).toEqual([
      'roleRef: Invalid value: {"kind":"Role","name":"b","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
    ]);
  });

  test('are shown with who is bound to what', () => {
    expect(
      row(
        RoleBinding,
        `{${REF}, subjects: [{kind: User, name: a}, {kind: User, name: b}, {kind: Group, name: c}, {kind: ServiceAccount, name: d, namespace: e}]}`,
        true,
      ),
    ).toEqual(['x', 'ClusterRole/system:view', '4m5s', 'a, b', 'c', 'e/d']);
  });
});
