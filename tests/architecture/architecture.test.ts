import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { findViolations, MODULES, readersOfRecords, readSources, type SourceFile } from './rules.ts';

const sources = readSources('.');

test('every file keeps the architecture', () => {
  assert.ok(sources.length > 100, `only ${sources.length} files were read; the guard looks at nothing`);
  assert.deepEqual(findViolations(sources), []);
});

test('the guard finds every kind of planted violation', () => {
  const planted: [string, string, RegExp][] = [
    ['src/kernel/x.ts', "import { a } from '#lists';\n", /stands left of lists/],
    ['src/information/x.ts', "import { a } from '#lists/read/records.ts';\n", /is no module entry/],
    [
      'src/information/x.ts',
      "import { a } from '../lists/read/records.ts';\n",
      /reaches into another module/,
    ],
    ['src/entry/x.ts', "const rows = await tx.rows('select * from lists.n08_penalty_v1');\n", /ask #lists/],
    ['src/entry/x.ts', 'const secret = process.env.SECRET;\n', /settings are read once/],
    ['src/lists/x.ts', 'const now = new Date();\n', /take a Clock/],
    ['src/lists/x.ts', 'const permit = makePermit(tx, facts);\n', /only decide makes a Permit/],
    ['src/lists/x.ts', 'const x: any = 1;\n', /unknown, and narrow it/],
    ['src/lists/x.ts', "throw new Error('no');\n", /a Refusal for people/],
    ['src/lists/x.ts', "export * from './y.ts';\n", /export by name/],
    ['src/lists/x.ts', '\n'.repeat(351), /second idea/],
    ['src/nowhere/x.ts', '', /no module of that name/],
  ];
  for (const [path, text, expected] of planted) {
    const module = MODULES.find((name) => path.startsWith(`src/${name}/`));
    const found = findViolations([{ path, module, text } satisfies SourceFile]).join('\n');
    assert.match(found, expected, `${path}: ${text.slice(0, 60)}`);
  }
});

test('the guard finds an import cycle', () => {
  const files: SourceFile[] = [
    { path: 'src/lists/a.ts', module: 'lists', text: "import { b } from './b.ts';\n" },
    { path: 'src/lists/b.ts', module: 'lists', text: "import { a } from './a.ts';\n" },
  ];
  assert.match(
    findViolations(files).join('\n'),
    /import cycle: src\/lists\/a.ts → src\/lists\/b.ts → src\/lists\/a.ts/,
  );
});

test('only these files of lists touch dataset tables', () => {
  assert.deepEqual(readersOfRecords(sources), [
    'src/lists/delivery/publish-sql.ts',
    'src/lists/delivery/publish.ts',
    'src/lists/marks/find-fates.ts',
    'src/lists/marks/write-mark.ts',
    'src/lists/read/compare.ts',
    'src/lists/read/find-corrected.ts',
    'src/lists/read/held-persons.ts',
    'src/lists/read/read-named-persons.ts',
    'src/lists/read/record-life.ts',
    'src/lists/read/records.ts',
    'src/lists/read/relation.ts',
    'src/lists/read/summarise-lists.ts',
    'src/lists/register/follow-representatives.ts',
    'src/lists/register/population-facts.ts',
    'src/lists/removal/find-expired.ts',
    'src/lists/removal/remove-records.ts',
    'src/lists/store/make-tables.ts',
    'src/lists/store/measured-table.ts',
    'src/lists/store/table-plan.ts',
  ]);
});

test('a migration touches only the schema of its module', () => {
  for (const name of readdirSync('migrations').filter((file) => file.endsWith('.sql'))) {
    const [, module] = /^\d{4}_([a-z]+)_[a-z_]+\.sql$/.exec(name) ?? [];
    assert.ok(
      module !== undefined && MODULES.some((known) => known === module),
      `${name}: NNNN_<module>_<what>.sql`,
    );
    const text = readFileSync(`migrations/${name}`, 'utf8').replace(/--.*$/gm, '');
    for (const [, schema] of text.matchAll(
      /\b(?:table|index|on|update|into|schema|sequence)\s+(?:if not exists\s+)?([a-z_]+)\./gi,
    )) {
      assert.equal(schema, module, `${name} touches ${schema}`);
    }
  }
});
