import { complaints, stepComplaints } from '#lib/api/testing/given-kind';
import { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from './policies';
import { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from './webhooks';

const GOOD = 'name: a.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://a.example.com/x"}';
const RULE = (text: string): string => `webhooks: [{${GOOD}, rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods], ${text}}]}]`;

describe('webhook configurations', () => {
  test.each([
    ['a good one', `webhooks: [{${GOOD}}]`, []],
    ['none at all', '{}', []],
    [
      'a name has three parts',
      `webhooks: [{${GOOD.replace('a.example.com', 'example.com')}}]`,
      ['webhooks[0].name: Invalid value: "example.com": should be a domain with at least three segments separated by dots'],
    ],
    ['a name is used once', `webhooks: [{${GOOD}}, {${GOOD}}]`, ['webhooks[1].name: Duplicate value: "a.example.com"']],
    [
      'all that must be said',
      'webhooks: [{}]',
      [
        'webhooks[0].name: Required value',
        'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
        'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
        'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
      ],
    ],
    [
      'no side effects in dry runs',
      `webhooks: [{${GOOD.replace('None', 'Some')}}]`,
      ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    ],
    [
      'a known version of reviews',
      `webhooks: [{${GOOD.replace('[v1]', '[v2, v2]')}}]`,
      [
        'webhooks[0].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
        'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'at most half a minute',
      `webhooks: [{${GOOD}, timeoutSeconds: 31}]`,
      ['webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    ],
    [
      'a plain https address',
      `webhooks: [{${GOOD.replace('https://a.example.com/x', 'http://me@a.example.com?q=1#f')}}]`,
      [
        'webhooks[0].clientConfig.url: Invalid value: "http://me@a.example.com?q=1#f": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
        'webhooks[0].clientConfig.url: Invalid value: "http://me@a.example.com?q=1#f": user information is not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "http://me@a.example.com?q=1#f": fragments are not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "http://me@a.example.com?q=1#f": query parameters are not permitted in the URL',
      ],
    ],
    [
      'a service has a name, a namespace and a clean path',
      `webhooks: [{${GOOD.replace('url: "https://a.example.com/x"', 'service: {path: /a//b, port: 70000}')}}]`,
      [
        'webhooks[0].clientConfig.service.name: Required value: service name is required',
        'webhooks[0].clientConfig.service.namespace: Required value: service namespace is required',
        'webhooks[0].clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
        'webhooks[0].clientConfig.service.path: Invalid value: "/a//b": segment[1] may not be empty',
      ],
    ],
    [
      'enums',
      `webhooks: [{${GOOD}, failurePolicy: No, matchPolicy: No}]`.replace(/No\b/g, '"No"'),
      [
        'webhooks[0].failurePolicy: Unsupported value: "No": supported values: "Fail", "Ignore"',
        'webhooks[0].matchPolicy: Unsupported value: "No": supported values: "Equivalent", "Exact"',
      ],
    ],
    [
      'conditions have names of their own',
      `webhooks: [{${GOOD}, matchConditions: [{name: a, expression: "true"}, {name: a}, {expression: "true"}]}]`,
      [
        'webhooks[0].matchConditions[1].expression: Required value',
        'webhooks[0].matchConditions[1].name: Duplicate value: "a"',
        'webhooks[0].matchConditions[2].name: Required value',
      ],
    ],
  ])('%s', (_, yaml, wanted) => {
    expect(complaints(ValidatingWebhookConfiguration, yaml)).toEqual(wanted);
    expect(complaints(MutatingWebhookConfiguration, yaml)).toEqual(wanted);
  });

  test.each([
    ['operations: []', ['webhooks[0].rules[0].operations: Required value']],
    ['operations: ["*", CREATE]', [`webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`]],
    ['operations: [GET]', ['webhooks[0].rules[0].operations[0]: Unsupported value: "GET": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"']],
    ['apiGroups: []', ['webhooks[0].rules[0].apiGroups: Required value']],
    ['apiVersions: [""]', ['webhooks[0].rules[0].apiVersions[0]: Required value']],
    ['resources: [pods/*, pods/log]', [`webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`]],
    [
      'resources: ["*/status", pods/status]',
      [`webhooks[0].rules[0].resources[1]: Invalid value: "pods/status": if '*/status' is present, must not specify pods/status`],
    ],
    ['resources: ["*/*", pods]', [`webhooks[0].rules[0].resources: Invalid value: ["*/*","pods"]: if '*/*' is present, must not specify other resources`]],
    [
      'resources: ["*", pods]',
      [`webhooks[0].rules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`],
    ],
    ['scope: Here', ['webhooks[0].rules[0].scope: Unsupported value: "Here": supported values: "*", "Cluster", "Namespaced"']],
  ])('a rule: %s', (text, wanted) => {
    const key = text.split(':')[0];
    expect(complaints(ValidatingWebhookConfiguration, RULE(text).replace(new RegExp(`${key}: \\[[^\\]]*\\], (?=.*${key}:)`), ''))).toEqual(wanted);
  });

  test('what was let in once may stay when it is changed', () => {
    const old = `webhooks: [{${GOOD.replace('None', 'Some').replace('[v1]', '[v2]')}}]`;
    expect(stepComplaints(ValidatingWebhookConfiguration, old, old)).toEqual([]);
    expect(stepComplaints(ValidatingWebhookConfiguration, `webhooks: [{${GOOD}}]`, old)).toHaveLength(2);
  });
});

const MATCH = 'matchConstraints: {resourceRules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]}';

describe('policies', () => {
  test.each([
    ['a good one', `${MATCH}, validations: [{expression: "true"}]`, []],
    ['somewhere to look', 'validations: [{expression: "true"}]', ['spec.matchConstraints: Required value']],
    [
      'something to look for',
      `${MATCH}`,
      [
        'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
        'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
      ],
    ],
    ['rules to know the types by', 'matchConstraints: {}, validations: [{expression: "true"}]', ['spec.matchConstraints.resourceRules: Required value']],
    [
      'a kind of parameters',
      `${MATCH}, paramKind: {apiVersion: a/b/c, kind: "A b"}, validations: [{expression: "true"}]`,
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        "spec.paramKind.kind: Invalid value: \"A b\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    [
      'messages of one line, and reasons that are known',
      `${MATCH}, validations: [{expression: " ", message: "a\\nb", reason: Why, messageExpression: " "}]`,
      [
        'spec.validations[0].expression: Required value: expression is not specified',
        'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
        'spec.validations[0].reason: Unsupported value: "Why": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      ],
    ],
    [
      'variables that can be named',
      `${MATCH}, variables: [{name: 1a, expression: "1"}, {name: for}], validations: [{expression: "true"}]`,
      [
        'spec.variables[0].name: Invalid value: "1a": name is not a valid CEL identifier',
        'spec.variables[1].name: Invalid value: "for": name is not a valid CEL identifier',
        'spec.variables[1].expression: Required value: expression is not specified',
      ],
    ],
    [
      'annotations that are told apart',
      `${MATCH}, auditAnnotations: [{key: a, valueExpression: "'x'"}, {key: a}]`,
      ['spec.auditAnnotations[1].valueExpression: Required value: valueExpression is not specified', 'spec.auditAnnotations[1].key: Duplicate value: "a"'],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(ValidatingAdmissionPolicy, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('bindings name a policy, actions that make sense together, and parameters in one way', () => {
    expect(complaints(ValidatingAdmissionPolicyBinding, 'spec: {policyName: p, validationActions: [Deny]}')).toEqual([]);
    expect(complaints(ValidatingAdmissionPolicyBinding, 'spec: {paramRef: {name: a, selector: {}}, validationActions: [Deny, Warn, Warn, Sing]}')).toEqual([
      'spec.policyName: Required value',
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Required value',
      'spec.validationActions[2]: Duplicate value: "Warn"',
      'spec.validationActions[3]: Unsupported value: "Sing": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions: Invalid value: ["Deny","Warn","Warn","Sing"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ]);
    expect(complaints(ValidatingAdmissionPolicyBinding, 'spec: {policyName: p}')).toEqual([
      'spec.validationActions: Required value: at least one validation action is required',
    ]);
  });

  test('mutating ones say what they change, how often, and never of what goes', () => {
    const good = `reinvocationPolicy: Never, ${MATCH}, mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[]"}}]`;
    expect(complaints(MutatingAdmissionPolicy, `spec: {${good}}`)).toEqual([]);
    expect(complaints(MutatingAdmissionPolicy, `spec: {${MATCH.replace('CREATE', 'DELETE')}}`)).toEqual([
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
      'spec.mutations: Required value: mutations must contain at least one item',
      'spec.reinvocationPolicy: Required value',
    ]);
    expect(complaints(MutatingAdmissionPolicy, `spec: {${good.replace('patchType: JSONPatch, ', 'patchType: ApplyConfiguration, ')}}`)).toEqual([
      'spec.mutations[0].applyConfiguration: Required value',
      'spec.mutations[0].jsonPatch: Invalid value: "{jsonPatch}": must not be set when patchType is ApplyConfiguration',
    ]);
    expect(complaints(MutatingAdmissionPolicyBinding, 'spec: {}')).toEqual(['spec.policyName: Required value']);
  });
});
