import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { SETTINGS } from '#kernel';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'src', 'entry', 'cli', 'main.ts');
const program = await buildProgram();
const documents = globSync(
  ['*.md', 'docs/**/*.md', 'lists/README.md', 'models/*/README.md', 'deploy/README.md'],
  {
    cwd: ROOT,
  },
)
  .sort()
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

test('every relative link leads to a file', () => {
  const broken = documents.flatMap(({ path, text }) =>
    linksOf(text)
      .filter((target) => !existsSync(resolve(ROOT, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  );
  assert.ok(documents.length > 20, `only ${documents.length} documents were read`);
  assert.deepEqual(broken, []);
});

test('every command that the documents show exists, with its options', () => {
  const shown = documents.flatMap(({ path, text }) => commandsOf(text).map((words) => ({ path, words })));
  assert.ok(shown.length > 10, `only ${shown.length} commands were found`);
  const faults = shown.flatMap(({ path, words }) =>
    faultsOf(words).map((fault) => `${path}: ${words.join(' ')}: ${fault}`),
  );
  assert.deepEqual(faults, []);
});

test('the command line offers every command there is', () => {
  const help = execFileSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' });
  const offered = new Set([...help.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name));
  assert.ok(program.commands.length > 10);
  assert.deepEqual(
    program.commands.map((command) => command.name()).filter((name) => !offered.has(name)),
    [],
  );
});

test('a command or option that does not exist is found', () => {
  assert.deepEqual(faultsOf(['conquer']), ['no command conquer']);
  assert.deepEqual(faultsOf(['deliver', 'FILE', '--by-pigeon']), ['no option --by-pigeon']);
  assert.deepEqual(faultsOf(['register', 'review']), []);
});

test('every npm script that the documents name exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = documents.flatMap(({ text }) =>
    [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name ?? ''),
  );
  assert.ok(named.length > 3);
  assert.deepEqual(
    named.filter((name) => !(name in scripts)),
    [],
  );
});

test('the README lists every setting and no other', () => {
  const readme = textOf('README.md');
  const listed = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.*) \|$/gm)].map(([, name, meaning]) => [
    name,
    meaning?.replaceAll('&lt;', '<'),
  ]);
  assert.deepEqual(listed, Object.entries(SETTINGS));
  const mentioned = [...readme.matchAll(/\b(XINQIAO_[A-Z_]*[A-Z])\b/g)].map(([, name]) => name ?? '');
  assert.deepEqual(
    mentioned.filter((name) => !(name in SETTINGS)),
    [],
  );
});

test('decision records are numbered without a gap, short, and in one shape', () => {
  const records = documents.filter(({ path }) => path.startsWith('docs/decisions/'));
  assert.deepEqual(
    records.map(({ path }) => Number(path.slice('docs/decisions/'.length, 'docs/decisions/'.length + 4))),
    records.map((_, at) => at + 1),
  );
  for (const { path, text } of records) {
    assert.ok(text.split('\n').length <= 60, `${path} is longer than 60 lines`);
    assert.match(
      text,
      /^# \d{4} .+\n\n\d{4}-\d{2}-\d{2}\n\n## Decision\n[\s\S]+\n## Why\n[\s\S]+\n## Consequences\n/,
      path,
    );
  }
});

test('the record of dependencies names every dependency', () => {
  const record = textOf('docs/decisions/0012-dependencies.md');
  const named = [...record.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
  const fits = (name: string): boolean =>
    named.some(
      (pattern) => pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))),
    );
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const all = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  assert.deepEqual(
    all.filter((name) => !fits(name)),
    [],
  );
});

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => (target ?? '').replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

/** Words after `npx xinqiao` of each line in a code block or in backticks, without comment or the words after it. */
function commandsOf(text: string): string[][] {
  const code = [...text.matchAll(/```[a-z]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
    ([, block, inline]) => block ?? inline ?? '',
  );
  return code
    .flatMap((piece) => piece.split('\n'))
    .flatMap((line) => /^\s*npx xinqiao\s+([^#]+)/.exec(line)?.[1]?.trim() ?? [])
    .map((words) => words.split(/\s+/))
    .filter(([first]) => first !== undefined && !first.startsWith('<'));
}

function faultsOf(words: readonly string[]): string[] {
  let command = program;
  let at = 0;
  for (; at < words.length; at += 1) {
    const inner = command.commands.find((candidate) => candidate.name() === words[at]);
    if (inner === undefined) break;
    command = inner;
  }
  const [first = ''] = words;
  if (at === 0 && !first.startsWith('--')) return [`no command ${first}`];
  const known = new Set(['--help', '--version', ...command.options.map(({ long }) => long)]);
  return words.filter((word) => word.startsWith('--') && !known.has(word)).map((word) => `no option ${word}`);
}

/** The command tree as the command line builds it, from every file of commands. */
async function buildProgram(): Promise<Command> {
  const whole = new Command('xinqiao');
  for (const file of globSync('src/entry/cli/commands/*.ts', { cwd: ROOT })) {
    const parts = (await import(pathToFileURL(join(ROOT, file)).href)) as Record<string, unknown>;
    for (const [name, add] of Object.entries(parts)) {
      if (/^add[A-Z]/.test(name) && typeof add === 'function') Reflect.apply(add, undefined, [whole]);
    }
  }
  return whole;
}
