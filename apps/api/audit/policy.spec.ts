import { DEFAULT_POLICY, levelOf, readPolicy, type Asked } from './policy';

const asked = (but: Partial<Asked> = {}): Asked => ({
  user: 'alice',
  groups: ['devs'],
  verb: 'create',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  path: '/api/v1/namespaces/default/pods',
  ...but,
});
const policy = (rules: string) => readPolicy(`kind: Policy\nrules: ${rules}`);

describe('the audit policy', () => {
  test('records writes and no reads when nobody says otherwise', () => {
    expect(levelOf(DEFAULT_POLICY, asked())).toBe('Metadata');
    for (const verb of ['get', 'list', 'watch']) expect(levelOf(DEFAULT_POLICY, asked({ verb }))).toBe('None');
    expect(levelOf(DEFAULT_POLICY, asked({ group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' }))).toBe('None');
    expect(levelOf(DEFAULT_POLICY, asked({ resource: '', verb: 'post', path: '/decklog/v1/shred' }))).toBe('Metadata');
    expect(levelOf(DEFAULT_POLICY, asked({ resource: '', verb: 'get', path: '/healthz' }))).toBe('None');
  });

  test('goes by the first rule that fits', () => {
    const rules = policy('[{level: None, users: [bot]}, {level: RequestResponse, userGroups: [devs], verbs: [create]}, {level: Metadata, namespaces: [prod]}]');
    expect(levelOf(rules, asked({ user: 'bot' }))).toBe('None');
    expect(levelOf(rules, asked())).toBe('Request');
    expect(levelOf(rules, asked({ verb: 'delete' }))).toBe('None');
    expect(levelOf(rules, asked({ verb: 'delete', namespace: 'prod' }))).toBe('Metadata');
  });

  test.each([
    ['{group: "", resources: [pods]}', {}, true],
    ['{group: "", resources: [pods]}', { subresource: 'status' }, false],
    ['{group: "", resources: [pods/*]}', { subresource: 'status' }, true],
    ['{group: "", resources: ["*/status"]}', { subresource: 'status' }, true],
    ['{group: "", resources: ["*/scale"]}', { subresource: 'status' }, false],
    ['{group: ""}', { resource: 'secrets' }, true],
    ['{group: apps}', {}, false],
    ['{group: apps, resources: ["*"]}', { group: 'apps', resource: 'deployments', subresource: 'scale' }, true],
  ])('knows resources: %s fits %p: %p', (resource, but, fits) => {
    expect(levelOf(policy(`[{level: Metadata, resources: [${resource}]}]`), asked(but))).toBe(fits ? 'Metadata' : 'None');
  });

  test('knows paths', () => {
    const paths = policy('[{level: Metadata, nonResourceURLs: ["/decklog/*", /version]}]');
    expect(levelOf(paths, asked({ resource: '', path: '/decklog/v1/log' }))).toBe('Metadata');
    expect(levelOf(paths, asked({ resource: '', path: '/version' }))).toBe('Metadata');
    expect(levelOf(paths, asked({ resource: '', path: '/metrics' }))).toBe('None');
    expect(levelOf(paths, asked())).toBe('None');
  });

  test('refuses what is none', () => {
    expect(() => readPolicy('kind: Pod')).toThrow('kind: Policy');
    expect(() => policy('[{level: Everything}]')).toThrow('unknown level "Everything"');
  });
});
