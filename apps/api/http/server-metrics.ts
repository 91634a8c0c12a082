import { APIService, isAvailable } from '#lib/api/apiregistration/apiservice';
import { Pod } from '#lib/api/core/pod/pod';
import { podCondition } from '#lib/api/core/pod/pod-conditions';
import { versionInfo } from '#lib/schema/discovery/documents';
import { readdirSync } from 'node:fs';
import type { Kernel } from '../kernel';
import { family, labelsOf } from './metrics-text';

/** What need not be counted, because it can be seen when somebody asks. Names and labels are upstream's where the meaning is the same. */
export function serverMetrics({ world, flow }: Kernel): string[] {
  const kinds = [...world.kinds()];
  const { major = '', minor = '', gitVersion = '', platform = '' } = versionInfo();
  return [
    family('kubernetes_build_info', 'gauge', 'The version of the API that is spoken.', [
      `${labelsOf({ major, minor, git_version: gitVersion, platform })} 1`,
    ]),
    family(
      'apiserver_storage_objects',
      'gauge',
      'Objects by resource.',
      kinds.map((kind) => `${labelsOf({ resource: kind.resource })} ${world.count(kind)}`),
    ),
    family(
      'apiserver_resource_objects',
      'gauge',
      'Objects by group and resource.',
      kinds.map((kind) => `${labelsOf({ group: kind.group, resource: kind.plural })} ${world.count(kind)}`),
    ),
    family(
      'aggregator_unavailable_apiservice',
      'gauge',
      'APIServices that are not available (1).',
      world.list(APIService).map((service) => `${labelsOf({ name: service.metadata.name })} ${isAvailable(service) ? 0 : 1}`),
    ),
    family(
      'apiserver_flowcontrol_nominal_limit_seats',
      'gauge',
      'Seats that a priority level has of its own.',
      flow.nominalSeats().map(([level, seats]) => `${labelsOf({ priority_level: level })} ${seats}`),
    ),
    ...pendingPods(world.indexed(Pod, 'node', '')),
    family('decklog_revision', 'gauge', 'The last revision of the log that this server knows.', [` ${world.revision}`]),
    ...processMetrics(),
  ];
}

/** As the scheduler's queues see them: gated ones are not looked at, unschedulable ones wait for a change. */
function pendingPods(pods: readonly Pod[]): string[] {
  const queues = { active: 0, gated: 0, unschedulable: 0 };
  for (const pod of pods) {
    const { reason } = podCondition(pod, 'PodScheduled') ?? {};
    queues[reason === 'SchedulingGated' ? 'gated' : reason === 'Unschedulable' ? 'unschedulable' : 'active']++;
  }
  return [
    family(
      'scheduler_pending_pods',
      'gauge',
      'Pods that have no node.',
      Object.entries(queues).map(([queue, count]) => `${labelsOf({ queue })} ${count}`),
    ),
  ];
}

/** Those of every program that Prometheus knows. */
function processMetrics(): string[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  return [
    family('process_cpu_seconds_total', 'counter', 'Time of all CPUs.', [` ${(user + system) / 1e6}`]),
    family('process_resident_memory_bytes', 'gauge', 'Memory that is in use.', [` ${memory.rss}`]),
    family('process_heap_bytes', 'gauge', 'The heap of the program.', [` ${memory.heapTotal}`]),
    family('process_start_time_seconds', 'gauge', 'When the process began.', [` ${(performance.timeOrigin / 1000).toFixed(3)}`]),
    ...openFiles(),
  ];
}

function openFiles(): string[] {
  try {
    return [family('process_open_fds', 'gauge', 'Files and connections that are open.', [` ${readdirSync('/proc/self/fd').length}`])];
  } catch {
    return []; // only Linux tells
  }
}
