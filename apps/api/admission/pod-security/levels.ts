import { baseline } from './baseline';
import type { Judged, Violation } from './check';
import { restricted } from './restricted';

export const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

/** A level as of a minor version of Kubernetes: rules that came later do not hold. */
export interface LevelVersion {
  readonly level: Level;
  /** `latest` or the minor version. */
  readonly version: 'latest' | number;
}

/** What the labels of a namespace ask for. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const PREFIX = 'pod-security.kubernetes.io/';
const FREE: LevelVersion = { level: 'privileged', version: 'latest' };
const UNRESTRICTED: Policy = { enforce: FREE, audit: FREE, warn: FREE };

/** `restricted:latest`, `baseline:v1.30`. */
export const printLevel = ({ level, version }: LevelVersion): string => `${level}:${version === 'latest' ? version : `v1.${version}`}`;

/** What is wrong with one label, as upstream says it. */
export interface LabelProblem {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
}

/** Reads the labels. A level that cannot be read is taken as the strictest, as upstream does. Mirrors PolicyToEvaluate. */
export function policyOf(labels: Readonly<Record<string, string>> = {}): { policy: Policy; problems: LabelProblem[] } {
  if (!Object.keys(labels).some((key) => key.startsWith(PREFIX))) return { policy: UNRESTRICTED, problems: [] };
  const problems: LabelProblem[] = [];
  const read = (mode: keyof Policy): LevelVersion => {
    const [level, version] = [labels[`${PREFIX}${mode}`], labels[`${PREFIX}${mode}-version`]];
    return {
      level: readLevel(`${PREFIX}${mode}`, level, mode, problems),
      version: readVersion(`${PREFIX}${mode}-version`, version, problems),
    };
  };
  const enforce = read('enforce');
  const audit = read('audit');
  const asked = read('warn');
  // Whoever enforces a level without saying what to warn of is warned of the same.
  const inherits = labels[`${PREFIX}warn`] === undefined && LEVELS.indexOf(enforce.level) > LEVELS.indexOf(asked.level);
  return { policy: { enforce, audit, warn: inherits ? enforce : asked }, problems };
}

function readLevel(label: string, value: string | undefined, mode: keyof Policy, problems: LabelProblem[]): Level {
  if (value === undefined) return 'privileged';
  if ((LEVELS as readonly string[]).includes(value)) return value as Level;
  problems.push({ label, value, detail: 'must be one of privileged, baseline, restricted' });
  return mode === 'enforce' ? 'restricted' : 'privileged';
}

function readVersion(label: string, value: string | undefined, problems: LabelProblem[]): 'latest' | number {
  if (value === undefined || value === 'latest') return 'latest';
  const match = /^v1\.(0|[1-9]\d{0,3})$/.exec(value);
  if (match) return Number(match[1]);
  problems.push({ label, value, detail: 'must be "latest" or "v1.x"' });
  return 'latest';
}

/** Everything that a level forbids about a pod. */
export function violationsOf({ level, version }: LevelVersion, pod: Judged): Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? Infinity : version;
  const holds = ({ since = 0 }: { since?: number }): boolean => minor >= since;
  const strict = level === 'restricted' ? restricted.filter(holds) : [];
  const replaced = new Set(strict.map(({ replaces }) => replaces));
  return [...baseline.filter((one) => holds(one) && !replaced.has(one)), ...strict].flatMap((one) => one.judge(pod, minor) ?? []);
}

/** `privileged (container "a" must not …), hostPort (…)`. */
export const printViolations = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
