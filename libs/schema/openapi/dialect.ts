/** The two versions of OpenAPI that are served. They differ in how a reference may have neighbours, and in two types. */
export type Dialect = 'v2' | 'v3';

/** A part of a document. */
export type Json = Record<string, unknown>;
