import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { encodeMessage } from '#lib/schema/protobuf/encode';
import { envelopePieces, listPieces } from '#lib/schema/protobuf/envelope';
import { cellsOf, tableOf, type TableMetadata, type TableOptions } from '#lib/schema/table';
import { typeTable } from '#lib/schema/types';
import { metadataBytes, metadataMessage } from '../world/metadata-bytes';
import { protobufType } from '../world/protobuf';
import { wireBytes } from '../world/wire';
import { contentOf, type Content } from './answer';
import type { Pieces } from './pieces';

const [COMMA, END, NEXT_ROW, CLOSE] = [',', ']}', '}', '}}'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer, Buffer];

const partialHead = (version: string): string => `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`;

/** A table. It has no protobuf, and nobody is offered one. */
export const tableContent = (kind: AnyKind, objects: readonly KubeObject[], options: TableOptions): Content => ({
  ...contentOf(tableOf(kind, [], options)),
  json: () => tablePieces(kind, objects, options),
});

/** In pieces: what its rows say of their objects are parts of the objects' own bytes. */
function tablePieces(kind: AnyKind, objects: readonly KubeObject[], options: TableOptions): Pieces {
  const { includeObject = 'Metadata', version = 'v1', now } = options;
  const empty = JSON.stringify(tableOf(kind, [], options));
  const parts: Buffer[] = [Buffer.from(empty.slice(0, -END.length))];
  const shown = includeObject === 'None' ? 'null' : includeObject === 'Object' ? '' : partialHead(version);
  const cells = cellsOf(kind);
  objects.forEach((object, i) => {
    if (i > 0) parts.push(COMMA);
    parts.push(Buffer.from(`{"cells":${JSON.stringify(cells(object, now))},"object":${shown}`));
    if (includeObject === 'None') parts.push(NEXT_ROW);
    else if (includeObject === 'Object') parts.push(wireBytes(object), NEXT_ROW);
    else parts.push(metadataBytes(object), CLOSE);
  });
  parts.push(END);
  return parts;
}

/** A PartialObjectMetadataList in pieces of the objects' own bytes. */
export function partialListPieces(objects: readonly KubeObject[], version: string, metadata: TableMetadata): Pieces {
  const head = Buffer.from(partialHead(version));
  const parts: Buffer[] = [
    Buffer.from(
      `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(metadata)},"items":[`,
    ),
  ];
  objects.forEach((object, i) => {
    if (i > 0) parts.push(COMMA);
    parts.push(head, metadataBytes(object), NEXT_ROW);
  });
  parts.push(END);
  return parts;
}

/** The same as protobuf. */
export function partialListMessage(kind: AnyKind, objects: readonly KubeObject[], version: string, metadata: TableMetadata): Pieces {
  const head = encodeMessage(typeTable().byId('meta/v1.ListMeta'), metadata);
  const partial = typeTable().byId('meta/v1.PartialObjectMetadata');
  const known = protobufType(kind) ? metadataMessage : () => undefined; // custom resources have no message that it could be a part of
  const items = objects.map((object) => known(object) ?? encodeMessage(partial, { metadata: object.metadata }));
  return envelopePieces({ apiVersion: `meta.k8s.io/${version}`, kind: 'PartialObjectMetadataList' }, listPieces(head, items));
}
