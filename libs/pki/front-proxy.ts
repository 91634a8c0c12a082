import { join } from 'node:path';
import { ClusterCa } from './cluster-ca';

/** Who hands requests on to extension servers: they believe what its headers say of the user when it shows this certificate. */
export interface FrontProxy {
  /** PEM of the CA that extension servers check the certificate against; public. */
  readonly ca: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

let here: Promise<FrontProxy> | undefined;

/** That of the folder $DECKLOG_PKI_DIR (default .decklog/pki), read once: for controllers that ask extension servers. */
export const frontProxyHere = (): Promise<FrontProxy> => (here ??= frontProxy(process.env['DECKLOG_PKI_DIR'] ?? join('.decklog', 'pki')));

/** The CN of the certificate. */
export const FRONT_PROXY_CLIENT = 'front-proxy-client';

/**
 * Reads the front proxy's CA and client certificate from `front-proxy/` in the folder of the cluster's keys, or makes them. The CA is one
 * of its own: whoever has a certificate of the cluster's CA must not be able to speak for others.
 */
export async function frontProxy(pkiDir: string): Promise<FrontProxy> {
  const ca = await ClusterCa.loadOrCreate(join(pkiDir, 'front-proxy'), 'front-proxy-ca');
  const { certificate, key } = await ca.keepClient('client', { user: FRONT_PROXY_CLIENT });
  return { ca: ca.certificate, certificate, key };
}
