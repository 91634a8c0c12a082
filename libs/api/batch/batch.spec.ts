import { complaints, created, headings, row, stepComplaints, texts, updated } from '#lib/api/testing/given-kind';
import { CronJob } from './cronjob';
import { parseSchedule } from './cron';
import { indexesIn } from './indexes';
import { Job } from './job';

const POD = 'template: {spec: {restartPolicy: Never, containers: [{name: pi, image: perl}]}}';
const UID = '6a1f6c1c-0000-4000-8000-000000000000';

describe('jobs', () => {
  test('run once, try six times more, and select their pods by their own uid', () => {
    const job = created(Job, `spec: {${POD}}`);
    expect(job.spec).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': UID } },
    });
    expect(job.spec.template.metadata?.labels).toEqual({
      'batch.kubernetes.io/controller-uid': UID,
      'batch.kubernetes.io/job-name': 'x',
      'controller-uid': UID,
      'job-name': 'x',
    });
    expect(job.metadata.labels).toEqual(job.spec.template.metadata?.labels); // that of the template, as upstream shows a Job that has none
    expect(created(Job, `spec: {${POD.replace('{spec', '{metadata: {labels: {app: pi}}, spec')}}`).metadata.labels).toEqual({ app: 'pi' });
    expect(job.status).toEqual({});
    expect(complaints(Job, `spec: {${POD}}`)).toEqual([]);
  });

  test('work of unknown length has a width only', () => {
    expect(created(Job, `spec: {parallelism: 3, ${POD}}`).spec).toMatchObject({ parallelism: 3 });
    expect(created(Job, `spec: {parallelism: 3, ${POD}}`).spec.completions).toBeUndefined();
  });

  test.each([
    [
      'pods end',
      'template: {spec: {containers: [{name: pi, image: perl}]}}',
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'counts are not negative',
      `parallelism: -1, ttlSecondsAfterFinished: -1, ${POD}`,
      [
        'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
        'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    ['indexes need their number', `completionMode: Indexed, parallelism: 2, ${POD}`, ['spec.completions: Required value: when completion mode is Indexed']],
    ['limits per index need indexes', `backoffLimitPerIndex: 1, ${POD}`, ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode']],
    ['a manager has a domain', `managedBy: me, ${POD}`, ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")']],
    [
      'labels are its own',
      `template: {metadata: {labels: {job-name: other}}, spec: {restartPolicy: Never, containers: [{name: pi, image: perl}]}}`,
      ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"job-name":"other"}: `selector` does not match template `labels`'],
    ],
    [
      'rules of failure say one thing',
      `podFailurePolicy: {rules: [{action: Ignore}, {action: Explode, onExitCodes: {operator: In, values: [3, 0]}}]}, ${POD}`,
      [
        'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
        'spec.podFailurePolicy.rules[1].action: Unsupported value: "Explode": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
        'spec.podFailurePolicy.rules[1].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[1].onExitCodes.values: Invalid value: [3,0]: must be ordered',
      ],
    ],
    [
      'success needs enough indexes',
      `completionMode: Indexed, completions: 3, successPolicy: {rules: [{succeededIndexes: "0,2-3"}, {succeededCount: 4}]}, ${POD}`,
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,2-3": error parsing succeededIndexes: too large index: "3"',
        'spec.successPolicy.rules[1].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
      ],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(Job, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('what it does never changes, but where it runs may while it waits', () => {
    const step = (before: string, after: string): string[] => {
      const previous = created(Job, `spec: {${before}}`);
      const { selector, template } = previous.spec;
      const draft = updated(Job, previous, `spec: {${after}}`);
      draft.spec.selector = selector;
      draft.spec.template = { ...draft.spec.template, metadata: template.metadata };
      return texts(Job.validateUpdate?.(draft, previous) ?? []).map((text) => text.replace(/\{.*\}/, '{…}'));
    };
    expect(step(POD, `parallelism: 5, completions: 1, ${POD}`)).toEqual([]);
    expect(step(POD, `completions: 5, ${POD}`)).toEqual(['spec.completions: Invalid value: 5: field is immutable']);
    const placed = POD.replace('restartPolicy', 'nodeSelector: {disk: ssd}, restartPolicy');
    expect(step(POD, placed)).toEqual(['spec.template: Invalid value: {…}: field is immutable']);
    expect(step(`suspend: true, ${POD}`, placed)).toEqual([]);
    expect(step(`completionMode: Indexed, completions: 2, parallelism: 2, ${POD}`, `completionMode: Indexed, completions: 3, parallelism: 2, ${POD}`)).toEqual([
      'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
    ]);
  });

  test('a status makes sense', () => {
    const job = created(Job, `spec: {${POD}}`);
    const about = (status: Job['status'], old: Job['status'] = {}): string[] => texts(Job.validateStatus?.({ ...job, status }, { ...job, status: old }) ?? []);
    const startTime = '2026-01-02T03:00:00Z';
    const complete = [
      { type: 'SuccessCriteriaMet', status: 'True' },
      { type: 'Complete', status: 'True' },
    ] as never;
    expect(about({ startTime, completionTime: '2026-01-02T03:01:00Z', succeeded: 1, conditions: complete })).toEqual([]);
    expect(about({ conditions: complete, active: 1 })).toEqual([
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
      'status.startTime: Required value: startTime is required for finished job',
    ]);
    expect(about({ failed: 1 }, { failed: 2, startTime })).toEqual([
      'status.failed: Invalid value: 1: cannot decrease the failed counter',
      'status.startTime: Required value: startTime cannot be removed for unsuspended job',
    ]);
  });

  test('are shown with how far they are', () => {
    expect(headings(Job as never, true)).toEqual(['Name', 'Status', 'Completions', 'Duration', 'Age', 'Containers', 'Images', 'Selector']);
    expect(row(Job, `{spec: {completions: 3, ${POD}}, status: {succeeded: 1, startTime: "2026-01-02T03:03:05Z"}}`)).toEqual([
      'x',
      'Running',
      '1/3',
      '60s',
      '4m5s',
    ]);
    const done =
      'status: {succeeded: 1, startTime: "2026-01-02T03:03:05Z", completionTime: "2026-01-02T03:03:15Z", conditions: [{type: Complete, status: "True"}]}';
    expect(row(Job, `{spec: {parallelism: 2, ${POD}}, ${done}}`)).toEqual(['x', 'Complete', '1/1 of 2', '10s', '4m5s']);
    expect(row(Job, `{spec: {${POD}}, status: {conditions: [{type: Suspended, status: "True"}]}}`)[1]).toBe('Suspended');
  });
});

describe('cron jobs', () => {
  const spec = (more: string): string => `spec: {schedule: "*/5 * * * *", jobTemplate: {spec: {${POD}}}, ${more}}`;

  test('may overlap and remember three and one', () => {
    expect(created(CronJob, spec('')).spec).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    expect(created(CronJob, spec('')).spec.jobTemplate.spec).not.toHaveProperty('backoffLimit');
    expect(complaints(CronJob, spec(''))).toEqual([]);
  });

  test.each([
    ['a schedule is needed', 'schedule: ""', ['spec.schedule: Required value']],
    ['and has five fields', 'schedule: "* * *"', ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]']],
    [
      'a zone stands in its own field',
      'schedule: "TZ=UTC 0 * * * *"',
      ['spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
    ],
    ['zones are known', 'timeZone: Atlantis/Center', ['spec.timeZone: Invalid value: "Atlantis/Center": unknown time zone Atlantis/Center']],
    ['a zone', 'timeZone: Europe/Berlin', []],
    ['policies are known', 'concurrencyPolicy: Wait', ['spec.concurrencyPolicy: Unsupported value: "Wait": supported values: "Allow", "Forbid", "Replace"']],
  ])('%s', (_, more, wanted) => {
    expect(complaints(CronJob, spec(more).replace(more.startsWith('schedule') ? 'schedule: "*/5 * * * *", ' : '\0', ''))).toEqual(wanted);
  });

  test('a name leaves room for the time', () => {
    expect(complaints(CronJob, `{metadata: {name: ${'a'.repeat(53)}}, ${spec('')}}`)).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ]);
    expect(stepComplaints(CronJob, spec(''), spec('suspend: true'))).toEqual([]);
  });

  test('are shown with their last run', () => {
    expect(headings(CronJob as never)).toEqual(['Name', 'Schedule', 'Timezone', 'Suspend', 'Active', 'Last Schedule', 'Age']);
    expect(row(CronJob, `{${spec('suspend: false')}, status: {active: [{name: a}], lastScheduleTime: "2026-01-02T03:04:00Z"}}`)).toEqual([
      'x',
      '*/5 * * * *',
      '<none>',
      'False',
      1,
      '5s',
      '4m5s',
    ]);
  });
});

describe('schedules', () => {
  const values = (text: string): unknown => {
    const schedule = parseSchedule(text);
    return 'everyMs' in schedule ? schedule.everyMs : [...schedule.minutes].join() + ' ' + [...schedule.hours].join() + ' ' + [...schedule.daysOfWeek].join();
  };

  test('lists, ranges, steps and names', () => {
    expect(values('0,30 9-17/4 * * mon-fri')).toBe('0,30 9,13,17 1,2,3,4,5');
    expect(values('50/5 0 * jan 0')).toBe('50,55 0 0');
    expect(values('@daily')).toBe('0 0 0,1,2,3,4,5,6');
    expect(values('@every 1h30m')).toBe(5_400_000);
  });

  test.each([
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
  ])('%s is refused', (text, why) => {
    expect(() => parseSchedule(text)).toThrow(why);
  });
});

test('indexes are listed in order', () => {
  expect(indexesIn('0,2-4,7', 8)).toEqual({ total: 5 });
  expect(indexesIn('3,2', 8).problem).toBe('non-increasing order, previous: 3, current: 2');
  expect(indexesIn('a', 8).problem).toBe('cannot convert string to integer for index: "a"');
});
