import { connect, type ConnectionOptions, type NatsConnection } from 'nats';

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

/** A connection that never gives up: the log goes on without the bus, and the bus must come back by itself. */
export const connectNats = (url: string, name: string): Promise<NatsConnection> =>
  connect({ ...natsOptions(url), name, maxReconnectAttempts: -1, reconnectTimeWait: 250, reconnectJitter: 250, pingInterval: 20_000 });
