import {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '#lib/api/admissionregistration/policies';
import { Deployment } from '#lib/api/apps/deployment';
import { ConfigMap } from '#lib/api/core/configmap';
import type { ApiError } from '#lib/api/errors';
import { anApi, type AnApi } from '../../testing/an-api';

const RULE = (resource: string, ...operations: string[]) => ({
  resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: operations.length > 0 ? operations : ['CREATE', 'UPDATE'], resources: [resource] }],
});
const aDeployment = (replicas: number, name = 'web') => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
});
const aMap = (name: string, data: object = {}, labels: object = {}) => ({ metadata: { name, labels }, data });

async function guarded(spec: object, binding: object = {}): Promise<AnApi> {
  const api = await anApi();
  await api.create(ValidatingAdmissionPolicy, { metadata: { name: 'p' }, spec: { matchConstraints: RULE('deployments'), ...spec } });
  await api.create(ValidatingAdmissionPolicyBinding, { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Deny'], ...binding } });
  return api;
}

const refusal = async (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => Promise.reject(new Error('was let in')),
    (error: ApiError) => error,
  );

describe('validating policies', () => {
  test('refuse what breaks them, with the code of the reason', async () => {
    const { create } = await guarded({ validations: [{ expression: 'object.spec.replicas <= 5' }] });
    const error = await refusal(create(Deployment, aDeployment(6)));
    expect(error.message).toBe(
      `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: object.spec.replicas <= 5`,
    );
    expect(error.status).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { name: 'web', group: 'apps', kind: 'deployments', causes: [{ message: expect.any(String) as string }] },
    });
    await create(Deployment, aDeployment(5));
  });

  test('have variables, messages that are worked out, and see the old version', async () => {
    const { create, change } = await guarded({
      variables: [
        { name: 'was', expression: 'oldObject == null ? 0 : oldObject.spec.replicas' },
        { name: 'step', expression: 'object.spec.replicas - variables.was' },
      ],
      validations: [{ expression: 'variables.step <= 2', messageExpression: '"a step of " + string(variables.step)', reason: 'Forbidden' }],
    });
    await create(Deployment, aDeployment(2));
    const error = await refusal(change(Deployment, 'default', 'web', (was) => ({ ...was, spec: { ...(was as Deployment).spec, replicas: 9 } }) as never));
    expect(error).toMatchObject({ code: 403, message: expect.stringContaining('denied request: a step of 7') as string });
  });

  test('take parameters, and say when there are none', async () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'object.spec.replicas <= int(params.data.most)', message: 'too many' }],
    };
    const { create } = await guarded(spec, { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } });
    expect((await refusal(create(Deployment, aDeployment(2)))).message).toContain(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
    await create(ConfigMap, aMap('limits', { most: '1' }));
    expect((await refusal(create(Deployment, aDeployment(2)))).message).toContain('denied request: too many');
    await create(Deployment, aDeployment(1));
  });

  test('are followed when an expression fails, unless that is to be ignored', async () => {
    const spec = { validations: [{ expression: 'object.spec.nothing == 1' }] };
    const strict = await guarded(spec);
    expect((await refusal(strict.create(Deployment, aDeployment(1)))).message).toContain(
      "expression 'object.spec.nothing == 1' resulted in error: no such key: nothing",
    );
    const lenient = await guarded({ ...spec, failurePolicy: 'Ignore' });
    await lenient.create(Deployment, aDeployment(1));
  });

  test('are about what their rules, conditions and labels say', async () => {
    const conditions = [{ name: 'not-mine', expression: '!object.metadata.name.startsWith("free")' }];
    const { create } = await guarded(
      { matchConditions: conditions, validations: [{ expression: 'false' }] },
      { matchResources: { objectSelector: { matchLabels: { held: 'yes' } } } },
    );
    await create(ConfigMap, aMap('a', {}, { held: 'yes' }));
    await create(Deployment, aDeployment(1));
    const held = (name: string) => ({ ...aDeployment(1, name), metadata: { name, labels: { held: 'yes' } } });
    await create(Deployment, held('free'));
    expect((await refusal(create(Deployment, held('web2')))).message).toContain('failed expression: false');
  });

  test('can ask what the user may do, and look at the namespace', async () => {
    const { create } = await guarded({
      validations: [
        { expression: 'authorizer.group("apps").resource("deployments").namespace(request.namespace).check("delete").allowed()' },
        { expression: 'namespaceObject.metadata.name == request.namespace && request.operation == "CREATE" && request.userInfo.username == "alice"' },
        { expression: '!authorizer.serviceAccount("default", "nobody").requestResource.check("create").allowed()' },
      ],
    });
    await create(Deployment, aDeployment(1));
  });
});

describe('mutating policies', () => {
  async function changing(mutations: object[], more: object = {}): Promise<AnApi> {
    const api = await anApi();
    await api.create(MutatingAdmissionPolicy, {
      metadata: { name: 'm' },
      spec: { matchConstraints: RULE('deployments'), reinvocationPolicy: 'Never', mutations, ...more },
    });
    await api.create(MutatingAdmissionPolicyBinding, { metadata: { name: 'b' }, spec: { policyName: 'm' } });
    return api;
  }

  test('apply a configuration, whose lists are merged by their keys', async () => {
    const expression = `Object{metadata: Object.metadata{labels: {"by": "policy"}}, spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
      containers: [Object.spec.template.spec.containers{name: "proxy", image: "envoy"}]}}}}`;
    const { create } = await changing([{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }]);
    const made = await create<Deployment>(Deployment, aDeployment(1));
    expect(made.metadata.labels).toEqual({ by: 'policy' });
    expect(made.spec.template.spec?.containers.map(({ name, image, imagePullPolicy }) => [name, image, imagePullPolicy])).toEqual(
      expect.arrayContaining([
        ['c', 'nginx', 'Always'],
        ['proxy', 'envoy', 'Always'],
      ]),
    );
  });

  test('patch, one after the other', async () => {
    const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
    const { create } = await changing([
      patch('[JSONPatch{op: "replace", path: "/spec/replicas", value: object.spec.replicas + 1}]'),
      patch(
        'object.spec.replicas == 3 ? [JSONPatch{op: "add", path: "/metadata/annotations", value: {}}, JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("a/b"), value: "yes"}] : []',
      ),
    ]);
    const made = await create<Deployment>(Deployment, aDeployment(2));
    expect(made.spec.replicas).toBe(3);
    expect(made.metadata.annotations).toEqual({ 'a/b': 'yes' });
  });

  test('refuse what they cannot be applied to', async () => {
    const { create } = await changing([{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/spec/nothing"}]' } }]);
    expect((await refusal(create(Deployment, aDeployment(2)))).message).toMatch(/^policy 'm' with binding 'b' denied request: error applying mutation: /);
  });
});

test('expressions that make no sense are not stored', async () => {
  const { create } = await anApi();
  const policy = { metadata: { name: 'p' }, spec: { matchConstraints: RULE('pods'), validations: [{ expression: 'object.x ==' }, { expression: '1 + 1' }] } };
  const { message, code } = await refusal(create(ValidatingAdmissionPolicy, policy));
  expect(code).toBe(422);
  expect(message).toContain('spec.validations[0].expression: Invalid value: "object.x ==": compilation failed: ERROR: <input>:1:');
  expect(message).toContain('spec.validations[1].expression: Invalid value: "1 + 1": compilation failed: must evaluate to bool');
});

test('the status says what expressions get wrong about the kinds of a policy', async () => {
  const { create } = await anApi();
  const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] }];
  const validations = [{ expression: 'object.spec.replicas > "1"' }, { expression: 'object.spec.replicas > 1' }, { expression: 'object.spec.replcias > 1' }];
  const made = await create<ValidatingAdmissionPolicy>(ValidatingAdmissionPolicy, {
    metadata: { name: 'p' },
    spec: { matchConstraints: { resourceRules: rules }, validations },
  });
  expect(made.status).toMatchObject({
    observedGeneration: 1,
    typeChecking: {
      expressionWarnings: [
        {
          fieldRef: 'spec.validations[0].expression',
          warning: expect.stringContaining(
            "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'",
          ) as string,
        },
        { fieldRef: 'spec.validations[2].expression', warning: expect.stringContaining("undefined field 'replcias'") as string },
      ],
    },
  });
});
