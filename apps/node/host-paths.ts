import type { HostPathVolumeSource } from 'kubernetes-types/core/v1';

interface Type {
  /** What there is of it on a simulated machine, which is a common Linux without anything that somebody has put there. */
  readonly exists: RegExp;
  readonly called: string;
}

const TYPES: Readonly<Record<string, Type>> = {
  Directory: {
    exists:
      /^\/$|^\/(bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)\/?$|^\/(dev|etc|lib|proc|run|sys|usr|var)\/./,
    called: 'directory',
  },
  File: { exists: /^\/etc\/(group|hostname|hosts|localtime|machine-id|os-release|passwd|resolv\.conf)$|^\/(proc|sys)\/./, called: 'file' },
  Socket: { exists: /^(\/var)?\/run\/(containerd\/containerd|crio\/crio|docker)\.sock$/, called: 'socket file' },
  CharDevice: { exists: /^\/dev\/(console|fuse|kvm|null|random|tty\d*|urandom|zero)$/, called: 'character device' },
  BlockDevice: { exists: /^\/dev\/(loop|nvme|sd|vd)\w+$/, called: 'block device' },
};

/** Why the path cannot be mounted, if it must be there already and is not. Mirrors pkg/volume/hostpath. */
export function hostPathProblem({ path, type = '' }: HostPathVolumeSource): string | undefined {
  const wanted = TYPES[type];
  return wanted && !wanted.exists.test(path) ? `hostPath type check failed: ${path} is not a ${wanted.called}` : undefined;
}
