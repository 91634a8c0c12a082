import type {
  MutatingWebhook,
  MutatingWebhookConfiguration as WireMutating,
  ValidatingWebhook,
  ValidatingWebhookConfiguration as WireValidating,
} from 'kubernetes-types/admissionregistration/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind, type KindSpec } from '#lib/api/kind';
import type { KubeObject, Stored } from '#lib/api/meta';
import { validateWebhooks, validateWebhooksStep } from './webhook-validation';

/** Web services that are asked before a write, and may change it. */
export type MutatingWebhookConfiguration = Stored<WireMutating>;
/** Web services that are asked before a write, and may refuse it. */
export type ValidatingWebhookConfiguration = Stored<WireValidating>;

/** Which requests a webhook or policy is about; `kubernetes-types` does not know the inlined fields. */
export interface Rule {
  operations?: string[];
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  /** `Cluster`, `Namespaced` or `*`. */
  scope?: string;
}

type Configuration = KubeObject & { webhooks?: (MutatingWebhook | ValidatingWebhook)[] };

const common = <T extends Configuration>(): Pick<
  KindSpec<T>,
  'group' | 'version' | 'categories' | 'scope' | 'hasGeneration' | 'validateCreate' | 'validateUpdate' | 'columns'
> => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  categories: ['api-extensions'],
  scope: 'Cluster',
  hasGeneration: true,
  validateCreate: validateWebhooks,
  validateUpdate: validateWebhooksStep,
  columns: [NAME, { name: 'Webhooks', type: 'integer', value: ({ webhooks }) => webhooks?.length ?? 0 }, AGE],
});

/** Mirrors pkg/registry/admissionregistration/mutatingwebhookconfiguration and SetDefaults_MutatingWebhook. */
export const MutatingWebhookConfiguration = defineKind<MutatingWebhookConfiguration>({
  ...common<MutatingWebhookConfiguration>(),
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  defaults(draft) {
    for (const webhook of draft.webhooks ?? []) {
      webhookDefaults(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
});

/** Mirrors pkg/registry/admissionregistration/validatingwebhookconfiguration and SetDefaults_ValidatingWebhook. */
export const ValidatingWebhookConfiguration = defineKind<ValidatingWebhookConfiguration>({
  ...common<ValidatingWebhookConfiguration>(),
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  defaults: (draft) => draft.webhooks?.forEach(webhookDefaults),
});

function webhookDefaults(webhook: MutatingWebhook | ValidatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  for (const rule of (webhook.rules ?? []) as Rule[]) rule.scope ??= '*';
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
}
