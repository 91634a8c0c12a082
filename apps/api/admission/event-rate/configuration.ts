import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** How many Events are taken: from everybody, or from each namespace, user, or source and object. */
export interface EventLimit {
  readonly type: 'Server' | 'Namespace' | 'User' | 'SourceAndObject';
  /** A second, in the long run. */
  readonly qps: number;
  /** At once. */
  readonly burst: number;
  /** Of how many namespaces, users or objects it keeps count. Default 4096. */
  readonly cacheSize?: number;
}

interface Plugin {
  readonly name?: string;
  readonly path?: string;
  readonly configuration?: unknown;
}

const TYPES = ['Namespace', 'Server', 'SourceAndObject', 'User'];
const NAME = 'EventRateLimit';

/**
 * The limits in an AdmissionConfiguration of apiserver.config.k8s.io/v1 (YAML or JSON); the plugin's part stands in it, or in a file beside
 * it that `path` names. Only this plugin takes one. @throws Error that names what is wrong.
 */
export function eventLimitsIn(file: string, read = (name: string): string => readFileSync(name, 'utf8')): readonly EventLimit[] {
  const { kind, plugins } = (parse(read(file)) ?? {}) as { kind?: string; plugins?: Plugin[] };
  if (kind !== 'AdmissionConfiguration') throw new Error('the admission configuration must say `kind: AdmissionConfiguration`');
  const unknown = (plugins ?? []).find(({ name }) => name !== NAME);
  if (unknown)
    throw new Error(`the admission configuration has a plugin ${JSON.stringify(unknown.name)}, which takes none: only ${NAME} does`);
  const [plugin] = plugins ?? [];
  if (!plugin) return [];
  return limitsOf(plugin.configuration ?? (plugin.path ? parse(read(resolve(dirname(file), plugin.path))) : undefined));
}

/** Mirrors plugin/pkg/admission/eventratelimit/apis/eventratelimit/validation. */
function limitsOf(configuration: unknown): readonly EventLimit[] {
  const { limits } = (configuration ?? {}) as { limits?: EventLimit[] };
  const problems = Array.isArray(limits) && limits.length > 0 ? limits.flatMap(problemsOf) : ['limits: must not be empty'];
  if (problems.length > 0) throw new Error(`${NAME}: ${problems.join('; ')}`);
  return limits as EventLimit[];
}

function problemsOf({ type, burst, qps, cacheSize = 0 }: EventLimit, index: number): string[] {
  const at = `limits[${index}]`;
  const isPositive = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
  return [
    ...(TYPES.includes(type)
      ? []
      : [`${at}.type: Unsupported value: ${JSON.stringify(type)}: supported values: ${TYPES.map((one) => `"${one}"`).join(', ')}`]),
    ...(isPositive(burst) ? [] : [`${at}.burst: Invalid value: ${burst}: must be positive`]),
    ...(isPositive(qps) ? [] : [`${at}.qps: Invalid value: ${qps}: must be positive`]),
    ...(type === 'Server' || (Number.isInteger(cacheSize) && cacheSize >= 0)
      ? []
      : [`${at}.cacheSize: Invalid value: ${cacheSize}: must not be negative`]),
  ];
}
