import { IsBoolean, IsString } from 'class-validator';
import type { Erasure } from '#lib/api/decklog/erasure';
import { asking, KUBECONFIG_FLAG, objectOf } from '../ask';
import { defineVerb, UserError } from '../verb';

class ShredOptions {
  @IsString()
  namespace = 'default';

  @IsString()
  reason = '';

  @IsBoolean()
  force = false;

  @IsString()
  kubeconfig = '';
}

/** Erases the values of a Secret from all history; everything else about it stays, and the chain holds. */
export const shred = defineVerb<ShredOptions>({
  name: 'shred',
  usage: 'secret/<name> [-n NAMESPACE] --reason TEXT [--force]',
  summary: 'Erase the values of a Secret from all history, for ever: its keys are destroyed; the hash chain still holds',
  options: ShredOptions,
  flags: {
    namespace: { type: 'string', short: 'n', about: 'Namespace of the Secret (default: default)' },
    reason: { type: 'string', about: 'Why; kept in the log with your name' },
    force: { type: 'boolean', about: 'Delete the Secret first when it lives' },
    kubeconfig: KUBECONFIG_FLAG,
  },
  words: { min: 1, max: 2 },
  async run({ namespace, reason, force, kubeconfig }, words) {
    const { kind, name } = objectOf(words);
    if (reason === '') throw new UserError('shred: say why, with --reason: it is kept in the log', 2);
    const query = new URLSearchParams({ resource: kind.resource, namespace, name, reason, ...(force && { force: 'true' }) });
    const { metadata, spec } = await asking(kubeconfig, (client) => client.send<Erasure>('POST', `/decklog/v1/shred?${query}`));
    const uids = spec.uids ?? [];
    process.stdout.write(
      `shredded ${namespace}/${kind.singular}/${name}: the keys of ${uids.length} object${uids.length === 1 ? '' : 's'} (${uids.join(', ')}) are destroyed\n`,
    );
    process.stdout.write(`recorded as erasure ${metadata.name} at revision ${metadata.resourceVersion}\n`);
    return 0;
  },
});
