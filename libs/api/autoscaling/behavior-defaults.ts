import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from 'kubernetes-types/autoscaling/v2';

const UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DOWN: HPAScalingRules = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

/** What a behavior leaves open; one that is not there at all stays so. Mirrors GenerateHPAScaleUpRules and GenerateHPAScaleDownRules. */
export function behaviorDefaults(behavior: HorizontalPodAutoscalerBehavior): void {
  behavior.scaleUp = completed(behavior.scaleUp, UP);
  behavior.scaleDown = completed(behavior.scaleDown, DOWN);
}

function completed(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  const whole: HPAScalingRules = { ...structuredClone(defaults), ...rules };
  whole.policies ??= structuredClone(defaults.policies);
  return whole;
}
