import { exampleOf, type ExampleSchema, type Samples } from '#platform';
import type { RefusalText } from '#kernel';

export type OperationWords = {
  readonly zh: string;
  readonly en: string;
  /** An example of a body that no schema describes, such as a file. */
  readonly body?: { readonly type: string; readonly example: string };
  /** Which statistic it gives; none may pass the floor of models/statistics-floors.yaml, and a test drives each. */
  readonly statistic?: string;
};

/** What the routes' schemas do not say and the interface document must. */
export type DocumentParts = {
  /** By `POST /api/v1/…`: what it does, in both languages. */
  readonly words: Readonly<Record<string, OperationWords>>;
  readonly samples: Samples;
  /** Codes that an operation can be refused with, by the same key. */
  readonly refusals: Readonly<Record<string, readonly string[]>>;
  /** Every refusal of the node, the grounds of its policy among them. */
  readonly texts: ReadonlyMap<string, RefusalText>;
  /** Operations whose end is announced. */
  readonly deprecated: ReadonlySet<string>;
  /** Operations for someone the node knows. */
  readonly needsCaller: ReadonlySet<string>;
};

type Media = { schema?: ExampleSchema; example?: unknown; examples?: Record<string, unknown> };
type Answer = { description?: string; content?: Record<string, Media> };
type Parameter = { name?: string; schema?: ExampleSchema; example?: unknown };
type OperationObject = {
  operationId?: string;
  summary?: string;
  description?: string;
  deprecated?: boolean;
  security?: readonly object[];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, Media> };
  responses?: Record<string, Answer>;
};
export type OpenApiDocument = {
  paths?: Record<string, Record<string, OperationObject>>;
  components?: Record<string, Record<string, unknown>>;
};

/** Fills the document in place: words, examples and refusals of every operation. */
export function completeDocument(document: OpenApiDocument, parts: DocumentParts): void {
  const used = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      const id = `${method.toUpperCase()} ${path}`;
      const codes = parts.refusals[id] ?? [];
      for (const code of codes) used.add(code);
      nameOperation(operation, id, parts);
      addExamples(operation, parts.samples);
      addRefusals(operation, codes, parts.texts);
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Error: ERROR_SCHEMA },
    examples: Object.fromEntries([...used].sort().map((code) => [code, refusalExample(code, parts.texts)])),
  };
}

function nameOperation(operation: OperationObject, id: string, parts: DocumentParts): void {
  const words = parts.words[id];
  operation.operationId = operationIdOf(id);
  if (words !== undefined) {
    const more = operation.description === undefined ? [] : [operation.description];
    operation.description = [words.zh, words.en, ...more].join('\n\n');
    operation.summary ??= `${firstClause(words.zh)} · ${firstClause(words.en)}`;
    if (words.body !== undefined) {
      const { type, example } = words.body;
      operation.requestBody = { content: { [type]: { schema: { type: 'string' }, example } } };
    }
  }
  if (parts.deprecated.has(id)) operation.deprecated = true;
  operation.security = parts.needsCaller.has(id) ? CALLER_SECURITY : [];
}

function firstClause(text: string): string {
  return text.split(/[，。；,.;]/)[0] ?? text;
}

/** A program's token with its proof, HTTP Basic of a department's machine, or a person's session. */
const CALLER_SECURITY = [{ dpop: [] }, { basic: [] }, { session: [] }];

/** `post_consents_by_id_grant`: a name that generated clients can use. */
function operationIdOf(id: string): string {
  const [method = '', path = ''] = id.toLowerCase().split(' ');
  const words = path
    .replace('/api/v1/', '/')
    .replace(/\{\*\}/g, 'path')
    .replace(/\{(\w+)\}/g, 'by_$1');
  return `${method}${words.replace(/[^a-z0-9]+/g, '_')}`.replace(/_$/, '');
}

function addExamples(
  { parameters = [], requestBody, responses = {} }: OperationObject,
  samples: Samples,
): void {
  for (const parameter of parameters) {
    if (parameter.schema !== undefined) {
      parameter.example = exampleOf(parameter.schema, samples, parameter.name ?? '');
    }
  }
  const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const contents = [requestBody?.content, ...answers.map(([, { content }]) => content)];
  for (const content of contents) {
    for (const [type, media] of Object.entries(content ?? {})) {
      media.example ??= exampleOf(media.schema ?? {}, samples, type);
    }
  }
}

/** One answer per status with an example per code; every error has one form, which the document states once. */
function addRefusals(
  operation: OperationObject,
  codes: readonly string[],
  texts: DocumentParts['texts'],
): void {
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const { status } = textOf(code, texts);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<string, Answer> = { ...operation.responses };
  for (const [status, answer] of Object.entries(responses)) {
    if (/^[45]XX$/i.test(status)) responses[status] = { ...answer, content: errorContent() };
    if (answer.description === 'Default Response')
      responses[status] = { ...responses[status], description: status.startsWith('2') ? DONE : REFUSED };
  }
  for (const [status, own] of byStatus) {
    const examples = Object.fromEntries(own.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
    const description = `${STATUS_WORDS[status] ?? ''} ${own.join(', ')}`.trim();
    responses[String(status)] = { description, content: errorContent(examples) };
  }
  operation.responses = responses;
}

const DONE = '成功 · done';
const REFUSED = '拒绝 · refused';

function errorContent(examples?: Record<string, unknown>): Record<string, Media> {
  const schema = { $ref: '#/components/schemas/Error' } as ExampleSchema;
  return { 'application/json': { schema, ...(examples === undefined ? {} : { examples }) } };
}

function refusalExample(code: string, texts: DocumentParts['texts']): object {
  const { clause, zh, en, remedyZh, remedyEn } = textOf(code, texts);
  return {
    summary: `${zh} ${en}`,
    value: {
      error: { code, clause, message: { zh, en }, remedy: { zh: remedyZh, en: remedyEn } },
      requestId: '5f0c1c1e-6f0b-4c4e-9d2a-2f6f6f0d8b11',
    },
  };
}

function textOf(code: string, texts: DocumentParts['texts']): RefusalText {
  const text = texts.get(code);
  if (text === undefined) throw new TypeError(`no refusal ${code}: npm run generate`);
  return text;
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: '请求不合要求 · not as the document says:',
  401: '未认证 · not authenticated:',
  403: '不允许 · not allowed:',
  404: '没有 · not there:',
  409: '与现状冲突 · in conflict with what stands:',
  410: '已不提供 · gone:',
  412: '前提不成立 · a precondition does not hold:',
  413: '过大 · too large:',
  415: '内容类型不对 · wrong media type:',
  422: '内容不成立 · does not hold:',
  429: '过于频繁 · too often:',
  500: '节点出错 · the node failed:',
  503: '暂不可用 · not available now:',
  507: '存储空间不足 · no room:',
};

const TWO_LANGUAGES = {
  type: 'object',
  required: ['zh', 'en'],
  properties: { zh: { type: 'string' }, en: { type: 'string' } },
};
const ERROR_SCHEMA = {
  type: 'object',
  title: 'Error',
  required: ['error', 'requestId'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'clause', 'message', 'remedy'],
      properties: {
        code: { type: 'string', description: 'Closed list, never reused; see docs/errors.md' },
        clause: { type: 'string', description: 'Policy clause behind the refusal' },
        message: TWO_LANGUAGES,
        remedy: TWO_LANGUAGES,
      },
    },
    requestId: { type: 'string' },
  },
};
