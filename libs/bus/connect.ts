import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, ErrorCode, type NatsConnection, NatsError } from 'nats';

/**
 * Options for nats.js from a URL: `nats://user:password@host:port`, several separated by commas, `tls://` for TLS.
 * nats.js does not read credentials from URLs by itself.
 */
export function natsOptions(url: string): ConnectionOptions {
  const urls = url.split(',').map((one) => new URL(one.includes('://') ? one : `nats://${one}`));
  const { username, password, protocol } = urls[0] as URL;
  return {
    servers: urls.map((one) => one.host),
    ...(password !== '' && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(password === '' && username !== '' && { token: decodeURIComponent(username) }),
    ...(protocol === 'tls:' && { tls: {} }),
  };
}

/** A server that is away when a process starts is waited for that long. */
const FIRST_WITHIN_MS = 10_000;
const PAUSE_MS = 250;

/** Of several servers, how often the one that is used is asked whether it is there. */
const PING_MS = 600;

/**
 * A connection that never gives up: the log goes on without the bus, and the bus must come back by itself. The first attempt is
 * repeated for ten seconds, because both may be starting.
 * @throws NatsError when no server could be reached by then, or one refused us
 */
export async function connectNats(url: string, name: string, withinMs = FIRST_WITHIN_MS, pingMs = PING_MS): Promise<NatsConnection> {
  // With others to turn to, a server that hangs is left after three of them at most.
  const pings = url.includes(',') ? { pingInterval: pingMs, maxPingOut: 2 } : { pingInterval: 20_000 };
  // Without noAsyncTraces each request makes an Error for its stack: 0.13 ms per pod of a Deployment in a profile under load.
  const options = {
    ...natsOptions(url),
    name,
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    ...pings,
  };
  for (const deadline = performance.now() + withinMs; ; await sleep(PAUSE_MS)) {
    try {
      return await connect(options);
    } catch (error) {
      const refusedUs =
        error instanceof NatsError && (error.code === ErrorCode.AuthorizationViolation || error.code === ErrorCode.AuthenticationExpired);
      if (refusedUs || performance.now() > deadline) throw error;
    }
  }
}
