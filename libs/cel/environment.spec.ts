import { CelEnvironment, type EnvironmentOptions } from './environment';
import { CelCostExceeded, CelError, CelIssues } from './issues';
import { BOOL, DOUBLE, DYN, INT, listType, mapType, objectType, STRING, TIMESTAMP } from './types';
import { Double, Timestamp, UnsignedInt } from './values';

const self = objectType('Self', {
  replicas: INT,
  name: STRING,
  ratio: DOUBLE,
  since: TIMESTAMP,
  ports: listType(objectType('Port', { name: STRING, port: INT })),
  tags: listType(STRING),
  labels: mapType(STRING, STRING),
  any: DYN,
});
const env = new CelEnvironment({ variables: [{ name: 'self', type: self }] });
const SELF = {
  replicas: 3,
  name: 'web',
  ratio: 0.5,
  since: '2024-01-02T03:04:05Z',
  ports: [
    { name: 'a', port: 80 },
    { name: 'b', port: 443 },
  ],
  tags: ['x', 'y'],
  labels: { app: 'web' },
  any: { deep: [1, 2.5] },
};

const value = (text: string, variables: Record<string, unknown> = { self: SELF }): unknown => env.compile(text).evaluate(variables).value;
const cost = (text: string): number => env.compile(text).evaluate({ self: SELF }).cost;
const issues = (text: string, options?: EnvironmentOptions): string => {
  try {
    (options ? new CelEnvironment(options) : env).compile(text);
  } catch (error) {
    if (error instanceof CelIssues) return error.message;
    throw error;
  }
  return 'none';
};

describe('expressions', () => {
  test.each([
    ['1 + 2 * 3 == 7', true],
    ['-5 / 2', -2],
    ['7 % -3', 1],
    ['9223372036854775807 - 1 == 9223372036854775806', true],
    ['"a" + "b" == "ab" && b"a" == b"a"', true],
    ['dyn(1) == 1.0 && dyn(1u) == 1 && 2.5 > 2', true],
    ['self.replicas > 1 ? "many" : "one"', 'many'],
    ['self.name in ["web", "db"]', true],
    ['semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.0.0").isGreaterThan(semver("1.0.0-rc.1"))', true],
    [
      '["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-2", "1.0.0-11"].map(v, semver(v).compareTo(semver("1.0.0-alpha.1"))) == [-1, 0, 1, -1, -1]',
      true,
    ],
    ['semver("1.2.3+a") == semver("1.2.3+b") && semver("v01.2", true).patch() == 0 && semver("4.5.6").minor() == 5', true],
    ['["1.2", "v1.2.3", "01.2.3", "1.2.3-01", "1.2.3"].map(v, isSemver(v)) == [false, false, false, false, true] && isSemver("v1", true)', true],
    ['"app" in self.labels && self.labels.app == "web" && self.labels["app"] == "web"', true],
    ['has(self.name) && !has(self.missing)', 'undefined field'],
    ['has(self.labels.app) && !has(self.labels.none)', true],
    ['self.ports.all(p, p.port > 0)', true],
    ['self.ports.exists(p, p.port == 443) && self.ports.exists_one(p, p.port == 80)', true],
    ['self.ports.map(p, p.name)', ['a', 'b']],
    ['self.ports.filter(p, p.port > 100).size()', 1],
    ['self.ports.map(p, p.port > 100, p.name)', ['b']],
    ['self.labels.all(k, k.startsWith("a"))', true],
    ['self.labels.exists(k, v, k == "app" && v == "web")', true],
    ['self.tags.transformList(i, v, string(i) + v)', ['0x', '1y']],
    ['self.labels.transformMap(k, v, k + v)', { app: 'appweb' }],
    ['self.any.deep[1] > 2.0 && self.any.deep[0] == 1', true],
    ['self.?any.?deep.hasValue()', true],
    ['self.any.?nothing.orValue("none")', 'none'],
    ['self.tags[?5].orValue("none")', 'none'],
    ['optional.of(1).optMap(x, x + 1).value()', 2],
    ['cel.bind(x, self.replicas * 2, x + x)', 12],
    ['self.since < timestamp("2025-01-01T00:00:00Z") && self.since.getFullYear() == 2024 && self.since.getHours("+02:00") == 5', true],
    ['duration("90m") == duration("1h30m") && self.since + duration("1s") > self.since', true],
    ['type(1) == int && type("") == string && type(self.any) == map', true],
    ['"%s is %d of %.2f".format([self.name, 3, 1.5])', 'web is 3 of 1.50'],
    ['"a,b,c".split(",").join("-").upperAscii()', 'A-B-C'],
    ['"hello".substring(1, 3) + "hello".replace("l", "L") + " x ".trim()', 'elheLLox'],
    ['"web-12".matches("^[a-z]+-[0-9]+$") && "a1b22".findAll("[0-9]+") == ["1", "22"] && "a1".find("[0-9]") == "1"', true],
    ['[3, 1, 2].max() == 3 && [1, 2].isSorted() && [1, 2].sum() == 3 && [1, 2, 1].lastIndexOf(1) == 2', true],
    ['sets.contains([1, 2, 3], [1]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 2], [2, 1, 1])', true],
    ['url("https://example.com:8080/a?b=c").getPort() == "8080" && isURL("/x") && !isURL("x")', true],
    ['ip("10.0.0.1").family() == 4 && cidr("10.0.0.0/8").containsIP("10.1.2.3") && !isIP("10.0.0.256") && ip.isCanonical("::1")', true],
    ['quantity("1Gi").isGreaterThan(quantity("500Mi")) && quantity("1.5").add(quantity("500m")).asInteger() == 2 && !isQuantity("10x")', true],
    ['!format.dns1123Label().validate("web").hasValue() && format.dns1123Label().validate("Web").value()[0].startsWith("a lowercase")', true],
    ['false && self.any.boom || true', true],
    ['self.any.boom == 1 || true', true],
    ['self.tags.all(t, t == "nope" && self.any.boom)', false],
    [`'it\\'s \\u0041' == "it's A" && r'\\d' == "\\\\d"`, true],
  ])('%s', (text, expected) => {
    if (expected === 'undefined field') expect(issues(text)).toContain('undefined field');
    else expect(value(text)).toEqual(expected);
  });

  test.each([
    ['self.replicas / 0', 'division by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['self.any.nothing', 'no such key: nothing'],
    ['self.labels["x"]', 'no such key: x'],
    ['self.tags[7]', 'index out of bounds: 7'],
    ['self.any + 1', 'no such overload: _+_'],
    ['string(duration(null)) == ""', 'no such overload: duration'],
    ['int("x")', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['duration("x")', 'time: invalid duration "x"'],
    ['self.any.deep.constructor', 'no such overload'],
  ])('%s fails: %s', (text, message) => {
    expect(() => value(text)).toThrow(new CelError(message));
  });

  test.each(['uint(1e400)', 'uint(-1e400)', 'int(1e400)', 'uint(-1.0)'])('%s has no value', (text) => {
    expect(() => env.compile(text).evaluate({ self: {} })).toThrow(/integer overflow/);
  });

  test('functions that are called as members of JavaScript objects are unknown functions', () => {
    for (const call of ['self.toString(x, 1)', 'self.constructor(x, 1, 2)', 'self.valueOf(x)'])
      expect(() => env.compile(call)).toThrow(/undeclared reference to/);
  });

  test('a member that every JavaScript object inherits is no member', () => {
    expect(value('has(self.labels.constructor)')).toBe(false);
    expect(() => value('self.any.toString')).toThrow('no such key: toString');
  });

  test('fractions are doubles, whole numbers ints', () => {
    expect(value('self.ratio')).toEqual(new Double(0.5));
    expect(value('self.any.deep')).toEqual([1, 2.5]);
    expect(value('2u')).toEqual(new UnsignedInt(2n));
    expect(value('self.since')).toEqual(new Timestamp(1704164645000000000n));
  });
});

describe('complaints have the words and places of cel-go', () => {
  test.each([
    ['self.x', "ERROR: <input>:1:5: undefined field 'x'\n | self.x\n | ....^"],
    ['foo == 1', "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^"],
    [
      'self.replicas + "a"',
      "ERROR: <input>:1:15: found no matching overload for '_+_' applied to '(int, string)'\n | self.replicas + \"a\"\n | ..............^",
    ],
    ['self.name.foo()', "ERROR: <input>:1:14: undeclared reference to 'foo' (in container '')\n | self.name.foo()\n | .............^"],
    ['self.replicas.startsWith("a")', "ERROR: <input>:1:25: found no matching overload for 'startsWith' applied to 'int.(string)'"],
    ['1 == 1.0', "ERROR: <input>:1:3: found no matching overload for '_==_' applied to '(int, double)'"],
    ['self.replicas.x', "ERROR: <input>:1:14: type 'int' does not support field selection"],
    ['self.replicas.all(x, true)', "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
    ['[1, "a"]', "ERROR: <input>:1:5: expected type 'int' but found 'string'"],
    ['self.name ==', "ERROR: <input>:1:13: Syntax error: mismatched input '<EOF>' expecting"],
    [
      'self.x == 1 &&\n self.y == 2',
      "ERROR: <input>:1:5: undefined field 'x'\n | self.x == 1 &&\n | ....^\nERROR: <input>:2:6: undefined field 'y'\n |  self.y == 2\n | .....^",
    ],
  ])('%s', (text, expected) => {
    expect(issues(text)).toContain(expected);
  });

  test('a type is told', () => {
    expect(env.compile('self.replicas > 1').type).toEqual(BOOL);
    expect(env.compile('self.tags').typeText).toBe('list(string)');
    expect(env.compile('{"a": 1}').typeText).toBe('map(string, int)');
  });
});

describe('costs', () => {
  test.each([
    ['true', 0],
    ['self.replicas > 1', 3],
    ['has(self.name)', 1],
    ['self.ports.all(p, p.port > 0)', 2 + 1 + 2 * (2 + 3)],
    ['self.name.startsWith("w")', 3],
    ['[self.replicas]', 12],
  ])('%s costs %d', (text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  test('an expression that runs away is stopped', () => {
    const list = 'lists.range(1000)';
    const program = env.compile(`${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c >= 0)))`);
    const spent = { cost: 0 };
    expect(() => program.evaluate({}, 1_000_000, spent)).toThrow(CelCostExceeded);
    expect(spent.cost).toBeGreaterThan(1_000_000);
  });

  test('the estimate follows the sizes that types allow', () => {
    const sized = (max: number | undefined): number =>
      new CelEnvironment({ variables: [{ name: 'self', type: listType(INT, max) }] }).compile('self.all(x, self.all(y, x == y || x > 0))').estimate().cost.max;
    expect(sized(10)).toBeLessThan(2_000);
    expect(sized(1_000)).toBeGreaterThan(1_000_000);
    expect(sized(undefined)).toBe(Infinity);
  });
});

describe('an environment', () => {
  test('can be given functions, types to make, and lazy members', () => {
    const made = new CelEnvironment().extend({
      variables: [{ name: 'lazy', type: objectType('Lazy', { answer: INT, never: INT }) }],
      functions: [{ name: 'twice', member: false, params: [INT], result: INT, call: (n: number) => 2 * n }],
      structs: (name) => (name === 'Object.spec' ? objectType(name, { n: INT }) : undefined),
    });
    const lazy = {
      get answer(): number {
        return 21;
      },
      get never(): number {
        throw new Error('nobody asked');
      },
    };
    expect(made.compile('twice(lazy.answer)').evaluate({ lazy }).value).toBe(42);
    expect(made.compile('Object.spec{n: 1}').evaluate({}).value).toEqual({ n: 1 });
    expect(() => made.compile('Object.spec{x: 1}')).toThrow("undefined field 'x'");
  });

  test('compiles the same text once', () => {
    expect(env.compile('1 + 1')).toBe(env.compile('1 + 1'));
  });
});
