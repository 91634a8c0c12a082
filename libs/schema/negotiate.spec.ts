import { ApiError } from '#lib/api/errors';
import { negotiate } from './negotiate';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

test.each([
  [undefined, { media: 'json', version: '' }],
  ['*/*', { media: 'json', version: '' }],
  ['application/json, */*', { media: 'json', version: '' }],
  ['application/yaml', { media: 'yaml', version: '' }],
  ['application/vnd.kubernetes.protobuf,application/json', { media: 'json', version: '' }],
  ['application/vnd.kubernetes.protobuf, */*', { media: 'json', version: '' }],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', { media: 'json', version: '' }],
  ['application/json;q=0.5,application/yaml', { media: 'yaml', version: '' }],
  ['application/json;stream=watch', { media: 'json', version: '' }],
  [TABLE, { media: 'json', as: 'Table', version: 'v1' }],
  ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', { media: 'json', version: '' }],
  ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json', { media: 'json', as: 'PartialObjectMetadataList', version: 'v1' }],
  [
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
    { media: 'protobuf', as: 'PartialObjectMetadata', version: 'v1' },
  ],
  [
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
    { media: 'json', as: 'APIGroupDiscoveryList', version: 'v2' },
  ],
])('%s is answered with %j', (accept, answer) => {
  expect(negotiate(accept)).toEqual(answer);
});

test.each(['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;as=Table;g=example.com;v=v1', 'application/json;stream=other'])(
  '%s cannot be answered',
  (accept) => {
    expect(() => negotiate(accept)).toThrow(ApiError);
    expect(() => negotiate(accept)).toThrow('only the following media types are accepted: application/json, application/yaml');
  },
);

const METADATA = 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

test.each([
  ['application/vnd.kubernetes.protobuf', 'all', { media: 'protobuf', version: '' }],
  ['application/vnd.kubernetes.protobuf,application/json', 'all', { media: 'protobuf', version: '' }],
  ['application/json,application/vnd.kubernetes.protobuf;q=0.9', 'all', { media: 'json', version: '' }],
  ['*/*,application/vnd.kubernetes.protobuf', 'all', { media: 'protobuf', version: '' }],
  ['application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1,application/json', 'all', { media: 'json', version: '' }],
  ['application/vnd.kubernetes.protobuf;stream=watch', 'watch', { media: 'protobuf', version: '' }],
  [METADATA, 'text', { media: 'protobuf', as: 'PartialObjectMetadata', version: 'v1' }],
  [METADATA, 'text watch', { media: 'protobuf', as: 'PartialObjectMetadata', version: 'v1' }],
  ['application/json;pretty=1', 'all', { media: 'json', version: '', pretty: true }],
] as const)('%s of %s is answered with %j', (accept, offer, answer) => {
  expect(negotiate(accept, offer)).toEqual(answer);
});

test.each([
  ['application/cbor', 'all', 'application/json, application/yaml, application/vnd.kubernetes.protobuf'],
  ['application/yaml', 'watch', 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'],
  ['application/vnd.kubernetes.protobuf', 'text watch', 'application/json;stream=watch'],
] as const)('%s of %s cannot be answered', (accept, offer, accepted) => {
  expect(() => negotiate(accept, offer)).toThrow(`only the following media types are accepted: ${accepted}`);
});
