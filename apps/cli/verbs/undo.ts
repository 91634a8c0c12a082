import { IsBoolean } from 'class-validator';
import { ASK_FLAGS, asking, AskOptions } from '../ask';
import { CHANGE_FLAGS, changed } from '../change';
import { defineVerb, UserError } from '../verb';

class UndoOptions extends AskOptions {
  @IsBoolean()
  dryRun = false;

  @IsBoolean()
  force = false;
}

/** Takes one change back and keeps what came after it. */
export const undo = defineVerb<UndoOptions>({
  name: 'undo',
  usage: 'REVISION [--dry-run] [--force]',
  summary: 'Take one change of any object back and keep all later ones; exit code 3 and nothing written when later changes are in the way',
  options: UndoOptions,
  flags: { ...CHANGE_FLAGS, ...ASK_FLAGS },
  words: { min: 1, max: 1 },
  async run(options, [revision = '']) {
    if (!/^[1-9]\d*$/.test(revision)) throw new UserError(`undo: ${JSON.stringify(revision)} is no revision: decklog log lists them`, 2);
    return asking(options.kubeconfig, (client) => changed(client, 'undo', new URLSearchParams({ revision }), options));
  },
});
