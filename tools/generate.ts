/**
 * Writes the files that are made from others and committed; with `--check` it writes nothing and fails when one is stale.
 * Usage: node tools/generate.ts [--check]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadCatalogue } from '#lists';
import { loadPolicies } from '#security';
import { writeErrors } from './generate/errors.ts';
import { writeLists } from './generate/lists.ts';
import { writeInterfaces } from './generate/interfaces.ts';
import { describeOpenApi, writeRefusals } from './generate/open-api.ts';
import { writePolicyMap } from './generate/policy-map.ts';

const isCheck = process.argv.includes('--check');
const catalogue = loadCatalogue(['lists']);
const { grounds } = loadPolicies(['policies']);

const files: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/policy-map.md': () => writePolicyMap({ root: '.', catalogue, grounds }),
  'docs/errors.md': () => writeErrors({ root: '.', grounds }),
  'docs/lists.md': () => writeLists(catalogue),
  'models/interfaces/refusals.json': () => writeRefusals('.'), // before what is made of it
  'docs/interfaces.md': () => writeInterfaces('.'),
  'docs/api/openapi.json': () => describeOpenApi('.'),
};

for (const [path, make] of Object.entries(files)) {
  const wanted = await make();
  const isFresh = existsSync(path) && readFileSync(path, 'utf8') === wanted;
  if (!isFresh && isCheck) {
    console.log(`${path} is stale: npm run generate`);
    process.exitCode = 1;
  } else if (!isFresh) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
    console.log(`${path} written`);
  }
}
