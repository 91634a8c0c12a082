import { join } from 'node:path';
import { writeKubeconfig } from '#lib/pki/kubeconfig';
import { parse, UserError } from '../../apps/cli/verb';
import { verbs } from '../../apps/cli/verbs';
import type { ApiServer } from './api-server';

/** What a verb printed, and how it ended. */
export interface Said {
  readonly code: number;
  readonly output: string;
}

/** `decklog …` in this process, with the rights of a cluster administrator. A UserError is printed, as the program does. */
export async function verbsFor({ ca, api, pkiDir }: ApiServer): Promise<(...words: string[]) => Promise<Said>> {
  const file = join(pkiDir, 'kubeconfig');
  const credentials = await ca.issueClient({ user: 'kubernetes-admin', groups: ['system:masters'] });
  writeKubeconfig(file, { server: `https://127.0.0.1:${api.port}`, ca: ca.certificate, user: 'kubernetes-admin', credentials });
  return async (name = '', ...args) => {
    const verb = verbs.find((candidate) => candidate.name === name);
    if (!verb) throw new Error(`there is no verb ${name}`);
    const needsCluster = 'kubeconfig' in verb.flags ? ['--kubeconfig', file] : [];
    const { options, words } = parse(verb, [...args, ...needsCluster], {});
    return saying(() => verb.run(options, words));
  };
}

async function saying(run: () => Promise<number>): Promise<Said> {
  let output = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    output += chunk.toString();
    return true;
  });
  try {
    return { code: await run(), output };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: error.exitCode, output: output + error.message };
  } finally {
    write.mockRestore();
  }
}
