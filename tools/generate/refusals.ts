/**
 * Which refusals an operation can give, read from the source: from the route's own text along every name that it uses,
 * through the modules' entries, to the codes that are thrown there. A name that is mentioned counts as used, so that
 * the list may be longer than what can happen, never shorter save through `BOUND` below.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

type Chunk = { readonly file: string; readonly name: string; readonly text: string };
type Target = { readonly file: string; readonly name: string };
type Source = { readonly chunks: ReadonlyMap<string, Chunk>; readonly names: ReadonlyMap<string, Target> };
type Sources = ReadonlyMap<string, Source>;

/** What hangs on the node and is made elsewhere: members by which text reaches a function that it does not name. */
const BOUND: readonly (readonly [RegExp, Target])[] = [
  [/\breport\.issue|node\.report\b/, { file: 'src/information/issue-report.ts', name: 'openReportIssuer' }],
  [/\bidentity\.verifyCall/, { file: 'src/platform/identity/calls/verify-call.ts', name: 'openCallCheck' }],
];

/** What any operation for a known caller goes through, and what any operation can answer. */
const CALLER: readonly Target[] = [
  { file: 'src/entry/http/authentication.ts', name: 'authenticateRequests' },
  { file: 'src/entry/http/interfaces/rate-limit.ts', name: 'countShare' },
];
const ANYONE = ['request.too_many', 'request.failed'];
const WITH_INPUT = ['request.invalid'];
const WITH_BODY = ['request.too_large', 'request.media_type'];

export type KnownOperation = {
  readonly id: string;
  readonly needsCaller: boolean;
  readonly hasInput: boolean;
  readonly hasBody: boolean;
};

type Given = {
  readonly root: string;
  readonly operations: readonly KnownOperation[];
  /** Every declared code. */
  readonly codes: ReadonlySet<string>;
};

/** Codes by operation id, each list sorted. */
export function refusalsOfRoutes({ root, operations, codes }: Given): Record<string, string[]> {
  const sources = readSources(root);
  const grounds = groundsByAct(root);
  const routes = [...sources.entries()]
    .filter(([file]) => file.startsWith('src/entry/http/'))
    .flatMap(([file, source]) => routesOf(file, source));
  return Object.fromEntries(
    operations.map((operation) => {
      const own = routes.filter(({ pattern }) => pattern.test(operation.id));
      const starts = own.flatMap(({ chunks }) => chunks);
      if (operation.needsCaller) starts.push(...CALLER.map((target) => chunkAt(sources, target)));
      const texts = reachedFrom(starts, sources);
      const found = new Set(texts.flatMap((text) => codesIn(text, { codes, grounds })));
      for (const code of ANYONE) found.add(code);
      if (operation.hasInput) for (const code of WITH_INPUT) found.add(code);
      if (operation.hasBody) for (const code of WITH_BODY) found.add(code);
      return [operation.id, [...found].sort()];
    }),
  );
}

const DECLARED = /^(?:export )?(?:async )?(?:function|const|let|class)\*? (\w+)/;

function readSources(root: string): Sources {
  const files = globSync('src/**/*.ts', { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.(test|test-support|d)\.ts$/.test(file) && !file.startsWith('src/portal/browser/'));
  return new Map(files.map((file) => [file, readSource(root, file)]));
}

function readSource(root: string, file: string): Source {
  const text = withoutComments(readFileSync(join(root, file), 'utf8'));
  const chunks = new Map<string, Chunk>();
  for (const part of text.split(/\n(?=(?:export |async |function |const |let |class )[a-z*]* ?)/)) {
    const name = DECLARED.exec(part)?.[1];
    // A catalogue of refusals says what each means; who throws one names it again.
    const isCatalogue = part.includes('defineRefusals(');
    if (name !== undefined && !isCatalogue) chunks.set(name, { file, name, text: part });
  }
  const names = new Map<string, Target>();
  for (const [, kind, list = '', from = ''] of text.matchAll(
    /(?:^|\n)(import|export) (?!type )\{([^}]*)\} from '([^']+)'/g,
  )) {
    const target = fileOf(file, from);
    if (kind === undefined || target === undefined) continue;
    for (const item of list.split(',').map((one) => one.trim())) {
      const [name, local] = item.split(' as ').map((one) => one.trim());
      if (name && !name.startsWith('type ')) names.set(local ?? name, { file: target, name });
    }
  }
  return { chunks, names };
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function fileOf(file: string, from: string): string | undefined {
  if (from.startsWith('#')) return `src/${from.slice(1)}/index.ts`;
  if (from.startsWith('.')) return normalize(join(dirname(file), from)).replaceAll('\\', '/');
  return undefined;
}

type Route = { readonly pattern: RegExp; readonly chunks: Chunk[] };

const CALL = /\b\w+\.(get|put|post|delete|patch)\(\s*(['"`])(\/[^'"`]*)\2/g;

/** Each call that adds a route: its own text, and what comes before the first of its function, such as hooks. */
function routesOf(file: string, { chunks }: Source): Route[] {
  return [...chunks.values()].flatMap((chunk) => {
    const calls = [...chunk.text.matchAll(CALL)];
    const [first] = calls;
    if (first === undefined) return [];
    const shared = part(chunk, chunk.text.slice(0, first.index));
    const around = [...chunks.values()].filter(
      ({ text, name }) => name !== chunk.name && text.includes(`${chunk.name}(`) && /\.addHook\(/.test(text),
    );
    return calls.map((call, at) => {
      const own = part(chunk, chunk.text.slice(call.index, calls[at + 1]?.index));
      return { pattern: patternOf(call[1] ?? '', call[3] ?? ''), chunks: [own, shared, ...around] };
    });
  });

  function part(chunk: Chunk, text: string): Chunk {
    return { file, name: `${chunk.name} part`, text };
  }
}

function patternOf(method: string, url: string): RegExp {
  const path = url
    .split(/(:\w+|\*|\$\{[^}]*\})/)
    .map((piece) => {
      if (piece.startsWith(':')) return `\\{${piece.slice(1)}\\}`;
      if (piece === '*') return '\\{\\*\\}';
      return piece.startsWith('${') ? '[^ ]+' : piece.replace(/[.+]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${method.toUpperCase()} ${path}$`);
}

/** Every text that these lead to, along names, until nothing new is found. */
function reachedFrom(starts: readonly Chunk[], sources: Sources): string[] {
  const seen = new Set<string>();
  const waiting = [...starts];
  const texts: string[] = [];
  for (let chunk = waiting.pop(); chunk !== undefined; chunk = waiting.pop()) {
    texts.push(chunk.text);
    for (const target of namedIn(chunk, sources)) {
      const key = `${target.file}#${target.name}`;
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push(target);
    }
  }
  return texts;
}

function namedIn({ file, text }: Chunk, sources: Sources): Chunk[] {
  const source = sources.get(file);
  const words = new Set(text.match(/(?<![.\w'])[A-Za-z_]\w*/g) ?? []);
  const found = [...words].map((word) => {
    const local = source?.chunks.get(word);
    const imported = source?.names.get(word);
    return local ?? (imported === undefined ? undefined : findChunk(sources, imported));
  });
  const bound = BOUND.filter(([pattern]) => pattern.test(text)).map(([, target]) => chunkAt(sources, target));
  return [...found.filter((chunk) => chunk !== undefined), ...bound];
}

/** Follows the re-exports of an entry to the file that declares the name. */
function findChunk(sources: Sources, { file, name }: Target): Chunk | undefined {
  const source = sources.get(file);
  const own = source?.chunks.get(name);
  const further = source?.names.get(name);
  if (own !== undefined || further === undefined) return own;
  return findChunk(sources, further);
}

function chunkAt(sources: Sources, target: Target): Chunk {
  const chunk = findChunk(sources, target);
  if (chunk === undefined) throw new TypeError(`${target.file} has no ${target.name}`);
  return chunk;
}

type Known = {
  readonly codes: ReadonlySet<string>;
  readonly grounds: (acts: readonly string[]) => string[];
};

/** Codes that stand in the text, save in a comparison; and the grounds on which the policy forbids what it asks for. */
function codesIn(text: string, { codes, grounds }: Known): string[] {
  const thrown = [...text.matchAll(/(=== |!== |case )?'([a-z_]+\.[a-z_0-9]+)'/g)]
    .filter(([, comparison, code]) => comparison === undefined && code !== undefined && codes.has(code))
    .map(([, , code]) => code ?? '');
  const acts = [...text.matchAll(/requireAllowed\([^;]*?'([a-z_]+)'/g)].map(([, act]) => act ?? '');
  const reads = /\bdecide\(\s*tx,\s*[\w.]*policies/.test(text) ? READS : [];
  const asked = [...acts, ...reads];
  return asked.length === 0 ? thrown : [...thrown, ...grounds(asked), 'security.not_permitted'];
}

const READS = ['read', 'read_masked', 'verify', 'list_accesses', 'read_statistics'];

/** Grounds whose action scope holds one of the acts, from the policy's own text. */
function groundsByAct(root: string): (acts: readonly string[]) => string[] {
  const forbids = globSync('policies/grounds*.cedar', { cwd: root })
    .sort()
    .flatMap((file) => readFileSync(join(root, file), 'utf8').split(/(?=@id\()/))
    .map((text) => ({
      id: /@id\("(\w+)"\)/.exec(text)?.[1],
      scope: /forbid \(([\s\S]*?)\)\s*(?:when|unless|;)/.exec(text)?.[1],
    }))
    .filter((one): one is { id: string; scope: string } => one.id !== undefined && one.scope !== undefined);
  return (acts) =>
    forbids
      .filter(
        ({ scope }) => !scope.includes('Action::') || acts.some((act) => scope.includes(`Action::"${act}"`)),
      )
      .map(({ id }) => `policy.${id}`);
}
