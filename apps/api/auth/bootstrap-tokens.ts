import { BOOTSTRAP_TOKEN, bootstrapTokenOf, isOver } from '#lib/api/core/bootstrap-token';
import { Secret } from '#lib/api/core/secret';
import { logClock } from '#lib/log/log-clock';
import type { World } from '#lib/reconcile/world';
import { timingSafeEqual } from 'node:crypto';
import type { TokenChecker } from './authenticator';
import type { User } from './authorizer';

const FORM = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/**
 * Tokens that new nodes join with: Secrets of type `bootstrap.kubernetes.io/token` in kube-system. Mirrors
 * plugin/pkg/auth/authenticator/token/bootstrap.
 */
export class BootstrapTokens implements TokenChecker {
  constructor(
    private readonly world: World,
    private readonly now: () => Date = () => logClock.date(),
  ) {}

  check(token: string): User | undefined {
    const [, id, secret] = FORM.exec(token) ?? [];
    if (!id || !secret) return undefined;
    const found = this.world.get(Secret, 'kube-system', `bootstrap-token-${id}`);
    if (!found || found.metadata.deletionTimestamp || found.type !== BOOTSTRAP_TOKEN) return undefined;
    const known = bootstrapTokenOf(found);
    if (known.id !== id || !isSame(known.secret, secret) || !known.usage.authentication || isOver(known, this.now())) return undefined;
    if (!known.extraGroups.every((group) => GROUP.test(group))) return undefined;
    return { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...known.extraGroups] };
  }
}

function isSame(a: string, b: string): boolean {
  const [known, given] = [Buffer.from(a), Buffer.from(b)];
  return known.length === given.length && timingSafeEqual(known, given);
}
