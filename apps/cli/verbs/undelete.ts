import { IsBoolean } from 'class-validator';
import { ASK_OBJECT_FLAGS, asking, AskObjectOptions, objectQuery } from '../ask';
import { CHANGE_FLAGS, changed } from '../change';
import { defineVerb } from '../verb';

class UndeleteOptions extends AskObjectOptions {
  @IsBoolean()
  dryRun = false;

  @IsBoolean()
  force = false;
}

/** Brings back what was deleted. */
export const undelete = defineVerb<UndeleteOptions>({
  name: 'undelete',
  usage: '<kind>/<name> [-n NAMESPACE] [--dry-run] [--force]',
  summary:
    'Bring a deleted object back as it was, a namespace with all it held; exit code 3 and nothing written when something is in the way',
  options: UndeleteOptions,
  flags: {
    ...ASK_OBJECT_FLAGS,
    at: { type: 'string', about: 'The last one that was deleted up to this moment (default: now)' },
    ...CHANGE_FLAGS,
  },
  words: { min: 1, max: 2 },
  run: (options, words) => asking(options.kubeconfig, (client) => changed(client, 'undelete', objectQuery(words, options), options)),
});
