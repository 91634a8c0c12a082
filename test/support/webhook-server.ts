import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ClusterCa } from '#lib/pki/cluster-ca';

/** What a webhook is asked, as far as tests look at it. */
export interface AskedOfWebhook {
  readonly uid: string;
  readonly operation: string;
  readonly name: string;
  readonly kind: { readonly kind: string; readonly version: string };
  readonly userInfo: { readonly username: string };
  readonly dryRun: boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- objects of any kind
  readonly object: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- objects of any kind
  readonly oldObject: any;
  /** Of conversion webhooks. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- objects of any kind
  readonly objects: readonly any[];
  readonly desiredAPIVersion: string;
}

/** What a conversion webhook answers. */
export interface ConversionAnswer {
  readonly result: { readonly status: string; readonly message?: string };
  readonly convertedObjects?: readonly object[];
}

export interface WebhookAnswer {
  readonly allowed: boolean;
  readonly status?: object;
  /** Operations of a JSON patch. */
  readonly patch?: readonly object[];
  readonly warnings?: readonly string[];
}

type Answer = WebhookAnswer | ConversionAnswer;

/** A real web server over TLS that answers admission reviews: what is under `path` in `answers` decides. */
export interface WebhookServer {
  readonly port: number;
  /** An address of this machine that is not the loopback. */
  readonly ip: string;
  readonly caBundle: string;
  /** All that was asked under a path. */
  asked(path: string): readonly AskedOfWebhook[];
  answer(path: string, decide: (request: AskedOfWebhook) => Answer | Promise<Answer>): void;
  stop(): Promise<void>;
}

/** `serviceNames` are those that its certificate bears besides the addresses of this machine. */
export async function webhookServer(...serviceNames: string[]): Promise<WebhookServer> {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-webhook-'));
  const ca = await ClusterCa.loadOrCreate(folder);
  const ip =
    Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';
  const { key, certificate } = await ca.issueServing({ dnsNames: serviceNames, ips: ['127.0.0.1', ip] });
  const answers = new Map<string, (request: AskedOfWebhook) => Answer | Promise<Answer>>();
  const asked = new Map<string, AskedOfWebhook[]>();
  const server = createServer({ key, cert: certificate + ca.certificate }, (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as { apiVersion: string; kind: string; request: AskedOfWebhook };
      asked.set(path, [...(asked.get(path) ?? []), review.request]);
      void Promise.resolve(answers.get(path)?.(review.request)).then((answer) => {
        if (!answer) return void response.writeHead(404).end();
        const { patch, ...rest } = answer as WebhookAnswer;
        const patched = patch ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') } : {};
        response.end(JSON.stringify({ apiVersion: review.apiVersion, kind: review.kind, response: { uid: review.request.uid, ...rest, ...patched } }));
      });
    });
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ip,
    caBundle: Buffer.from(ca.certificate).toString('base64'),
    asked: (path) => asked.get(path) ?? [],
    answer: (path, decide) => void answers.set(path, decide),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
