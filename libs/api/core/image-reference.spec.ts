import { imageTag, pullPolicyFor } from '#lib/api/core/image-reference';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the tag of an image', () => {
  test.each([
    ['nginx', 'latest'],
    ['nginx:1.27', '1.27'],
    ['nginx:latest', 'latest'],
    ['localhost:5000/nginx', 'latest'],
    ['localhost:5000/nginx:v1', 'v1'],
    ['registry.k8s.io/pause:3.9', '3.9'],
    [`nginx@${DIGEST}`, ''],
    [`nginx:1.27@${DIGEST}`, '1.27'],
    ['Nginx', ''],
    ['a b', ''],
    ['', ''],
    ['Registry.example.com/app', 'latest'],
    ['a'.repeat(64), ''],
  ])('%s: %j', (image, tag) => expect(imageTag(image)).toBe(tag));
});

test('only the latest image is pulled always', () => {
  expect(['nginx', 'nginx:latest', 'nginx:1.27', `nginx@${DIGEST}`].map(pullPolicyFor)).toEqual(['Always', 'Always', 'IfNotPresent', 'IfNotPresent']);
});
