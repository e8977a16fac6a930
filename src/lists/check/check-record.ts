import type { CodeTable } from '../contract/code-table.ts';
import type { Contract } from '../contract/shape.ts';
import { type DefectParams, defectSentence } from './defects.ts';
import type { ColumnPlan } from './header.ts';
import { compileRowCheck } from './rows/row-check.ts';

/** What a row check says of one field; `field` is empty where it is of the whole record. */
export type RecordDefect = {
  readonly field: string;
  readonly code: string;
  readonly isBlocking: boolean;
  readonly zh: string;
  readonly en: string;
};

/**
 * Checks one record as a row of a delivery is checked, before there is one: types, codes and rules of the contract. Values are
 * text as a person writes it, by field; `today` is a Beijing date.
 */
export function checkRecord(
  contract: Contract,
  codeTables: ReadonlyMap<string, CodeTable>,
  {
    code,
    name,
    values,
    today,
  }: {
    code: string;
    name: string;
    values: Readonly<Record<string, string>>;
    today: string;
  },
): RecordDefect[] {
  const plan: ColumnPlan = {
    width: contract.fields.length + 2,
    subjectCode: 0,
    subjectName: 1,
    fields: contract.fields.map((_, at) => ({ column: at + 2 })),
    ignored: [],
    lookup: null,
    emptyValues: new Set(),
  };
  const check = compileRowCheck(contract, codeTables, plan, today);
  check.check([code, name, ...contract.fields.map((field) => values[field.name] ?? '')], 1);
  const text = Buffer.from(check.defects.take()).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(toDefect);
}

/** A line of `DEFECT_COLUMNS` in COPY's text format. */
function toDefect(line: string): RecordDefect {
  const [, field = '', code = '', severity = '', , params = '{}'] = line.split('\t').map(unescaped);
  const { zh, en } = defectSentence(code, JSON.parse(params) as DefectParams);
  return { field, code, isBlocking: severity === 'block', zh, en };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v' };

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}
