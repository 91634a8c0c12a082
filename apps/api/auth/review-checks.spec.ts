import type { ApiError } from '#lib/api/errors';
import { checkReview } from './review-checks';

const complaint = (resourceAttributes: object): string => {
  try {
    checkReview('SelfSubjectAccessReview', { resourceAttributes }, '');
    return '';
  } catch (error) {
    return (error as ApiError).message;
  }
};

describe('a review that is narrowed by selectors', () => {
  test.each([
    [{ fieldSelector: { rawSelector: 'spec.nodeName=n' }, labelSelector: { requirements: [{ key: 'a', operator: 'Exists' }] } }, ''],
    [{ fieldSelector: { requirements: [{ key: 'a', operator: 'Newer', values: ['b'] }] } }, ''],
    [
      { fieldSelector: {} },
      'spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
    ],
    [
      { labelSelector: { rawSelector: 'a', requirements: [{ key: 'a', operator: 'Exists' }] } },
      'spec.resourceAttributes.labelSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements',
    ],
    [
      { labelSelector: { requirements: [{ operator: 'In' }] } },
      "[spec.resourceAttributes.labelSelector.requirements[0].key: Required value: must be specified, spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn']",
    ],
    [
      { labelSelector: { requirements: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
      "spec.resourceAttributes.labelSelector.requirements[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  ])('must say one thing well: %o', (attributes, wanted) => {
    expect(complaint(attributes)).toBe(wanted === '' ? '' : `SelfSubjectAccessReview.authorization.k8s.io "" is invalid: ${wanted}`);
  });
});
