const words = {
  type: 'object',
  required: ['zh', 'en'],
  additionalProperties: false,
  properties: { zh: { type: 'string', minLength: 4 }, en: { type: 'string', minLength: 4 } },
};

/** JSON Schema of a release rule; two different approvers, always. */
export const releaseSchema = {
  type: 'object',
  required: ['id', 'version', 'name', 'output', 'bitsMax', 'groupMin', 'approvedBy', 'basis'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^[a-z][a-z0-9_]{2,59}$' },
    version: { type: 'string', pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' },
    name: words,
    output: { type: 'string', pattern: '^[a-z][a-z0-9_]{2,59}$' },
    bitsMax: { type: 'integer', minimum: 1, maximum: 16 },
    groupMin: { type: 'integer', minimum: 2 },
    approvedBy: { type: 'array', minItems: 2, maxItems: 2, uniqueItems: true, items: { type: 'string' } },
    basis: { type: 'string', minLength: 2, maxLength: 200 },
  },
} as const;
