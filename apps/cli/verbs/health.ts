import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { Max, Min } from 'class-validator';
import { defineVerb, UserError } from '../verb';

const ANSWER_WITHIN_MS = 4_000;

class HealthOptions {
  @Min(1)
  @Max(65535)
  port = 6443;
  pkiDir = '.decklog/pki';
}

/** For container health checks: does the API server on this machine say that it is ready? */
export const health = defineVerb<HealthOptions>({
  name: 'health',
  usage: '[--port N] [--pki-dir DIR]',
  summary: 'Ask the API server on this machine whether it is ready; exit code 0 when it is',
  options: HealthOptions,
  flags: {
    port: { type: 'string', about: 'Port of the API server (default 6443)', env: 'DECKLOG_PORT' },
    pkiDir: { type: 'string', about: 'Folder with ca.crt (default .decklog/pki)', env: 'DECKLOG_PKI_DIR' },
  },
  async run({ port, pkiDir }) {
    const answer = await readyz(port, readFileSync(join(pkiDir, 'ca.crt'), 'utf8')).catch((error: Error) => error);
    if (answer instanceof Error) throw new UserError(`the API server on port ${port} does not answer: ${answer.message}`);
    process.stdout.write(`${answer.text}\n`);
    return answer.status === 200 ? 0 : 1;
  },
});

function readyz(port: number, ca: string): Promise<{ status?: number; text: string }> {
  return new Promise((done, fail) => {
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', ca, timeout: ANSWER_WITHIN_MS }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => done({ status: response.statusCode, text }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`)));
    asked.on('error', fail).end();
  });
}
