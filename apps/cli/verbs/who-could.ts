import { IsBoolean, IsString } from 'class-validator';
import { ASK_OBJECT_FLAGS, asking, AskObjectOptions, kindOf } from '../ask';
import { printDocument, printTable } from '../print';
import { defineVerb } from '../verb';

class WhoCouldOptions extends AskObjectOptions {
  @IsBoolean()
  allNamespaces = false;

  @IsString()
  subresource = '';
}

interface Answer {
  readonly revision: number;
  readonly subjects: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly binding: { readonly kind: string; readonly namespace: string; readonly name: string };
    readonly role: { readonly kind: string; readonly name: string };
  }[];
}

/** Whom RBAC allowed something, now or at any moment. */
export const whoCould = defineVerb<WhoCouldOptions>({
  name: 'who-could',
  usage: 'VERB RESOURCE[/NAME]|/PATH [-n NAMESPACE | -A] [--at REVISION|TIME]',
  summary: 'List the users, groups and service accounts that RBAC allowed something, now or at any moment',
  options: WhoCouldOptions,
  flags: {
    ...ASK_OBJECT_FLAGS,
    namespace: { type: 'string', short: 'n', about: 'In this namespace (default: default)' },
    allNamespaces: { type: 'boolean', short: 'A', about: 'In all namespaces at once' },
    subresource: { type: 'string', about: 'A part of the resource: log, status, exec' },
  },
  words: { min: 2, max: 2 },
  async run(options, [verb = '', what = '']) {
    const query = new URLSearchParams({ verb });
    if (what.startsWith('/')) query.set('path', what);
    else {
      const [type = '', name = ''] = what.split(/\/(.*)/);
      query.set('resource', kindOf(type).resource);
      query.set('name', name);
      query.set('namespace', options.allNamespaces ? '' : options.namespace);
      if (options.subresource !== '') query.set('subresource', options.subresource);
    }
    if (options.at !== '') query.set('at', options.at);
    const answer = await asking(options.kubeconfig, (client) => client.get<Answer>(`/decklog/v1/who-could?${query}`));
    if (options.output !== 'table') printDocument(options.output, answer);
    else {
      printTable(['KIND', 'NAME', 'BY', 'ROLE'], answer.subjects.map(rowOf));
      process.stderr.write(`as of revision ${answer.revision}; members of system:masters may everything\n`);
    }
    return 0;
  },
});

function rowOf({ kind, name, namespace, binding, role }: Answer['subjects'][number]): string[] {
  const inside = (one: string, space: string | undefined): string => (space ? `${space}/${one}` : one);
  return [kind, inside(name, namespace), `${binding.kind}/${inside(binding.name, binding.namespace)}`, `${role.kind}/${role.name}`];
}
