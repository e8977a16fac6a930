/**
 * Checks contract files one by one and says every reason; with a folder of standards also against the ODCS JSON Schema.
 * Usage: node tools/check-contracts.ts [--standards DIR] [id-prefix]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { codeTableFromYaml } from '../src/lists/contract/code-table.ts';
import { ContractError, contractFromOdcs } from '../src/lists/contract/from-odcs.ts';
import type { Contract } from '../src/lists/contract/shape.ts';

const args = process.argv.slice(2);
const at = args.indexOf('--standards');
const standards = at < 0 ? undefined : args.splice(at, 2)[1];
const prefix = args[0] ?? '';
const odcs = standards === undefined ? undefined : compileOdcs(standards);
const contracts: Contract[] = [];
let failures = 0;

const tables = new Set<string>();
for (const name of readdirSync('lists/codes')) {
  attempt(name, () =>
    tables.add(codeTableFromYaml(readFileSync(join('lists/codes', name), 'utf8'), name).id),
  );
}
for (const folder of ['national', 'beijing', 'voluntary']) {
  for (const name of readdirSync(join('lists', folder)).sort()) {
    attempt(name, () => {
      const text = readFileSync(join('lists', folder, name), 'utf8');
      const contract = contractFromOdcs(text, name);
      const reasons = contract.fields
        .filter((field) => field.codes !== undefined && !tables.has(field.codes))
        .map((field) => `${field.name}: no code table ${field.codes}`);
      if (odcs && !odcs(parse(text))) reasons.push(`not ODCS: ${JSON.stringify(odcs.errors?.slice(0, 3))}`);
      if (name !== `${contract.id}.odcs.yaml`) reasons.push(`file must be named ${contract.id}.odcs.yaml`);
      if (reasons.length > 0) throw new ContractError(name, reasons);
      contracts.push(contract);
    });
  }
}
for (const [i, a] of contracts.entries()) {
  for (const b of contracts.slice(i + 1)) {
    const share = sharedFields(a, b);
    if (share > 0.8) report(`${a.id} and ${b.id} share ${Math.round(share * 100)} % of their fields`);
  }
}
console.log(`${contracts.length} contracts hold, ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;

function sharedFields(a: Contract, b: Contract): number {
  const names = new Set(a.fields.map((field) => field.name));
  const shared = b.fields.filter((field) => names.has(field.name)).length;
  return shared / Math.min(a.fields.length, b.fields.length);
}

function attempt(name: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (name.startsWith(prefix))
      report(error instanceof ContractError ? error.message : `${name}: ${String(error)}`);
  }
}

function report(message: string): void {
  failures += 1;
  console.log(message);
}

function compileOdcs(folder: string) {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(JSON.parse(readFileSync(join(folder, 'odcs-json-schema-v3.1.0.json'), 'utf8')));
}
