import { ProtoWriter } from '#lib/schema/protobuf/writer';
import type { Json } from './schemas';
import type { V2Document, V2Operation, V2Parameter, V2Path } from './v2';

/** The media type that clients send in Accept for this form. */
export const GNOSTIC_ACCEPT = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** The same as an answer: Go's parser of media types does not take the `@`. */
export const GNOSTIC_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * OpenAPI v2 as the protobuf messages of gnostic's OpenAPIv2.proto: kubectl before 1.29 takes nothing else. The numbers are that file's.
 */
export function gnosticV2(document: V2Document): Buffer {
  return new ProtoWriter()
    .string(1, document.swagger)
    .message(2, new ProtoWriter().string(1, document.info.title).string(2, document.info.version))
    .message(
      8,
      new ProtoWriter().messages(2, Object.entries(document.paths), ([name, item]) =>
        new ProtoWriter().string(1, name).message(2, pathItem(item)),
      ),
    )
    .message(9, namedSchemas(document.definitions))
    .finish();
}

/** Numbers of the methods in PathItem; 6 and 7 are options and head. */
const METHODS: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

function pathItem(item: V2Path): ProtoWriter {
  const writer = new ProtoWriter();
  for (const [method, number] of Object.entries(METHODS)) if (item[method]) writer.message(number, operation(item[method] as V2Operation));
  return writer.messages(9, item.parameters, parametersItem);
}

function operation(of: V2Operation): ProtoWriter {
  return new ProtoWriter()
    .strings(1, of.tags)
    .string(3, of.description)
    .string(5, of.operationId)
    .strings(6, of.produces)
    .strings(7, of.consumes)
    .messages(8, of.parameters, parametersItem)
    .message(
      9,
      new ProtoWriter().messages(1, Object.entries(of.responses), ([code, response]) =>
        new ProtoWriter().string(1, code).message(2, responseValue(response)),
      ),
    )
    .strings(10, of.schemes)
    .messages(13, extensionsIn(of as unknown as Json), namedAny);
}

function responseValue(response: { readonly description: string; readonly schema?: Json }): ProtoWriter {
  const schemaItem = response.schema && new ProtoWriter().message(1, schema(response.schema));
  return new ProtoWriter().message(1, new ProtoWriter().string(1, response.description).message(2, schemaItem));
}

function parametersItem(parameter: V2Parameter): ProtoWriter {
  return new ProtoWriter().message(
    1,
    new ProtoWriter().message(
      parameter.in === 'body' ? 1 : 2,
      parameter.in === 'body' ? bodyParameter(parameter) : otherParameter(parameter),
    ),
  );
}

function bodyParameter(parameter: V2Parameter): ProtoWriter {
  return new ProtoWriter()
    .string(1, parameter.description)
    .string(2, parameter.name)
    .string(3, parameter.in)
    .bool(4, parameter.required)
    .message(5, parameter.schema && schema(parameter.schema));
}

/** A query parameter has one member more than one in the path, so its type comes later. */
function otherParameter(parameter: V2Parameter): ProtoWriter {
  const inPath = parameter.in === 'path';
  const inner = new ProtoWriter()
    .bool(1, parameter.required)
    .string(2, parameter.in)
    .string(3, parameter.description)
    .string(4, parameter.name)
    .string(inPath ? 5 : 6, parameter.type);
  return new ProtoWriter().message(inPath ? 4 : 3, inner);
}

function namedSchemas(schemas: Readonly<Record<string, unknown>>): ProtoWriter {
  return new ProtoWriter().messages(1, Object.entries(schemas), ([name, value]) =>
    new ProtoWriter().string(1, name).message(2, schema(value as Json)),
  );
}

function schema(of: Json): ProtoWriter {
  const { type, items, properties, additionalProperties } = of;
  return new ProtoWriter()
    .string(1, of.$ref as string | undefined)
    .string(2, of.format as string | undefined)
    .string(4, of.description as string | undefined)
    .message(5, of.default === undefined ? undefined : any(of.default))
    .strings(19, of.required as string[] | undefined)
    .messages(20, (of.enum as unknown[] | undefined) ?? [], any)
    .message(21, additionalProperties ? new ProtoWriter().message(1, schema(additionalProperties as Json)) : undefined)
    .message(22, type === undefined ? undefined : new ProtoWriter().strings(1, [type as string]))
    .message(23, items ? new ProtoWriter().message(1, schema(items as Json)) : undefined)
    .message(25, properties ? namedSchemas(properties as Json) : undefined)
    .messages(31, extensionsIn(of), namedAny);
}

const extensionsIn = (of: Json): [string, unknown][] => Object.entries(of).filter(([name]) => name.startsWith('x-'));

const namedAny = ([name, value]: [string, unknown]): ProtoWriter => new ProtoWriter().string(1, name).message(2, any(value));

/** Any value is carried as YAML; JSON is YAML. */
const any = (value: unknown): ProtoWriter => new ProtoWriter().string(2, JSON.stringify(value));
