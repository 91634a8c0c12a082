import { IsString, MinLength } from 'class-validator';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { kubeconfig as textOf, writeKubeconfig } from '#lib/pki/kubeconfig';
import { defineVerb } from '../verb';

class KubeconfigOptions {
  @IsString()
  @MinLength(1)
  pkiDir = '.decklog/pki';

  @IsString()
  @MinLength(1)
  server = 'https://127.0.0.1:6443';

  @IsString()
  @MinLength(1)
  user = 'kubernetes-admin';

  @IsString()
  groups = 'system:masters';

  @IsString()
  out = '';
}

/** For people who may read the CA's key: a client certificate for any user, wrapped in a kubeconfig. */
export const kubeconfig = defineVerb<KubeconfigOptions>({
  name: 'kubeconfig',
  usage: '[--user NAME] [--groups A,B] [--server URL] [--out FILE]',
  summary: 'Issue a client certificate and print a kubeconfig with it',
  options: KubeconfigOptions,
  flags: {
    pkiDir: { type: 'string', about: "Folder of the cluster's CA (default .decklog/pki)", env: 'DECKLOG_PKI_DIR' },
    server: { type: 'string', about: 'Where clients reach the API server (default https://127.0.0.1:6443)' },
    user: { type: 'string', about: 'User name (default kubernetes-admin)' },
    groups: { type: 'string', about: 'Groups, with commas (default system:masters, who may do everything)' },
    out: { type: 'string', short: 'o', about: 'Write to this file (mode 0600) and not to the terminal' },
  },
  async run({ pkiDir, server, user, groups, out }) {
    const ca = await ClusterCa.loadOrCreate(pkiDir);
    const credentials = await ca.issueClient({ user, groups: groups.split(',').filter(Boolean) });
    const request = { server, ca: ca.certificate, user, credentials };
    if (out) writeKubeconfig(out, request);
    else process.stdout.write(textOf(request));
    return 0;
  },
});
