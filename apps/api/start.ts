import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { unavailable } from '#lib/api/errors';
import { JetStreamTransport } from '#lib/bus/jetstream-transport';
import type { Bus } from '#lib/bus/bus';
import type { BundleHeader } from '#lib/log/bundle/bundle';
import type { EventLog } from '#lib/log/log';
import type { Presence } from '#lib/log/write/presence';
import type { Sealer } from '#lib/log/secret/seal';
import type { CommandSink } from '#lib/runtime/execute';
import { tracer } from '#lib/runtime/tracing/tracer';
import { apiServerNames, ClusterCa } from '#lib/pki/cluster-ca';
import { frontProxy } from '#lib/pki/front-proxy';
import { logKey } from '#lib/pki/log-key';
import { serviceAccountKeys } from '#lib/pki/service-account-keys';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { eventLimitsIn } from './admission/event-rate/configuration';
import { serveUpgrade } from './aggregation/upgrade';
import { ApiModule } from './api.module';
import { readPolicy, type AuditPolicy } from './audit/policy';
import type { JwtAuthenticator } from './auth/oidc/jwt-authenticator';
import { issuersOf } from './auth/oidc/settings';
import { bootstrap, restore } from './bootstrap/bootstrap';
import { TokenKeeper } from './bootstrap-tokens/token-keeper';
import { ObjectRoutes } from './http/object.routes';
import { ownAddress } from './bootstrap/kubernetes-service';
import { OtherWriters } from './world/other-writers';
import { Connections } from './http/connections';
import { sendError, type Incoming, type Outgoing } from './http/exchange';
import { LogProbe } from './http/log-probe';
import { kernelOf, type ApiParts, type Kernel } from './kernel';
import { CommandExecutor } from './write/execute';

/** How an API server is started; the caller owns log and bus and closes them after it. */
export interface ApiOptions {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly sealer: Sealer;
  /** Folder of the cluster CA, the service-account key and, if there is one, `tokens.csv`. */
  readonly pkiDir: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. Default 6443. */
  readonly port?: number;
  /** Where clients inside the cluster reach it. Default: the first address of this machine. */
  readonly advertise?: string;
  /** Who else writes the log. Default: nobody ever does. */
  readonly presence?: Presence;
  /** Which requests are recorded. Default: the policy in the file that DECKLOG_AUDIT_POLICY names; else writes, and what was denied. */
  readonly auditPolicy?: AuditPolicy;
  /**
   * Whose tokens are believed besides our own. Default: the issuer that DECKLOG_OIDC_… describe, or those in the file that
   * DECKLOG_AUTHENTICATION_CONFIG names.
   */
  readonly issuers?: readonly JwtAuthenticator[];
  /** The log is a bundle: it is only read, and nothing is made that a fresh cluster must have. */
  readonly bundle?: Pick<BundleHeader, 'from' | 'horizons'>;
}

/**
 * As often it is looked whether what must be there is there; upstream looks as often for the Service `kubernetes`. What fails is tried
 * again then.
 */
const RESTORE_MS = 10_000;

/** A running API server. */
export interface Api {
  readonly port: number;
  readonly kernel: Kernel;
  /** Carries out the commands of controllers that live in this process. Those of others come over the bus. */
  readonly execute: CommandSink;
  stop(): Promise<void>;
}

/** Folds the log, makes what a fresh cluster must have, and listens. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { host = '127.0.0.1', port = 6443 } = options;
  const state = { loaded: false, stopping: false };
  const parts = await partsOf(options, state);
  const kernel = kernelOf(parts);
  const others = options.presence && new OtherWriters(options.log, options.presence, kernel.world, kernel.writer);
  kernel.others = others;
  await Promise.all([kernel.world.load(), others?.introduce()]);
  others?.begin();
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(kernel, parts), await adapterOf(options.pkiDir), {
    bodyParser: false,
    logger: ['error', 'warn'],
  });
  const connections = new Connections(app.getHttpServer());
  takeRequests(app, () => state.stopping);
  app.connectMicroservice<MicroserviceOptions>({ strategy: new JetStreamTransport({ bus: options.bus, queue: 'api' }) });
  await app.listen(port, host);
  const { port: actual } = app.getHttpServer().address() as AddressInfo;
  const endpoint = { ip: options.advertise ?? ownAddress(), port: actual };
  if (!options.bundle) await bootstrap(kernel.world, kernel.writer, endpoint, parts);
  state.loaded = true;
  await app.startAllMicroservices();
  const tokenKeeper = new TokenKeeper(kernel);
  if (!options.bundle) tokenKeeper.start();
  const restoring = options.bundle
    ? undefined
    : setInterval(() => void restore(kernel.world, kernel.writer, endpoint).catch(() => undefined), RESTORE_MS);
  const stop = async (): Promise<void> => {
    state.stopping = true;
    clearInterval(restoring);
    await tokenKeeper.stop();
    await others?.stop();
    kernel.aggregation.close();
    await connections.end();
    await app.close();
    await kernel.auditor.trail.close();
    await tracer?.flush();
  };
  const executor = app.get(CommandExecutor);
  return { port: actual, kernel, execute: (request) => executor.execute(request), stop };
}

async function partsOf(options: ApiOptions, state: { loaded: boolean; stopping: boolean }): Promise<ApiParts> {
  const { log, bus, sealer, pkiDir } = options;
  const tokenFile = join(pkiDir, 'tokens.csv');
  const probe = new LogProbe(log);
  return {
    log,
    bus,
    sealer,
    serviceAccountKey: serviceAccountKeys(pkiDir).privateKey,
    ca: (await ClusterCa.loadOrCreate(pkiDir)).certificate,
    frontProxy: await frontProxy(pkiDir),
    logKey: logKey(pkiDir),
    ...(options.bundle && { bundle: options.bundle }),
    ...policyOf(options),
    ...eventLimits(),
    issuers: options.issuers ?? issuersOf(process.env),
    tokens: existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8') : '',
    health: {
      checks: { log: () => (state.loaded ? probe.check() : 'the log is still being read') },
      shuttingDown: () => state.stopping,
    },
  };
}

function policyOf({ auditPolicy }: ApiOptions): Pick<ApiParts, 'auditPolicy'> {
  const file = process.env.DECKLOG_AUDIT_POLICY;
  if (auditPolicy || !file) return auditPolicy ? { auditPolicy } : {};
  return { auditPolicy: readPolicy(readFileSync(file, 'utf8')) };
}

/** Off unless DECKLOG_ADMISSION_CONFIG names a file that says otherwise. */
function eventLimits(): Pick<ApiParts, 'eventLimits'> {
  const file = process.env.DECKLOG_ADMISSION_CONFIG;
  return file ? { eventLimits: eventLimitsIn(file) } : {};
}

async function adapterOf(pkiDir: string): Promise<FastifyAdapter> {
  const ca = await ClusterCa.loadOrCreate(pkiDir);
  const serving = await ca.keepServing('apiserver', apiServerNames());
  // Nest's types know no HTTP/2 adapter with a fallback to HTTP/1.1; Fastify does
  return new FastifyAdapter({
    http2: true,
    https: {
      allowHTTP1: true,
      key: serving.key,
      cert: serving.certificate + ca.certificate,
      ca: ca.certificate,
      requestCert: true,
      rejectUnauthorized: false, // tokens come without a certificate; the authenticator looks at `authorized`
    },
    forceCloseConnections: true,
  } as never) as FastifyAdapter;
}

/**
 * Every request goes straight to our routes: there is nothing for Fastify to route or to parse, and its way from the socket to a handler (a
 * route look-up, two wrappers, hooks for the answer) stood at 10 µs a request in a profile under load, its bodies at an AsyncResource each
 * of 53 µs.
 */
function takeRequests(app: NestFastifyApplication, isStopping: () => boolean): void {
  const server = app.getHttpServer();
  const routes = app.get(ObjectRoutes);
  const fastify = server.listeners('request')[0] as (request: Incoming, response: Outgoing) => void;
  server.removeListener('request', fastify);
  server.on('upgrade', (request: Incoming, socket: Socket, head: Buffer) =>
    serveUpgrade(request, socket, head, (asked, response) => routes.handle(asked, response)),
  );
  server.on('request', (request: Incoming, response: Outgoing) =>
    isStopping() && !isHealthPath(request.url) ? refuse(response) : routes.handle(request, response),
  );
}

/** Load balancers are told by /readyz that the server stops. */
const isHealthPath = (url: string | undefined): boolean => /^\/(readyz|livez|healthz)\b/.test(url ?? '');

/** Whoever comes while the server stops should come back, here or elsewhere: nothing was done. */
function refuse(response: Outgoing): void {
  sendError(response, unavailable('the server is stopping', 1));
}
