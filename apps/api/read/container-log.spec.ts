import type { ContainerState, PodSpec, PodStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { containerFor, logQuestionOf, runWithLog } from './container-log';

const pod = (spec: Partial<PodSpec>, status: PodStatus = {}): Pod =>
  ({ metadata: { name: 'web', namespace: 'default' }, spec: { containers: [{ name: 'a' }], ...spec }, status }) as Pod;

const withState = (state: ContainerState, lastState: ContainerState = {}): Pod =>
  pod({}, { containerStatuses: [{ name: 'a', state, lastState, ready: false, restartCount: 0, image: '', imageID: '', containerID: 'sim://now' }] });

describe('the container that is meant', () => {
  test('is the only one when nobody says', () => expect(containerFor(pod({}), '')).toBe('a'));

  test('must be named when there are several; init containers are named too', () => {
    const many = pod({ containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] });
    expect(() => containerFor(many, '')).toThrow('a container name must be specified for pod web, choose one of: [a b] or one of the init containers: [i]');
    expect(containerFor(many, 'i')).toBe('i');
    expect(() => containerFor(many, 'x')).toThrow('container x is not valid for pod web');
  });
});

describe('the run whose log it is', () => {
  const ended = { exitCode: 1, containerID: 'sim://ended' };

  test.each<[string, Pod, boolean, string]>([
    ['the running one', withState({ running: {} }), false, 'sim://now'],
    ['one that has ended', withState({ terminated: ended }), false, 'sim://ended'],
    ['the last one while the next waits', withState({ waiting: { reason: 'CrashLoopBackOff' } }, { terminated: ended }), false, 'sim://ended'],
    ['the one before', withState({ running: {} }, { terminated: ended }), true, 'sim://ended'],
  ])('%s', (_, of, previous, id) => expect(runWithLog(of, 'a', previous)).toEqual({ id, isPrevious: previous }));

  test.each<[Pod, boolean, string]>([
    [withState({ waiting: { reason: 'ContainerCreating' } }), false, 'container "a" in pod "web" is waiting to start: ContainerCreating'],
    [withState({ waiting: { reason: 'ErrImagePull' } }), false, 'container "a" in pod "web" is waiting to start: image can\'t be pulled'],
    [withState({ waiting: { reason: 'ImagePullBackOff' } }), false, 'container "a" in pod "web" is waiting to start: trying and failing to pull image'],
    [withState({}), false, 'container "a" in pod "web" is waiting to start - no logs yet'],
    [withState({ terminated: { exitCode: 0 } }), false, 'container "a" in pod "web" is terminated'],
    [withState({ running: {} }), true, 'previous terminated container "a" in pod "web" not found'],
    [pod({}), false, 'container "a" in pod "web" is not available'],
  ])('is refused: %#', (of, previous, message) => expect(() => runWithLog(of, 'a', previous)).toThrow(message));
});

describe('the question', () => {
  const asked = (text: string) => logQuestionOf(new URLSearchParams(text), 'web');

  test('is read from the query', () => {
    expect(asked('container=a&follow=true&tailLines=5&previous=true&timestamps=1')).toEqual({
      container: 'a',
      follow: true,
      options: { previous: true, timestamps: true, tailLines: 5 },
    });
  });

  test.each([
    ['tailLines=-2', 'PodLogOptions "web" is invalid: tailLines: Invalid value: -2: must be greater than or equal to 0'],
    ['limitBytes=0', 'limitBytes: Invalid value: 0: must be greater than 0'],
    ['sinceSeconds=0', 'sinceSeconds: Invalid value: 0: must be greater than 0'],
    ['sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z', 'at most one of `sinceTime` or `sinceSeconds` may be specified'],
    ['tailLines=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ])('is refused: %s', (text, message) => expect(() => asked(text)).toThrow(message));
});
