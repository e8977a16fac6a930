import { Ajv } from 'ajv';
import addFormatsModule from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

// The package is CommonJS whose types describe its default export one level too high.
const addFormats = addFormatsModule.default;

/** Nothing is removed, and only text (parameters, query, headers) is read as numbers; a body is taken at its word. */
const COMMON = { removeAdditional: false, useDefaults: true, allErrors: false, strict: false } as const;

export function makeValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const ofText = new Ajv({ ...COMMON, coerceTypes: true });
  const ofBody = new Ajv({ ...COMMON, coerceTypes: false });
  addFormats(ofText);
  addFormats(ofBody);
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofBody : ofText).compile(schema);
}
