import { fromBase64 } from '#lib/api/base64';
import type { Secret } from './secret';

/** The type of a Secret that holds a token which new nodes join with. Such Secrets stand in kube-system. */
export const BOOTSTRAP_TOKEN = 'bootstrap.kubernetes.io/token';

const NAME = /^bootstrap-token-([a-z0-9]{6})$/;

/** What a bootstrap token's Secret says; what it does not say is ''. Mirrors cluster-bootstrap/token/api/types.go. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  /** RFC 3339; '' for one that never ends. */
  readonly expiration: string;
  readonly extraGroups: readonly string[];
  /** Whether it may be used for this. */
  readonly usage: { readonly authentication: boolean; readonly signing: boolean };
}

/** Reads the Secret; its type is not looked at. */
export function bootstrapTokenOf({ data }: Secret): BootstrapToken {
  const of = (name: string): string => fromBase64(data?.[name] ?? '');
  return {
    id: of('token-id'),
    secret: of('token-secret'),
    expiration: of('expiration'),
    extraGroups: of('auth-extra-groups').split(',').filter(Boolean),
    usage: { authentication: of('usage-bootstrap-authentication') === 'true', signing: of('usage-bootstrap-signing') === 'true' },
  };
}

/** When it ends: undefined for never. A time that cannot be read is long over. */
export function endOf({ expiration }: BootstrapToken): Date | undefined {
  if (expiration === '') return undefined;
  const end = Date.parse(expiration);
  return new Date(Number.isNaN(end) ? 0 : end);
}

/** Whether its time is up. */
export const isOver = (token: BootstrapToken, now: Date): boolean => (endOf(token) ?? new Date(8.64e15)).getTime() <= now.getTime();

/** The token's id in the name of its Secret; undefined for other names. */
export const idInName = (secretName: string): string | undefined => NAME.exec(secretName)?.[1];
