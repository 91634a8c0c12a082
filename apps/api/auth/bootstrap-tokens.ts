import { fromBase64 } from '#lib/api/base64';
import { Secret } from '#lib/api/core/secret';
import type { World } from '#lib/reconcile/world';
import { timingSafeEqual } from 'node:crypto';
import type { TokenChecker } from './authenticator';
import type { User } from './authorizer';

const FORM = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Tokens that new nodes join with: Secrets of type `bootstrap.kubernetes.io/token` in kube-system. Mirrors plugin/pkg/auth/authenticator/token/bootstrap. */
export class BootstrapTokens implements TokenChecker {
  constructor(
    private readonly world: World,
    private readonly now: () => Date = () => new Date(),
  ) {}

  check(token: string): User | undefined {
    const [, id, secret] = FORM.exec(token) ?? [];
    if (!id || !secret) return undefined;
    const found = this.world.get(Secret, 'kube-system', `bootstrap-token-${id}`);
    if (!found || found.metadata.deletionTimestamp || found.type !== 'bootstrap.kubernetes.io/token') return undefined;
    const of = (name: string): string => fromBase64(found.data?.[name] ?? '');
    if (of('token-id') !== id || !isSame(of('token-secret'), secret) || of('usage-bootstrap-authentication') !== 'true') return undefined;
    if (this.isOver(of('expiration'))) return undefined;
    const extra = of('auth-extra-groups').split(',').filter(Boolean);
    if (!extra.every((group) => GROUP.test(group))) return undefined;
    return { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extra] };
  }

  /** A time that cannot be read is over. */
  private isOver(expiration: string): boolean {
    return expiration !== '' && !(Date.parse(expiration) > this.now().getTime());
  }
}

function isSame(a: string, b: string): boolean {
  const [known, given] = [Buffer.from(a), Buffer.from(b)];
  return known.length === given.length && timingSafeEqual(known, given);
}
