import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The architecture: a module may import the entries of modules to its left, and nothing else of them. */
export const MODULES = [
  'kernel',
  'security',
  'platform',
  'lists',
  'consent',
  'outcomes',
  'evaluation',
  'monitoring',
  'information',
  'rights',
  'returns',
  'synth',
  'portal',
  'entry',
] as const;

type Module = (typeof MODULES)[number];
export type SourceFile = {
  readonly path: string;
  readonly module: Module | undefined;
  readonly text: string;
};

/** Every TypeScript file under `<root>/src`, tests included. */
export function readSources(root: string): SourceFile[] {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const path = relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/');
      const folder = path.split('/')[1];
      return {
        path,
        module: MODULES.find((name) => name === folder),
        text: readFileSync(join(root, path), 'utf8'),
      };
    });
}

/** Every rule over every file; each finding says what to do instead. */
export function findViolations(files: readonly SourceFile[]): string[] {
  const code = files.filter(({ path }) => !path.endsWith('.test.ts'));
  return [
    ...files.flatMap(importViolations),
    ...code.flatMap(textViolations),
    ...files.flatMap(sizeViolations),
    ...cycles(code),
    ...headerViolations(files),
  ];
}

export function importsOf({ text }: SourceFile): string[] {
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function importViolations(file: SourceFile): string[] {
  const { module, path } = file;
  if (module === undefined) return [`${path}: no module of that name; src/ holds ${MODULES.join(', ')}`];
  return importsOf(file).flatMap((target) => {
    if (target.startsWith('#')) return crossing(file, module, target);
    if (!target.startsWith('.')) return [];
    const reached = join(path, '..', target).replaceAll('\\', '/').split('/');
    return reached[0] === 'src' && reached[1] === module
      ? []
      : [`${path}: ${target} reaches into another module; import its entry #${reached[1]}`];
  });
}

function crossing({ path }: SourceFile, module: Module, target: string): string[] {
  const wanted = MODULES.findIndex((name) => `#${name}` === target);
  if (wanted < 0)
    return [`${path}: ${target} is no module entry; only ${MODULES.map((name) => `#${name}`).join(' ')}`];
  if (wanted < MODULES.indexOf(module)) return [];
  return [
    `${path}: ${module} stands left of ${target.slice(1)}; turn the call round, or bind an event in entry/compose`,
  ];
}

type TextRule = { pattern: RegExp; allowed: (path: string) => boolean; instead: string };

const TEXT_RULES: readonly TextRule[] = [
  {
    pattern: /\bprocess\.env\b/,
    allowed: (path) => path.startsWith('src/kernel/config/'),
    instead: 'settings are read once, in kernel/config',
  },
  {
    pattern: /\bDate\.now\(\)|\bnew Date\(\)/,
    allowed: (path) => path === 'src/kernel/time.ts' || path.startsWith('src/portal/browser/'),
    instead: 'take a Clock',
  },
  {
    pattern: /\bMath\.random\(\)/,
    allowed: () => false,
    instead: 'node:crypto, or the seeded generator of synth',
  },
  { pattern: /^export \*/m, allowed: () => false, instead: 'export by name' },
  { pattern: /^export default\b/m, allowed: () => false, instead: 'export by name' },
  {
    pattern: /\bthrow new Error\(/,
    allowed: (path) => path.startsWith('src/portal/browser/'),
    instead: 'a Refusal for people, an assertion or TypeError for programmers',
  },
  { pattern: /:\s*any\b|\bas any\b|<any>/, allowed: () => false, instead: 'unknown, and narrow it' },
  {
    pattern: /\bproofMaker\b/,
    allowed: (path) => /^src\/(kernel|platform|security|consent)\//.test(path),
    instead: 'only the owner of a fact makes its proof',
  },
  {
    pattern: /\b(from|join|into|update|table)\s+lists\./i,
    allowed: (path) => path.startsWith('src/lists/'),
    instead: 'ask #lists: records are read with a Permit, through readDatasets or relation',
  },
  {
    pattern: /\b(from|join|into|update)\s+security\./i,
    // Ten million disclosures of a benchmark come by no function.
    allowed: (path) => path.startsWith('src/security/') || path === 'src/entry/bench/recall-fill.ts',
    instead: 'ask #security',
  },
  {
    pattern: /\b(from|join|into|update)\s+platform\./i,
    allowed: (path) => path.startsWith('src/platform/'),
    instead: 'ask #platform',
  },
  {
    pattern: /\bmakePermit\b|\bmakePopulationPermit\b/,
    allowed: (path) => path.startsWith('src/security/decision/'),
    instead: 'only decide makes a Permit',
  },
];

function textViolations({ path, text }: SourceFile): string[] {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return TEXT_RULES.flatMap(({ pattern, allowed, instead }) =>
    pattern.test(bare) && !allowed(path) ? [`${path}: ${String(pattern)}; instead: ${instead}`] : [],
  );
}

/** Dataset tables are read where the Permit is: nowhere else may their names even be built. */
export function readersOfRecords(files: readonly SourceFile[]): string[] {
  return files
    .filter(
      ({ path, text }) =>
        path.startsWith('src/lists/') && !path.endsWith('.test.ts') && /\btableName\(/.test(text),
    )
    .map(({ path }) => path);
}

const FILE_LINES_MAX = 350;

function sizeViolations({ path, text }: SourceFile): string[] {
  const lines = text.split('\n').length;
  return lines > FILE_LINES_MAX ? [`${path}: ${lines} lines; is there a second idea inside?`] : [];
}

/** Folders inside a module may not need each other in a circle. */
function cycles(files: readonly SourceFile[]): string[] {
  const edges = new Map<string, Set<string>>();
  for (const file of files) {
    for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
      const reached = join(file.path, '..', target).replaceAll('\\', '/');
      const from = edges.get(file.path) ?? new Set<string>();
      from.add(reached);
      edges.set(file.path, from);
    }
  }
  const done = new Set<string>();
  const found: string[] = [];
  for (const start of edges.keys()) visit(start, [], { edges, done, found });
  return found;
}

type Walk = { edges: Map<string, Set<string>>; done: Set<string>; found: string[] };

function visit(path: string, trail: readonly string[], walk: Walk): void {
  const at = trail.indexOf(path);
  if (at >= 0) {
    walk.found.push(`import cycle: ${[...trail.slice(at), path].join(' → ')}`);
    return;
  }
  if (walk.done.has(path)) return;
  for (const next of walk.edges.get(path) ?? []) visit(next, [...trail, path], walk);
  walk.done.add(path);
}

function headerViolations(files: readonly SourceFile[]): string[] {
  return MODULES.flatMap((module) => {
    const index = files.find(({ path }) => path === `src/${module}/index.ts`);
    if (index === undefined) {
      return files.some((file) => file.module === module)
        ? [`src/${module}: a module has an index.ts that opens with its clause`]
        : [];
    }
    return /^\/\*\*\n \* \S.*\n/.test(index.text) && /\p{Script=Han}/u.test(index.text.slice(0, 200))
      ? []
      : [`${index.path}: opens with its clause and Chinese title, then two sentences`];
  });
}
