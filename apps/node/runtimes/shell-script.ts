/** How a command ends: after `runMs` (never, when absent) with that exit code, having printed `output`. */
export interface Outcome {
  readonly runMs?: number;
  readonly exitCode: number;
  readonly output: readonly string[];
  /** Files that are gone from then on, in milliseconds since its start. */
  readonly removes?: Readonly<Record<string, number>>;
}

const ENDS_WELL: Outcome = { runMs: 0, exitCode: 0, output: [] };
const RUNS_FOR_EVER: Outcome = { exitCode: 0, output: [] };

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);
/** Interpreters end when their program is in the arguments, and serve when it is in a file. */
const INTERPRETERS = /^(perl|python\d?(\.\d+)?|node|ruby|php)$/;
const INLINE = /^-(\w*[ce]|Mbignum=bpi|\w*le)$/;
const AT_ONCE = new Set(
  (
    'ls date env printenv cat uname id hostname pwd seq expr test [ mkdir touch cp mv rm chmod chown ln wget curl nslookup dig grep sed awk ' +
    'head wc sort tar set export cd trap kill printf nproc df free whoami which dd sync mount sysctl openssl getent stat md5sum sha256sum : ' +
    'unset umask true'
  ).split(' '),
);

/** What a container with this command line would do, as far as its words tell. Mirrors no shell: it knows what examples are made of. */
export function evaluate(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  const [program = '', ...args] = argv.map((word) => expand(word, env));
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (SHELLS.has(name)) return evaluateShell(args, env);
  if (INTERPRETERS.test(name)) return args.some((arg) => INLINE.test(arg)) ? ENDS_WELL : RUNS_FOR_EVER;
  switch (name) {
    case 'sleep':
      return { ...ENDS_WELL, runMs: sleepMs(args) };
    case 'false':
      return { ...ENDS_WELL, exitCode: 1 };
    case 'exit':
      return { ...ENDS_WELL, exitCode: Number(args[0] ?? 0) & 255 };
    case 'echo':
      return { ...ENDS_WELL, output: echo(args) };
    case 'exec':
    case 'time':
    case 'nohup':
      return evaluate(args, env);
    case 'timeout':
      return within(evaluate(args.slice(1), env), (seconds(args[0] ?? '') ?? 0) * 1000);
    default:
      return AT_ONCE.has(name) ? ENDS_WELL : RUNS_FOR_EVER;
  }
}

/** GNU timeout kills and says 124. */
const within = (outcome: Outcome, limitMs: number): Outcome =>
  outcome.runMs !== undefined && outcome.runMs <= limitMs ? outcome : { ...outcome, runMs: limitMs, exitCode: 124 };

/** Without a script and without a terminal a shell reads the end of its input and leaves. */
function evaluateShell(args: readonly string[], env: Readonly<Record<string, string>>): Outcome {
  const flag = args.findIndex((arg) => /^-\w*c$/.test(arg));
  if (flag < 0) return args.some((arg) => !arg.startsWith('-')) ? RUNS_FOR_EVER : ENDS_WELL;
  const stopsOnError = args.slice(0, flag + 1).some((arg) => /^-\w*e\w*$/.test(arg));
  return runScript(args[flag + 1] ?? '', env, stopsOnError);
}

function runScript(script: string, env: Readonly<Record<string, string>>, stopsOnError: boolean): Outcome {
  if (/\b(while|until)\s+(true|:|\[|sleep|\(\()|\bfor\s*\(\(\s*;;|\btail\s+-[fF]/.test(script)) {
    return { ...RUNS_FOR_EVER, output: firstRound(script, env) };
  }
  let runMs = 0;
  let exitCode = 0;
  const output: string[] = [];
  const removes: Record<string, number> = {};
  for (const { joint, command } of statements(script)) {
    if ((joint === '&&' && exitCode !== 0) || (joint === '||' && exitCode === 0)) continue;
    const one = evaluateStatement(command, env);
    output.push(...one.output);
    noteFiles(command, runMs, removes);
    if (one.runMs === undefined) return { exitCode: 0, output, removes };
    runMs += one.runMs;
    exitCode = one.exitCode;
    if (/^exit\b/.test(command) || (stopsOnError && exitCode !== 0)) break;
  }
  return { runMs, exitCode, output, removes };
}

/** `rm` takes files away, `touch` and `>` bring them. */
function noteFiles(command: string, atMs: number, removes: Record<string, number>): void {
  const [program, ...args] = words(command);
  const files = args.filter((arg) => !arg.startsWith('-'));
  if (program === 'rm') for (const file of files) removes[file] ??= atMs;
  else if (program === 'touch' || command.includes('>')) for (const file of files) delete removes[file.replace(/^>+/, '')];
}

/** What a loop without end prints before and in its first round. */
function firstRound(script: string, env: Readonly<Record<string, string>>): string[] {
  return statements(script)
    .filter(({ command }) => /^(do\s+)?echo\b/.test(command))
    .flatMap(({ command }) => evaluateStatement(command, env).output);
}

const KEYWORDS = /^(do|then|else|\{|\()\s+/;
const NOTHING_TO_DO = /^(for|if|elif|done|fi|case|esac|\}|\))\b|^[})]$|^[A-Za-z_]\w*=\S*$/;

function evaluateStatement(statement: string, env: Readonly<Record<string, string>>): Outcome {
  const command = statement.replace(KEYWORDS, '').trim();
  if (command === '' || command.startsWith('#') || NOTHING_TO_DO.test(command)) return ENDS_WELL;
  if (command.endsWith('&')) return ENDS_WELL;
  const last = command.slice(command.lastIndexOf('|') + 1).trim();
  const isPrinted = !/>>?\s*(?!&|\/dev\/(stdout|stderr)|\/proc\/1)[^&\s]/.test(last);
  const outcome = evaluate(words(last.replace(/\d?>>?\s*(&\d|\S+)/g, '')), env);
  return isPrinted ? outcome : { ...outcome, output: [] };
}

/** Splits at `;`, newlines, `&&` and `||` outside quotes. */
function statements(script: string): { joint: string; command: string }[] {
  const list: { joint: string; command: string }[] = [];
  const pieces = script.match(/'[^']*'|"(?:\\.|[^"\\])*"|\\.|&&|\|\||;;?|\n|[^'"\\;&|\n]+|[&|]/gs) ?? [];
  let joint = ';';
  let command = '';
  for (const piece of pieces) {
    if (!/^(&&|\|\||;;?|\n)$/.test(piece)) {
      command += piece;
      continue;
    }
    if (command.trim() !== '') list.push({ joint, command: command.trim() });
    joint = piece;
    command = '';
  }
  if (command.trim() !== '') list.push({ joint, command: command.trim() });
  return list;
}

/** Splits a command into words, without its quotes. */
export const words = (command: string): string[] =>
  (command.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]+)+/gs) ?? []).map((word) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
      (_, single?: string, double?: string, escaped?: string) => single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
    ),
  );

/** `$(NAME)` as Kubernetes replaces it, `$NAME` and `${NAME}` as a shell does; names that nobody set stay as they are. */
const expand = (word: string, env: Readonly<Record<string, string>>): string =>
  word.replace(/\$\((\w+)\)|\$\{(\w+)\}|\$(\w+)/g, (all, a?: string, b?: string, c?: string) => env[a ?? b ?? c ?? ''] ?? all);

function echo(args: readonly string[]): string[] {
  const [flag, ...rest] = args;
  const isFlag = flag !== undefined && /^-[neE]+$/.test(flag);
  const text = (isFlag ? rest : args).join(' ');
  return (isFlag && flag.includes('e') ? text.replace(/\\n/g, '\n') : text).split('\n');
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };

/** `1.5`, `500ms`, `2m`, `1h30m` in seconds; undefined when it is no duration. */
export function seconds(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) total += Number(amount) * (UNITS[unit as string] ?? 0);
  return total;
}

/** The sum of its arguments, as GNU sleep has it; for ever with `infinity`. */
function sleepMs(args: readonly string[]): number | undefined {
  if (args.some((arg) => /^inf/.test(arg))) return undefined;
  return Math.round(args.reduce((total, arg) => total + (seconds(arg) ?? 0), 0) * 1000);
}
