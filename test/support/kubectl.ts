import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './program';

/** What a kubectl call gave. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** DECKLOG_KUBECTL, or kubectl on PATH, or the one that `npm test` fetched. */
export function findKubectl(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(ROOT, '.decklog', 'tools')].filter((folder) => folder !== '');
  return [process.env.DECKLOG_KUBECTL ?? '', ...folders.map((folder) => join(folder, 'kubectl'))].find((path) => path !== '' && existsSync(path));
}

/** Real kubectl against a kubeconfig, with a discovery cache of its own, so that no test sees another's cluster. */
export class Kubectl {
  private readonly home = mkdtempSync(join(tmpdir(), 'decklog-kubectl-'));

  constructor(
    private readonly kubeconfig: string,
    private readonly program = findKubectl(),
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {}

  /** The same with more environment variables, such as KUBE_EDITOR. */
  with(variables: Readonly<Record<string, string>>): Kubectl {
    return new Kubectl(this.kubeconfig, this.program, variables);
  }

  /** Runs it; the exit code is part of the result. `input` is given on stdin: `kubectl(['apply', '-f', '-'], yaml)`. */
  try(args: readonly string[], input = ''): Promise<KubectlResult> {
    const program = this.program;
    if (!program) throw new Error('there is no kubectl: install it or set DECKLOG_KUBECTL');
    const env = { PATH: process.env.PATH, HOME: this.home, KUBECONFIG: this.kubeconfig, ...this.variables };
    return new Promise((done) => {
      const child = execFile(program, [...args], { env, maxBuffer: 64 << 20, timeout: 120_000 }, (error, stdout, stderr) =>
        done({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr }),
      );
      child.stdin?.on('error', () => undefined); // it may end before it has read everything
      child.stdin?.end(input);
    });
  }

  /** Runs it and returns what it printed. @throws with kubectl's own words when it fails. */
  async run(args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.try(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed (${code}): ${stderr || stdout}`);
    return stdout;
  }

  /** Removes the cache. */
  dispose(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
