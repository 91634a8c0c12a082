import type { Plugin } from './plugin';

/** A pod that names its node goes nowhere else. Mirrors plugins/nodename. */
export const nodeName: Plugin = {
  name: 'NodeName',
  weight: 0,
  judge(pod) {
    const wanted = pod.pod.spec.nodeName;
    if (!wanted) return undefined;
    return {
      isStatic: true,
      filter: ({ name }) =>
        name === wanted ? undefined : { reasons: ["node(s) didn't match the requested node name"], unresolvable: true },
    };
  },
};
